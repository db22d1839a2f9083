import type { CommandContext } from '../context.ts';
import { runUndo, type UndoOptions } from '../undo.ts';

/** `waxseal undelete` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: UndoOptions,
): Promise<undefined> {
  const [name = ''] = args;
  return runUndo(context, options, {
    name,
    which: 'before-deletion',
    question: `undelete ${name}`,
    act: (vault, request) => vault.undelete(name, request),
  });
}
