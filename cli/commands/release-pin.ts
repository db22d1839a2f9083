import { type CommandContext, write, writeJson } from '../context.ts';
import { parseWhole } from '../options.ts';
import { behindJson, warnBehind, whereJson } from '../session.ts';
import { type WritingOptions, withWriting } from '../writing.ts';

/** `waxseal release pin` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: WritingOptions,
): Promise<undefined> {
  return withWriting(context, options, async (open) => {
    const number = parseWhole('<number>', args[0] ?? '', Number.MAX_SAFE_INTEGER);
    const { behind } = await open.vault.pin(number, { signal: context.signal });
    open.explainer?.release(number);
    warnBehind(context, options, behind);
    if (options.json === true) {
      await writeJson(context, {
        ...whereJson(open),
        release: number,
        behind: behindJson(behind),
        ...open.actedJson,
      });
    } else
      await write(context, `release ${number} is kept for good: WAXSEAL_RELEASE=${number} boots from it\n`);
    open.checkRequired({ behind, error: undefined });
    return undefined;
  });
}
