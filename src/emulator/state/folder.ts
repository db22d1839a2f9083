import { lstat, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmulatorError } from '../errors.ts';

/** The files of a state folder. */
export const fileNames = {
  key: 'local.key',
  owner: 'owner.json',
  journal: 'journal.log',
  snapshot: 'snapshot.log',
  faults: 'faults.json',
  quota: 'quota.json',
  clock: 'clock.json',
} as const;

/**
 * Makes the folder when it is absent, and refuses one that somebody else could have prepared: what is in it
 * is believed, the endpoint in owner.json first of all.
 * @throws EmulatorError emulator_state_foreign_owner
 */
export async function openFolder(dir: string): Promise<void> {
  const made = await mkdir(dir, { recursive: true, mode: 0o700 });
  // It often lies in a checkout, and the local key beside what it seals must not be committed.
  if (made !== undefined) await writeFile(join(dir, '.gitignore'), '*\n', { mode: 0o600 });
  requireOwn(dir, await stat(dir), 'folder');
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      // Temporary files of another process come and go.
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined) requireOwn(path, found, 'file');
  }
}

function requireOwn(
  path: string,
  found: { readonly uid: number; readonly mode: number },
  what: string,
): void {
  const uid = process.getuid?.();
  // Windows has neither owners nor modes to look at here.
  if (uid === undefined) return;
  const isLink = (found.mode & 0o170000) === 0o120000;
  const problem =
    found.uid !== uid
      ? 'belongs to another user'
      : isLink
        ? 'is a symbolic link'
        : (found.mode & 0o022) !== 0
          ? 'can be written by other users'
          : undefined;
  if (problem === undefined) return;
  throw new EmulatorError(
    'emulator_state_foreign_owner',
    `the ${what} ${path} ${problem}`,
    'use a state folder of your own that only you can write (chmod go-w), or name another one',
  );
}

/**
 * Says what the system refuses about a folder (no right, no space, no folder) as an EmulatorError.
 * @throws EmulatorError emulator_state_unusable
 */
export async function inFolder<T>(dir: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined || syscall === 'listen') throw error;
    throw new EmulatorError(
      'emulator_state_unusable',
      `the state folder ${dir} can't be used: ${code} (${reasons[code] ?? syscall})`,
      'make it a folder that you can write, with room on its disk, or name another one; nothing was changed',
      error,
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no right to write there',
  EPERM: 'no right to write there',
  EROFS: 'it is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's share of the disk is full",
  EFBIG: 'files may not grow that large',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
};

/** @throws EmulatorError emulator_state_broken */
export function broken(path: string, what: string, cause?: unknown): EmulatorError {
  return new EmulatorError(
    'emulator_state_broken',
    `the emulator's state can't be read: ${path} ${what}`,
    'restore the folder from a backup, or move it away to start with an empty state; nothing was changed',
    cause,
  );
}

/** @throws EmulatorError emulator_state_newer */
export function newer(path: string): EmulatorError {
  return new EmulatorError(
    'emulator_state_newer',
    `${path} was written by a newer version`,
    'upgrade this version, or use another state folder',
  );
}

/** The content of a file that need not be there. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
