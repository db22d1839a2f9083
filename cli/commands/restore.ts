import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { vaultAlias } from '../../src/secret-name.ts';
import { checkBackup } from '../../src/vault/backup/check.ts';
import type { BackupHeader, RestoreResult } from '../../src/vault/index.ts';
import { backupSource } from '../backup-file.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { startProgress } from '../progress.ts';
import { behindJson, type Session, warnBehind, whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly fromKey?: string;
}

/** `waxseal restore` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<undefined> {
  const [file = ''] = args;
  const source = backupSource(resolve(context.cwd, file));
  const { summary } = await checkBackup(source);
  return withVault(context, options, async (open) => {
    const { header } = summary;
    const { signal } = context;
    const { dryRun = false, fromKey } = options;
    const anew = fromKey !== undefined || header.vault !== open.vault.path;
    const key = anew ? (fromKey ?? vaultAlias(header.vault)) : undefined;
    say(context, options, needs(open, header, key));
    if (!dryRun)
      await ask(
        context,
        options,
        `restore ${summary.secrets} secrets of ${header.vault} into ${open.vault.path}?`,
      );
    const progress = startProgress(context, options, dryRun ? 'checking' : 'restoring');
    let result: RestoreResult;
    try {
      const from = key === undefined ? undefined : open.connection.keys(key);
      result = await open.vault.restore(source, { from, dryRun, signal, onProgress: progress.update });
    } finally {
      progress.end();
    }
    const { secrets, versions, pins, release, behind, sealedAnew } = result;
    if (release !== undefined) open.explainer?.release(release);
    warnBehind(context, options, behind);
    if (options.json === true) {
      const from = { vault: header.vault, takenAt: new Date(header.at * 1000).toISOString() };
      const counts = { secrets, versions: sealedAnew ? secrets : versions, pins: sealedAnew ? 0 : pins };
      await writeJson(context, {
        ...whereJson(open),
        from,
        dryRun,
        sealedAnew,
        ...counts,
        ...(release === undefined ? {} : { release }),
        behind: behindJson(behind),
      });
      return undefined;
    }
    const what = sealedAnew
      ? `${secrets} secrets, sealed anew`
      : `${secrets} secrets with ${versions} revisions`;
    await write(
      context,
      dryRun
        ? `${what}, would be restored: the file is whole, its key opens it, the vault has room\n`
        : `${what}, restored and read back; release ${release} holds them\n`,
    );
    return undefined;
  });
}

/** Which rights it takes, said before anything is tried. */
function needs({ vault }: Session, { vault: old, kmsKeyId }: BackupHeader, key: string | undefined): string {
  const write = `write ${vault.path} in ${vault.regions.join(', ')}`;
  if (key === undefined) return `needs kms:Decrypt on the vault's KMS key (${kmsKeyId}), and to ${write}`;
  return `needs kms:Decrypt on ${key} with the encryption context of ${old}, and to ${write}\neach secret is sealed anew with its revision and expiry; history and pinned releases are not carried along`;
}

async function ask(context: CommandContext, options: Options, question: string): Promise<void> {
  if (options.yes === true) return;
  if (context.stdin.isTTY !== true) {
    throw new WaxsealError('no_terminal', 'nobody can be asked whether to restore', {
      hint: 'see --dry-run, then add --yes',
    });
  }
  if (!(await confirm(context, question))) throw new WaxsealError('cancelled', 'nothing was restored');
}
