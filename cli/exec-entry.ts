/** `waxseal exec` by itself: what a start needs and nothing else. */
import { EXEC } from './commands/exec-table.ts';
import { readExecLine } from './exec-line.ts';
import { processContext } from './process-context.ts';
import { reportError } from './report-error.ts';

/**
 * Runs this process's command line when it is an `exec` to be run, and ends as that does.
 * @returns false, with nothing done, when it is something else
 */
export function runExec(): boolean {
  const line = readExecLine(process.argv.slice(2));
  if (line === undefined) return false;
  const context = processContext('untouched');
  EXEC.load()
    .then(({ run }) => run(context, line.args, line.options))
    .catch((error: unknown) => reportError(context, error, false))
    .then((status) => {
      process.exitCode = status ?? 0;
    });
  return true;
}
