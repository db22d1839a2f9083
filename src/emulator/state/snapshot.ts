import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { changesLine, headerLine } from './lines.ts';
import type { Sealer } from './localkey.ts';
import type { Change, Store } from './store.ts';

/** Documents a line of a snapshot holds. */
const batch = 200;

/**
 * Writes all documents into a file that takes the old snapshot's place when it is complete. Line by line: the state
 * may be larger than what is free in memory. One process writes at a time, so that the name can be a fixed one and a
 * kill leaves no more than one half-written file, which the next time overwrites.
 */
export function writeSnapshot(path: string, sealer: Sealer, epoch: number, store: Store): void {
  const made = `${path}.new`;
  const file = openSync(made, 'w', 0o600);
  try {
    try {
      writeAll(file, headerLine('snapshot', epoch, Math.ceil(store.size / batch)));
      let number = 0;
      let changes: Change[] = [];
      const flush = (): void => {
        if (changes.length === 0) return;
        number += 1;
        writeAll(file, changesLine(sealer, 'snapshot', epoch, number, changes));
        changes = [];
      };
      for (const change of store.contents()) {
        changes.push(change);
        if (changes.length === batch) flush();
      }
      flush();
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(made, path);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}

// A full disk may take a part of what it is given: the rest then ends in the error that says so.
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
