/** A backup as a file: written beside its place, read back, and put there when it is whole. */
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { WaxsealError } from '../src/errors.ts';
import { checkBackup } from '../src/vault/backup/check.ts';
import type { BackupResult, BackupSource } from '../src/vault/index.ts';

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
  checkFree(path, overwrite);
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(beside, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new WaxsealError('usage', `${path} cannot be written: ${cause.code}`, {
      hint: 'name a file in a folder that is there and may be written to',
      cause,
    });
  });
  try {
    const result = await writeAll(file, take);
    const { summary } = await checkBackup(backupSource(beside));
    if (summary.sha256 !== result.sha256) {
      throw new WaxsealError('malformed', `${path} does not hold what was written to it`, {
        hint: 'the disk may be full or broken; nothing was put in its place',
      });
    }
    checkFree(path, overwrite);
    await rename(beside, path);
    return result;
  } finally {
    await rm(beside, { force: true });
  }
}

async function writeAll(
  file: FileHandle,
  take: (write: (text: string) => Promise<void>) => Promise<BackupResult>,
): Promise<BackupResult> {
  try {
    const result = await take((text) => file.writeFile(text));
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}

function checkFree(path: string, overwrite: boolean): void {
  if (overwrite || !existsSync(path)) return;
  throw new WaxsealError('already_exists', `${path} is there already`, {
    hint: 'name another file, or add --force',
  });
}
