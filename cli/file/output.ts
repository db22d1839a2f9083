/** A file that appears when all of it is there, and not before. */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';

/** Takes bytes that belong behind one another, in their order; they are left untouched until the end. */
export type Take = (parts: readonly Uint8Array[]) => Promise<void>;

/** How a file is written. */
export interface WriteHow {
  /** Take the place of what is there. */
  readonly overwrite: boolean;
  /** Whose mode and time it gets; 0600 and now without one. */
  readonly like: Stats | undefined;
  /** Called when all is written, right before it is put in its place. */
  readonly ready?: (() => Promise<void>) | undefined;
}

/** How many writes are under way at once. */
const AT_ONCE = 4;
/** As many characters of a name as leave room for the rest, also in a script of four bytes a character. */
const KEPT_OF_NAME = 48;
/** What a file is called that is not whole: who finds one after a crash may delete it. */
const PARTIAL = 'waxseal-partial';

/**
 * Refuses a place that is taken, before anything is done for it.
 * @throws WaxsealError `already_exists`, `usage` for what is no file
 */
export async function checkPlaceFree(path: string, overwrite: boolean): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  if (!overwrite) throw taken(path);
  const meant = await stat(path).catch(() => undefined);
  if (meant === undefined || meant.isFile()) return;
  throw new WaxsealError('usage', `${path} is no file: it would be replaced by one`, {
    hint: 'name a file, or write to stdout: --output -',
  });
}

/** Where a file really is: what takes the place of a symlink's target must not take that of the symlink. */
export async function realPlace(path: string, stats: Stats | undefined, force: boolean): Promise<string> {
  if (stats === undefined) throw new WaxsealError('usage', '--in-place needs a file, not a pipe');
  if (stats.nlink > 1 && !force) {
    throw new WaxsealError(
      'usage',
      `${path} has ${stats.nlink} names: the others would keep the old contents`,
      {
        hint: 'add --force if that is meant',
      },
    );
  }
  return realpath(path);
}

/**
 * Writes a file beside its place, syncs it to disk and puts it there. Whatever happens the place holds the whole of it
 * or what was there before.
 * @throws WaxsealError `already_exists`, `usage`, `command_failed`; what `fill` throws
 */
export async function writeWhole<T>(
  path: string,
  how: WriteHow,
  fill: (take: Take) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const kept = [...basename(path)].slice(0, KEPT_OF_NAME).join('');
  const beside = join(folder, `${kept}.${randomBytes(6).toString('hex')}.${PARTIAL}`);
  const handle = await open(beside, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new WaxsealError('usage', `${path} cannot be written: ${cause.code}`, {
      hint: 'name a file in a folder that is there and may be written to',
      cause,
    });
  });
  try {
    const result = await fillAndSync(handle, path, how, fill);
    await how.ready?.();
    await place(beside, path, how.overwrite);
    await syncFolder(folder);
    return result;
  } finally {
    await rm(beside, { force: true });
  }
}

async function fillAndSync<T>(
  handle: FileHandle,
  path: string,
  { like }: WriteHow,
  fill: (take: Take) => Promise<T>,
): Promise<T> {
  const sink = createSink(handle, path);
  try {
    const result = await fill(sink.take);
    await sink.settle();
    if (like !== undefined) {
      await handle.chmod(like.mode & 0o7777);
      await handle.utimes(like.atimeMs / 1000, like.mtimeMs / 1000);
    }
    await handle.sync().catch((cause: unknown) => {
      throw notWritten(path, cause);
    });
    return result;
  } finally {
    // Nothing may be under way any more in a file that is closed.
    await sink.settle().catch(() => {});
    await handle.close();
  }
}

/** Writes behind one another, several at once: sealing goes on meanwhile. */
function createSink(handle: FileHandle, path: string): { take: Take; settle: () => Promise<void> } {
  const underWay = new Set<Promise<void>>();
  let at = 0;
  let failure: unknown;
  const settle = async (): Promise<void> => {
    await Promise.all(underWay);
    if (failure !== undefined) throw failure;
  };
  return {
    settle,
    async take(parts) {
      if (failure !== undefined) throw failure;
      const from = at;
      at += parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const writing = writeAll(handle, parts, from)
        .catch((cause: unknown) => {
          failure ??= notWritten(path, cause);
        })
        .finally(() => void underWay.delete(writing));
      underWay.add(writing);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    },
  };
}

async function writeAll(handle: FileHandle, parts: readonly Uint8Array[], from: number): Promise<void> {
  const wanted = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } = await handle.writev([...parts], from);
  if (bytesWritten === wanted) return;
  // A disk that is nearly full takes a part; the next write says why.
  const rest = Buffer.concat(parts).subarray(bytesWritten);
  for (let done = 0; done < rest.byteLength; ) {
    const more = await handle.write(rest, done, rest.byteLength - done, from + bytesWritten + done);
    done += more.bytesWritten;
  }
}

async function place(beside: string, path: string, overwrite: boolean): Promise<void> {
  if (overwrite) {
    await rename(beside, path);
    return;
  }
  try {
    // A link is refused where somebody else was faster; a rename would go over it.
    await link(beside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(path);
    await checkPlaceFree(path, false);
    await rename(beside, path);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  // Not every system can; the file itself is on disk.
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function taken(path: string): WaxsealError {
  return new WaxsealError('already_exists', `${path} is there already`, {
    hint: 'name another file with --output, or add --force',
  });
}

function notWritten(path: string, cause: unknown): WaxsealError {
  const { code } = cause as NodeJS.ErrnoException;
  return new WaxsealError('command_failed', `${path} cannot be written to its end: ${code}`, {
    hint: 'the disk may be full; nothing was put in its place',
    cause,
  });
}
