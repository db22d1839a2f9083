import { WaxsealError } from '../../src/errors.ts';

import type { DrillReport } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, write, writeJson } from '../context.ts';
import { callerOf, vaultsMeant } from '../every-vault.ts';
import { startProgress } from '../progress.ts';
import { allCarried, type Drill, drillJson } from '../region/drill-json.ts';
import { drillMarkdown, drillText } from '../region/drill-text.ts';
import { type Session, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly markdown?: boolean;
  readonly all?: boolean;
}

/** As design has it: drift where it was asked about. */
const NOT_CARRIED = 5;

/** `waxseal region drill` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const { json, markdown } = options;
  if (json === true && markdown === true) {
    throw new WaxsealError('usage', '--json and --markdown are two forms of the same report', {
      hint: 'pass one of them',
    });
  }
  const paths = await vaultsMeant(context, options);
  const startedAt = Date.now();
  const vaults: DrillReport[] = [];
  const asked: { caller: string | undefined; aws: string }[] = [];
  for (const path of paths) {
    await withVault(context, { ...options, ...(path === undefined ? {} : { vault: path }) }, async (open) => {
      vaults.push(await drilled(context, options, open));
      // After the drill, so that it opens no connection that the first load is to open. Once: the account is the same.
      if (asked.length === 0)
        asked.push({ aws: open.connection.which, caller: await callerOf(context, open) });
    });
  }
  const drill: Drill = { startedAt, caller: asked[0]?.caller, aws: asked[0]?.aws ?? '', vaults };
  if (json === true) await writeJson(context, drillJson(drill));
  else await write(context, markdown === true ? drillMarkdown(drill) : drillText(drill));
  return allCarried(drill) ? undefined : NOT_CARRIED;
}

async function drilled(context: CommandContext, options: Options, { vault }: Session): Promise<DrillReport> {
  const progress = startProgress(context, options, `drilling ${vault.path}`);
  try {
    return await vault.drill({ signal: context.signal, onProgress: progress.update });
  } finally {
    progress.end();
  }
}
