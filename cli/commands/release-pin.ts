import { type CommandContext, type CommonOptions, write, writeJson } from '../context.ts';
import { parseWhole } from '../options.ts';
import { whereJson, withVault } from '../session.ts';

/** `waxseal release pin` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const number = parseWhole('<number>', args[0] ?? '', Number.MAX_SAFE_INTEGER);
    await open.vault.pin(number, { signal: context.signal });
    open.explainer?.release(number);
    if (options.json === true) await writeJson(context, { ...whereJson(open), release: number });
    else
      await write(context, `release ${number} is kept for good: WAXSEAL_RELEASE=${number} boots from it\n`);
    return undefined;
  });
}
