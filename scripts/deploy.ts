/**
 * `npm run deploy | diff | destroy`, and the same with `:local` for the embedded AWS.
 * After `--`: `--yes` (do not ask), `--move-alias`, `--enable-keys`, and for diff `--exit-code` (5 when there are differences).
 */
import { parseArgs } from 'node:util';
import { EXIT_STATUS, isWaxsealError, WaxsealError } from '../src/errors.ts';
import { type RunOptions, runStack } from './deploy/run.ts';
import { openTarget } from './deploy/target.ts';

const ACTIONS = ['deploy', 'diff', 'destroy'] as const;

async function main(): Promise<number> {
  const { action, local, ...options } = parse();
  const target = await openTarget(process.cwd(), process.env, local);
  try {
    return await runStack(target, { action, ...options });
  } finally {
    await target.close();
  }
}

function parse(): RunOptions & { readonly local: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        local: { type: 'boolean', default: false },
        yes: { type: 'boolean', short: 'y', default: false },
        'move-alias': { type: 'boolean', default: false },
        'enable-keys': { type: 'boolean', default: false },
        'exit-code': { type: 'boolean', default: false },
      },
    });
    const action = ACTIONS.find((one) => one === positionals[0]);
    if (action === undefined || positionals.length > 1)
      throw new Error('one of deploy, diff, destroy is expected');
    return {
      action,
      local: values.local,
      yes: values.yes,
      moveAlias: values['move-alias'],
      enableKeys: values['enable-keys'],
      exitCode: values['exit-code'],
    };
  } catch (cause) {
    throw new WaxsealError('usage', (cause as Error).message, {
      cause,
      hint: 'npm run deploy -- [--yes] [--move-alias] [--enable-keys]; npm run diff -- [--exit-code]',
    });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isWaxsealError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
  process.exitCode = EXIT_STATUS[error.code];
}
