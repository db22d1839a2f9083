/** Starts a command with an environment, in the place of this process where that can be done. */
import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';
import { findProgram, isRunnable, NOT_EXECUTABLE, type NotRunnable } from './find-program.ts';
import { checkLimits } from './limits.ts';
import { programKind } from './program-kind.ts';
import { replaceProcess } from './replace.ts';

/** What shells run a script with that does not say so itself. */
const SHELL = '/bin/sh';

/**
 * Starts a command. Where it replaces this process, this never returns.
 * @param argv - the command's name and its arguments
 * @returns its exit status, or a shell's own for a command that is not there or may not be run
 * @throws WaxsealError `command_failed`, `not_loadable`, `cancelled`
 */
export async function startCommand(
  context: CommandContext,
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const [name, ...args] = argv;
  const complain = ({ status, why }: NotRunnable): number => {
    context.stderr.write(`waxseal: ${name}: ${why}\n`);
    return status;
  };
  // Ctrl-C behind the last answer: whoever pressed it does not expect a command to start.
  if (context.signal.aborted) throw new WaxsealError('cancelled', `${name} was not started`);
  // Windows finds its programs in ways of its own.
  if (process.platform !== 'win32') {
    checkLimits(argv, env);
    const found = findProgram(name, env.PATH);
    if ('why' in found) return complain(found);
    const kind = programKind(found.file);
    if (kind.kind === 'lacks') return complain(lacks(kind.what));
    if (context.streamsUntouched && kind.kind === 'certain') replaceProcess(found.file, argv, env);
    if (context.streamsUntouched && kind.kind === 'no shebang' && isRunnable(SHELL)) {
      replaceProcess(SHELL, [SHELL, found.file, ...args], env);
    }
  }
  const { runCommand } = await import('./spawn.ts');
  return runCommand(name, args, env);
}

function lacks(what: string): NotRunnable {
  // A file from Windows: its first line ends in a carriage return, which nobody sees.
  const shown = what.endsWith('\r') ? `${JSON.stringify(what)}, with a carriage return` : what;
  return { status: NOT_EXECUTABLE, why: `it is run with ${shown}, which is not there or not executable` };
}
