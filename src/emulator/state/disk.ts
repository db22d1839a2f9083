import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { broken, fileNames } from './folder.ts';
import { createJournal, type Journal } from './journal.ts';
import { type Log, openLog } from './lines.ts';
import { openLocalKey, type Sealer } from './localkey.ts';
import { writeSnapshot } from './snapshot.ts';
import { createStore, type Store } from './store.ts';

/** From this size on, the journal is folded into a snapshot at start and close; bytes. */
const largeJournal = 4 * 1024 * 1024;

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
  const logs: Log[] = [];
  const open = (path: string, kind: 'journal' | 'snapshot'): Log | undefined => {
    const log = openLog(path, kind);
    if (log !== undefined) logs.push(log);
    return log;
  };
  try {
    const snapshot = open(join(dir, fileNames.snapshot), 'snapshot');
    const journal = open(join(dir, fileNames.journal), 'journal');
    return await load(dir, snapshot, journal);
  } finally {
    for (const log of logs) log.close();
  }
}

async function load(dir: string, snapshot: Log | undefined, log: Log | undefined): Promise<DiskStore> {
  const journalPath = join(dir, fileNames.journal);
  const snapshotPath = join(dir, fileNames.snapshot);
  const sealer = await openLocalKey(dir, snapshot !== undefined || log !== undefined);
  if (snapshot !== undefined && log === undefined) throw broken(journalPath, 'is missing');

  const journal = createJournal(journalPath, sealer);
  const store = createStore(journal.append);
  if (snapshot !== undefined) for (const changes of snapshot.changes(sealer)) store.replay(changes);
  const epoch = snapshot?.header.epoch ?? 0;

  if (log === undefined) await journal.begin(0);
  else if (log.header.epoch > epoch) throw broken(snapshotPath, 'is older than the journal');
  // The process ended between writing the snapshot and beginning its journal: all of the old one is in it.
  else if (log.header.epoch < epoch) await journal.begin(epoch);
  else {
    for (const changes of log.changes(sealer)) store.replay(changes);
    await truncate(journalPath, log.length);
    journal.resume(epoch, log.lines, log.length);
  }
  await fold(snapshotPath, sealer, store, journal);
  return {
    store,
    close: async () => {
      await fold(snapshotPath, sealer, store, journal);
      journal.close();
    },
  };
}

/**
 * Folds a large journal into the snapshot. Where there is no room for a second copy the journal stays as it is: it
 * holds everything, and the next start tries again.
 */
async function fold(path: string, sealer: Sealer, store: Store, journal: Journal): Promise<void> {
  if (journal.size <= largeJournal) return;
  const next = journal.epoch + 1;
  try {
    writeSnapshot(path, sealer, next, store);
  } catch {
    return;
  }
  // Should this fail, the old journal is closed already: it counts for nothing beside the new snapshot.
  await journal.begin(next);
}
