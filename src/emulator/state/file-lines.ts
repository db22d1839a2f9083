import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The lines of a file that end in a line end, one at a time. */
export interface LineReader {
  /** Undefined behind the last whole line. */
  next(): string | undefined;
  /** Bytes up to the end of the last line that was given. */
  readonly length: number;
  readonly size: number;
  close(): void;
}

const chunkLength = 1024 * 1024;

/** Undefined where the file is not there. */
export function openLines(path: string): LineReader | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const chunk = Buffer.alloc(chunkLength);
  let [start, end] = [0, 0];
  let length = 0;
  let open = true;
  const next = (): string | undefined => {
    const parts: string[] = [];
    for (;;) {
      const at = chunk.subarray(0, end).indexOf(0x0a, start);
      parts.push(chunk.toString('latin1', start, at < 0 ? end : at));
      if (at >= 0) {
        start = at + 1;
        const line = parts.join('');
        length += line.length + 1;
        return line;
      }
      start = 0;
      end = readSync(file, chunk);
      if (end === 0) return undefined;
    }
  };
  return {
    next,
    get length() {
      return length;
    },
    size: fstatSync(file).size,
    close: () => {
      if (open) closeSync(file);
      open = false;
    },
  };
}
