/** A file that appears when all of it is there, and not before. */
import type { Stats } from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { besideOf, checkFree } from './place.ts';

/** Takes bytes that belong behind one another, in their order; they are left untouched until the end. */
export type Take = (parts: readonly Uint8Array[]) => Promise<void>;

/** How a file is written. */
export interface WriteHow {
  /** Take the place of what is there. */
  readonly overwrite: boolean;
  /** Whose mode and time it gets; 0600 and now without one. */
  readonly like: Stats | undefined;
  /** Called when all is on disk, right before it is put in its place; is told where it is until then. */
  readonly ready?: (beside: string) => Promise<void>;
}

/** How many writes are under way at once. */
const AT_ONCE = 4;
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
  const beside = besideOf(path);
  const handle = await open(beside, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new WaxsealError('usage', `${path} cannot be written: ${cause.code}`, {
      hint: 'name a file in a folder that is there and may be written to',
      cause,
    });
  });
  try {
    const result = await fillAndSync(handle, path, how, fill);
    await how.ready?.(beside);
    await place(beside, path, how.overwrite);
    await syncFolder(dirname(path));
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
  try {
    if (overwrite || !(await linked(beside, path))) await rename(beside, path);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

/** A link is refused where somebody else was faster; a rename would go over it. Not every file system knows links. */
async function linked(beside: string, path: string): Promise<boolean> {
  try {
    await link(beside, path);
    return true;
  } catch {
    await checkFree(path, false);
    return false;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  // Not every system can; the file itself is on disk.
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function notWritten(path: string, cause: unknown): WaxsealError {
  if (cause instanceof WaxsealError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new WaxsealError('command_failed', `${path} cannot be written to its end: ${code}`, {
    hint: 'the disk may be full; nothing was put in its place',
    cause,
  });
}
