/** A backup as a file: written beside its place, read back, and put there when it is whole. */
import { createReadStream } from 'node:fs';
import { WaxsealError } from '../src/errors.ts';
import { checkBackup } from '../src/vault/backup/check.ts';
import type { BackupResult, BackupSource } from '../src/vault/index.ts';
import { writeWhole } from './file/output.ts';
import { preparePlace } from './file/place.ts';

/** A file to read as often as it takes, a piece at a time. */
export function backupSource(path: string): BackupSource {
  return async function* () {
    try {
      for await (const piece of createReadStream(path, { encoding: 'utf8' })) yield piece as string;
    } catch (error) {
      throw notRead(path, error);
    }
  };
}

function notRead(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof WaxsealError || code === undefined) return error;
  return new WaxsealError('usage', `${path} cannot be read: ${code}`, {
    hint: 'a backup is read more than once: it has to be a file, not a pipe',
    cause: error,
  });
}

/**
 * Writes a backup, mode 0600. The place holds the whole of it or what was there before.
 * @param take - writes the backup through what it is given
 * @throws WaxsealError `already_exists`; `malformed` when what is read back is not what was written
 */
export async function writeBackupFile(
  path: string,
  overwrite: boolean,
  take: (write: (text: string) => Promise<void>) => Promise<BackupResult>,
): Promise<BackupResult> {
  await preparePlace(path, overwrite);
  let written: string | undefined;
  const ready = async (beside: string): Promise<void> => {
    const { summary } = await checkBackup(backupSource(beside));
    if (summary.sha256 === written) return;
    throw new WaxsealError('malformed', `${path} does not hold what was written to it`, {
      hint: 'the disk may be full or broken; nothing was put in its place',
    });
  };
  return writeWhole(path, { overwrite, like: undefined, ready }, async (put) => {
    const result = await take((text) => put([Buffer.from(text)]));
    written = result.sha256;
    return result;
  });
}
