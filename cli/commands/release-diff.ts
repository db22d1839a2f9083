import type { ReleaseDifference } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { parseWhole } from '../options.ts';
import { whereJson, withVault } from '../session.ts';
import { estimate } from '../writing.ts';

/** As design has it: drift where it was asked about. */
const DIFFERS = 5;

/** `waxseal release diff` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: CommonOptions,
): Promise<number | undefined> {
  return withVault(context, options, async (open) => {
    const { signal } = context;
    const [text] = args;
    const number = text === undefined ? undefined : parseWhole('<number>', text, Number.MAX_SAFE_INTEGER);
    const state = number === undefined ? await open.vault.compareRelease({ signal }) : undefined;
    const { added, changed, removed } = state ?? (await open.vault.planRollback(number ?? 0, { signal }));
    const late = Object.entries(state?.regions ?? {}).filter(([, there]) => there !== state?.release);
    if (options.json === true) {
      const { regions, writes } = state ?? {};
      const json = { release: number ?? state?.release, added, changed, removed, regions, writes };
      await writeJson(context, { ...whereJson(open), ...json });
    } else {
      await write(context, differenceText({ added, changed, removed }));
      if (state !== undefined && state.release === undefined)
        say(context, options, 'nothing was published yet');
      if (state !== undefined && state.writes > 0) {
        say(context, options, `waxseal release publish: ${estimate(state.writes)}`);
      }
      for (const [region, there] of late) {
        const has =
          there === null ? 'could not be asked' : there === undefined ? 'has no release' : `has ${there}`;
        say(
          context,
          options,
          `${region} ${has}, home has ${state?.release ?? 'none'}: waxseal release publish`,
        );
      }
    }
    return added.length + changed.length + removed.length + late.length === 0 ? undefined : DIFFERS;
  });
}

/** A line for each name. */
export function differenceText({ added, changed, removed }: ReleaseDifference): string {
  const lines = (mark: string, names: readonly string[]): string =>
    names.map((name) => `${mark} ${name}\n`).join('');
  return lines('+', added) + lines('~', changed) + lines('-', removed);
}
