import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { changesLine, headerLine } from './lines.ts';
import type { Sealer } from './localkey.ts';
import type { Change } from './store.ts';

/** Appends transactions to the journal. */
export interface Journal {
  readonly epoch: number;
  readonly size: number;
  /** Throws where the transaction could not be written; then nothing of it is in the file. */
  append(changes: readonly Change[]): void;
  /** Puts an empty journal of a new epoch in the old one's place. */
  begin(epoch: number): Promise<void>;
  resume(epoch: number, lines: number, size: number): void;
  /** Takes no more: what would be appended could not be found again. */
  close(): void;
}

export function createJournal(path: string, sealer: Sealer): Journal {
  let file: number | undefined;
  let epoch = 0;
  let lines = 0;
  let size = 0;
  const close = (): void => {
    const closing = file;
    file = undefined;
    if (closing !== undefined) closeSync(closing);
  };
  const open = (atEpoch: number, atLine: number, atSize: number): void => {
    close();
    file = openSync(path, 'a', 0o600);
    [epoch, lines, size] = [atEpoch, atLine, atSize];
  };
  /** Takes a half-written line out again. Where even that fails, nothing may be written behind it. */
  const takeBack = (open: number): void => {
    try {
      ftruncateSync(open, size);
    } catch {
      close();
    }
  };
  return {
    get epoch() {
      return epoch;
    },
    get size() {
      return size;
    },
    append: (changes) => {
      if (file === undefined) throw new Error('the journal is closed');
      const line = Buffer.from(changesLine(sealer, 'journal', epoch, lines + 1, changes), 'latin1');
      // One write: a process that is killed leaves the whole line or a torn last one, never a hole. What the
      // kernel has taken outlives the process; a loss of power is what fsync would be for, and costs too much.
      try {
        // A disk that is nearly full takes a part.
        if (writeSync(file, line) !== line.length)
          throw new Error('the journal could not be written in full');
      } catch (error) {
        takeBack(file);
        throw error;
      }
      lines += 1;
      size += line.length;
    },
    begin: async (at) => {
      close();
      const header = headerLine('journal', at);
      await writeFileAtomic(path, header, { mode: 0o600 });
      open(at, 0, header.length);
    },
    resume: open,
    close,
  };
}
