import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';
import { parseWhole } from '../options.ts';
import { runUndo, type UndoOptions } from '../undo.ts';

interface Options extends UndoOptions {
  readonly to?: string;
}

/** `waxseal rollback` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  const [name = ''] = args;
  if (options.to === undefined) {
    throw new WaxsealError('usage', 'to which revision is not said', {
      hint: `add --to, with a revision that "waxseal history ${name}" shows; all secrets at once: waxseal release rollback`,
    });
  }
  const to = parseWhole('--to', options.to, Number.MAX_SAFE_INTEGER);
  return runUndo(context, options, {
    name,
    which: to,
    question: `roll ${name} back to the value of revision ${to}`,
    act: (vault, request) => vault.rollbackSecret(name, to, request),
  });
}
