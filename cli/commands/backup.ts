import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import type { BackupResult } from '../../src/vault/index.ts';
import { writeBackupFile } from '../backup-file.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { startProgress } from '../progress.ts';
import { whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly force?: boolean;
  /** False with `--no-verify`. */
  readonly verify?: boolean;
}

/** `waxseal backup` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  const [file = '-'] = args;
  if (file === '-' && options.json === true) {
    throw new WaxsealError('usage', 'the backup and --json both want stdout', { hint: 'name a file' });
  }
  return withVault(context, options, async (open) => {
    const { signal } = context;
    const progress = startProgress(context, options, 'reading');
    const take = (put: (text: string) => Promise<void>): Promise<BackupResult> =>
      open.vault.backup(put, { verify: options.verify, signal, onProgress: progress.update });
    let result: BackupResult;
    try {
      result =
        file === '-'
          ? await take((text) => write(context, text))
          : await writeBackupFile(resolve(context.cwd, file), options.force === true, take);
    } finally {
      progress.end();
    }
    const { secrets, versions, pins, sha256, leftOut } = result;
    if (leftOut > 0)
      say(context, options, `${leftOut} versions left out: they never counted, or are no entries`);
    const told = `${secrets} secrets with ${versions} revisions, ${pins} pinned releases`;
    if (file === '-') say(context, options, `${told} written, sealed`);
    else if (options.json === true) {
      await writeJson(context, { ...whereJson(open), file, secrets, versions, pins, leftOut, sha256 });
    } else await write(context, `${told} in ${file}, sealed\n`);
    say(context, options, 'it opens with the KMS key of the vault and nothing else: keep that key');
    return undefined;
  });
}
