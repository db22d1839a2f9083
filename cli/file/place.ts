/** Where a file is to stand, and where it is until it is whole. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';

/** As many characters of a name as leave room for the rest, also in a script of four bytes a character. */
const KEPT_OF_NAME = 48;
/** What a file that is not whole is called, behind the name of the process and a random part. */
const PARTIAL = 'waxseal-partial';
const ENDING = new RegExp(String.raw`^\.(\d+)-[0-9a-f]{12}\.${PARTIAL}$`);

/**
 * Refuses a place that is taken, before anything is done for it, and removes what was left beside it.
 * @throws WaxsealError `already_exists`, `usage` for what is no file
 */
export async function preparePlace(path: string, overwrite: boolean): Promise<void> {
  await removeLeft(path);
  await checkFree(path, overwrite);
}

/** The same, and removes nothing. */
export async function checkFree(path: string, overwrite: boolean): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  if (!overwrite) throw taken(path);
  const meant = await stat(path).catch(() => undefined);
  if (meant === undefined || meant.isFile()) return;
  throw new WaxsealError('usage', `${path} is no file: it would be replaced by one`, {
    hint: 'name a file, or write to stdout: --output -',
  });
}

/**
 * Prepares the place of a file that is replaced, which is where it really is: what takes the place of a symlink's target
 * must not take that of the symlink.
 * @throws WaxsealError `usage`
 */
export async function prepareOwnPlace(path: string, force: boolean): Promise<string> {
  const place = await realpath(path);
  await removeLeft(place);
  const there = await stat(place);
  if (!there.isFile()) throw new WaxsealError('usage', '--in-place needs a file, not a pipe');
  if (there.nlink === 1 || force) return place;
  const others = `${path} has ${there.nlink} names: the others would keep the old contents`;
  throw new WaxsealError('usage', others, { hint: 'add --force if that is meant' });
}

/** A name beside a file's own for as long as it is not whole. */
export function besideOf(path: string): string {
  const ending = `${process.pid}-${randomBytes(6).toString('hex')}.${PARTIAL}`;
  return join(dirname(path), `${keptOfName(path)}.${ending}`);
}

/** Removes what a process that was killed left of a file, which may be plaintext. */
async function removeLeft(path: string): Promise<void> {
  const [folder, kept] = [dirname(path), keptOfName(path)];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = (name.startsWith(kept) && ENDING.exec(name.slice(kept.length))) || [];
    // Somebody else's stays: it is theirs to be removed.
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name)).catch(() => {});
  }
}

function keptOfName(path: string): string {
  return [...basename(path)].slice(0, KEPT_OF_NAME).join('');
}

/** Whether another process has that number; in a container this one may have the number of the one that was killed. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function taken(path: string): WaxsealError {
  return new WaxsealError('already_exists', `${path} is there already`, {
    hint: 'name another file, or add --force',
  });
}
