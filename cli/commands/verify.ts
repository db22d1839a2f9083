import { ownKeyId } from '../../src/aws/account/index.ts';
import { bareKeyId } from '../../src/config/key-id.ts';
import { noVault, type VerifyReport } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, write, writeJson } from '../context.ts';
import { callerOf, vaultsMeant } from '../every-vault.ts';
import { startProgress } from '../progress.ts';
import { type Session, withVault } from '../session.ts';
import { verifyJson } from '../verify/json.ts';
import { verifyText } from '../verify/text.ts';

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly history?: boolean;
}

/** Something is not to be trusted. */
const INTEGRITY = 6;
/** Regions differ, or something could not be verified: that nothing was found there means nothing. */
const NOT_ALL = 5;

/** `waxseal verify` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const reports: VerifyReport[] = [];
  let asked: { readonly aws: string; readonly caller: string | undefined } | undefined;
  for (const path of await vaultsMeant(context, options)) {
    await withVault(context, { ...options, ...(path === undefined ? {} : { vault: path }) }, async (open) => {
      reports.push(await verified(context, options, open));
      // Once, and for the report alone: the account is the same.
      if (options.json === true) {
        asked ??= { aws: open.connection.which, caller: await callerOf(context, open) };
      }
    });
  }
  if (asked !== undefined) await writeJson(context, verifyJson(reports, asked));
  else await write(context, reports.map((report) => verifyText(report, reports.length > 1)).join('\n'));
  if (reports.some(({ authentic }) => !authentic)) return INTEGRITY;
  return reports.every(({ complete, equal }) => complete && equal) ? undefined : NOT_ALL;
}

async function verified(context: CommandContext, options: Options, open: Session): Promise<VerifyReport> {
  const { vault } = open;
  const kmsKeys = await acceptedIds(context, open);
  const progress = startProgress(context, options, `verifying ${vault.path}`);
  try {
    const report = await vault.verify({
      history: options.history,
      kmsKeys,
      signal: context.signal,
      onProgress: progress.update,
    });
    if (!report.exists && report.regions.every(({ error }) => error === undefined)) {
      throw noVault(vault.path, vault.regions);
    }
    return report;
  } finally {
    progress.end();
  }
}

/** The vault's own key and those beside it. While there are none, what the data key is under says it without a call. */
async function acceptedIds(
  { signal }: CommandContext,
  { settings, connection, explainer }: Session,
): Promise<readonly string[]> {
  const accepted = (settings.acceptedKeys ?? []).map(bareKeyId);
  if (accepted.length === 0) return [];
  const own = await ownKeyId(settings, connection.endpoint, { signal, observe: explainer?.observe });
  return own === undefined ? accepted : [own, ...accepted];
}
