import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { broken, fileNames, ifThere } from './folder.ts';
import { changesLine, headerLine, readChanges, readLog } from './lines.ts';
import { openLocalKey, type Sealer } from './localkey.ts';
import { type Change, createStore, type Store } from './store.ts';

/** From this size on, the journal is folded into a snapshot at start and close; bytes. */
const largeJournal = 4 * 1024 * 1024;
/** Documents a line of a snapshot holds. */
const batch = 200;

export interface DiskStore {
  readonly store: Store;
  /** Folds a large journal into the snapshot, and closes the files. */
  close(): Promise<void>;
}

/**
 * Reads a folder's state and keeps it. Only its owner may call this.
 * @throws EmulatorError emulator_state_broken, emulator_state_newer
 */
export async function openDisk(dir: string): Promise<DiskStore> {
  const journalPath = join(dir, fileNames.journal);
  const snapshotPath = join(dir, fileNames.snapshot);
  const snapshotBytes = await ifThere(readFile(snapshotPath));
  const journalBytes = await ifThere(readFile(journalPath));
  const snapshot = snapshotBytes && readLog(snapshotPath, snapshotBytes, 'snapshot');
  const journal = journalBytes && readLog(journalPath, journalBytes, 'journal');
  const sealer = await openLocalKey(dir, snapshot !== undefined || journal !== undefined);
  if (snapshot !== undefined && journal === undefined) throw broken(journalPath, 'is missing');

  const writer = createWriter(journalPath, sealer);
  const store = createStore(writer.append);
  if (snapshot !== undefined)
    for (const changes of readChanges(snapshotPath, snapshot, sealer)) store.replay(changes);
  const epoch = snapshot?.header.epoch ?? 0;
  const compact = async (): Promise<void> => {
    const next = writer.epoch + 1;
    await writeSnapshot(snapshotPath, sealer, next, store);
    await writer.begin(next);
  };

  if (journal === undefined) await writer.begin(0);
  else if (journal.header.epoch > epoch) throw broken(snapshotPath, 'is older than the journal');
  // The process ended between writing the snapshot and beginning its journal: all of the old one is in it.
  else if (journal.header.epoch < epoch) await writer.begin(epoch);
  else {
    for (const changes of readChanges(journalPath, journal, sealer)) store.replay(changes);
    await truncate(journalPath, journal.length);
    writer.resume(epoch, journal.lines.length, journal.length);
  }
  if (writer.size > largeJournal) await compact();

  return {
    store,
    close: async () => {
      if (writer.size > largeJournal) await compact();
      writer.close();
    },
  };
}

interface Writer {
  readonly epoch: number;
  readonly size: number;
  append(changes: readonly Change[]): void;
  /** Puts an empty journal of a new epoch in the old one's place. */
  begin(epoch: number): Promise<void>;
  resume(epoch: number, lines: number, size: number): void;
  close(): void;
}

function createWriter(path: string, sealer: Sealer): Writer {
  let file: number | undefined;
  let epoch = 0;
  let lines = 0;
  let size = 0;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const open = (atEpoch: number, atLine: number, atSize: number): void => {
    close();
    file = openSync(path, 'a', 0o600);
    [epoch, lines, size] = [atEpoch, atLine, atSize];
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
      let written = 0;
      try {
        written = writeSync(file, line);
        if (written !== line.length) throw new Error('the journal could not be written in full');
      } catch (error) {
        ftruncateSync(file, size);
        throw error;
      }
      lines += 1;
      size += written;
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

async function writeSnapshot(path: string, sealer: Sealer, epoch: number, store: Store): Promise<void> {
  const lines: string[] = [];
  let changes: Change[] = [];
  const flush = (): void => {
    if (changes.length > 0) lines.push(changesLine(sealer, 'snapshot', epoch, lines.length + 1, changes));
    changes = [];
  };
  for (const change of store.contents()) {
    changes.push(change);
    if (changes.length === batch) flush();
  }
  flush();
  const parts = [headerLine('snapshot', epoch, lines.length), ...lines].map((line) =>
    Buffer.from(line, 'latin1'),
  );
  await writeFileAtomic(path, Buffer.concat(parts), { mode: 0o600 });
}
