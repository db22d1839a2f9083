/** A file, a pipe or stdin, to be read once from beginning to end. */
import { constants, openSync, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { checkCancelled } from '../../src/vault/deadline.ts';
import type { CommandContext } from '../context.ts';

/** What is read. */
export interface Input {
  /** Its bytes, when it is a file; a pipe has none to tell. */
  readonly size: number | undefined;
  /** What it is on disk; undefined for a pipe. */
  readonly stats: Stats | undefined;
  /** Reads its beginning, as far as it goes; undefined for a pipe, which is read only once. */
  readonly beginning: ((length: number) => Promise<Uint8Array>) | undefined;
  /**
   * The bytes, in pieces of `size` where it is a file. The last three stay as they are while the next is read.
   * @param first - bytes of the first piece, where that is another size
   */
  pieces(size: number, first: number, tell: (done: number) => void): AsyncIterable<Uint8Array>;
  /** @throws WaxsealError `conflict` when the file is not what it was when it was opened */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** Buffers in turn: one is held back, one is worked on, one is read into, one to spare. */
const BUFFERS = 4;

/** Opens what a command was told to read. @param file - `-` for stdin. @throws WaxsealError `usage` */
export async function openInput(context: CommandContext, file: string, signal: AbortSignal): Promise<Input> {
  if (file === '-') {
    if (context.stdin.isTTY === true) {
      throw new WaxsealError('usage', 'nothing is piped in', { hint: 'name a file' });
    }
    return pipeInput(context.stdin, signal);
  }
  const path = resolve(context.cwd, file);
  const unreadable = (cause: NodeJS.ErrnoException): never => {
    throw new WaxsealError('usage', `${file} cannot be read: ${cause.code}`, { cause });
  };
  const meant = await stat(path).catch(unreadable);
  if (meant.isFIFO()) return pipeInput(openFifo(path), signal);
  const handle = await open(path, 'r').catch(unreadable);
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw new WaxsealError('usage', `${file} is a folder`, {
      hint: `tar -c ${file} | waxseal file encrypt --output ${file}.tar.waxseal`,
    });
  }
  if (!stats.isFile()) return pipeInput(handle.createReadStream(), signal, () => close(handle));
  return fileInput(handle, stats, file, signal);
}

/**
 * As a socket, which is waited for and can be let go of at any time: a read of a file that waits for a writer who never
 * comes would keep the process from ending.
 */
function openFifo(path: string): Source {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

type Source = AsyncIterable<unknown> & { destroy(error?: Error): void };

function pipeInput(
  stream: Source,
  signal: AbortSignal,
  end: () => Promise<void> = () => Promise.resolve(),
): Input {
  return {
    size: undefined,
    stats: undefined,
    beginning: undefined,
    async *pieces(_size, _first, tell) {
      // A signal that fired before is told to nobody who listens only now.
      checkCancelled(signal);
      const stop = (): void => stream.destroy(new Error('interrupted'));
      signal.addEventListener('abort', stop, { once: true });
      let done = 0;
      try {
        for await (const piece of stream) {
          const bytes = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
          done += bytes.byteLength;
          tell(done);
          yield bytes;
        }
      } catch (error) {
        checkCancelled(signal);
        throw error;
      } finally {
        signal.removeEventListener('abort', stop);
      }
      checkCancelled(signal);
    },
    checkUnchanged: () => Promise.resolve(),
    close() {
      // One that was never read would keep the process from ending.
      stream.destroy();
      return end();
    },
  };
}

function fileInput(handle: FileHandle, stats: Stats, file: string, signal: AbortSignal): Input {
  const changed = (): WaxsealError =>
    new WaxsealError('conflict', `${file} changed while it was read`, {
      hint: 'nothing was put in its place; try again when nobody writes to it, or read it through a pipe',
    });
  const readAt = async (into: Uint8Array, length: number, at: number): Promise<number> => {
    try {
      return (await handle.read(into, 0, length, at)).bytesRead;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new WaxsealError('command_failed', `${file} cannot be read to its end: ${code}`, { cause });
    }
  };
  return {
    size: stats.size,
    stats,
    async beginning(length) {
      const into = Buffer.alloc(Math.min(length, stats.size));
      let filled = 0;
      for (;;) {
        if (filled === into.byteLength) return into;
        const read = await readAt(into.subarray(filled), into.byteLength - filled, filled);
        if (read === 0) return into.subarray(0, filled);
        filled += read;
      }
    },
    async *pieces(size, first, tell) {
      const largest = Math.max(size, first);
      const ring = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(largest));
      let turn = 0;
      const next = (at: number, length: number): { into: Buffer; read: Promise<number> } => {
        const into = ring[turn++ % BUFFERS] ?? Buffer.allocUnsafeSlow(largest);
        const read = readAt(into, length, at);
        // Whoever asks for it meets the failure; nobody may ask any more.
        read.catch(() => {});
        return { into, read };
      };
      let done = 0;
      let ahead = next(0, first === 0 ? size : first);
      for (;;) {
        const read = await ahead.read;
        checkCancelled(signal);
        if (read === 0) return;
        const { into } = ahead;
        done += read;
        // It grows: whoever writes may write faster than this reads.
        if (done > stats.size) throw changed();
        ahead = next(done, size);
        tell(done);
        yield into.subarray(0, read);
      }
    },
    async checkUnchanged() {
      const now = await handle.stat();
      if (now.size !== stats.size || now.mtimeMs !== stats.mtimeMs) throw changed();
    },
    close: () => close(handle),
  };
}

async function close(handle: FileHandle): Promise<void> {
  // A read stream over it may have closed it already.
  await handle.close().catch(() => {});
}
