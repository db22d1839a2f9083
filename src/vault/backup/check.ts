/** Reads a backup whole, before anything of it is used: every line, the counts, the digest. */
import {
  type BackupRecord,
  createDigest,
  cutOff,
  damaged,
  encodeLine,
  lineDigest,
  linesOf,
  parseLine,
  recordKey,
} from './format.ts';
import type { BackupCounts, BackupHeader, BackupSource, BackupSummary } from './types.ts';

/** A backup that was read whole, and which of its lines count. */
export interface CheckedBackup {
  readonly summary: BackupSummary;
  /** Each thing's last record: the line's digest. Values are no part of memory. */
  readonly kept: ReadonlyMap<string, string>;
}

/** Counts the records that count: the last of each thing. */
export function createCounter(): {
  add(record: BackupRecord, line: string): void;
  kept: Map<string, string>;
  counts(): BackupCounts;
} {
  const kept = new Map<string, string>();
  const versions = new Map<string, number>();
  return {
    kept,
    add(record, line) {
      const key = recordKey(record);
      if (record.is !== 'secret') kept.set(key, lineDigest(line));
      else if (record.versions.length === 0) {
        kept.delete(key);
        versions.delete(key);
      } else {
        kept.set(key, lineDigest(line));
        versions.set(key, record.versions.length);
      }
    },
    counts: () => ({
      secrets: versions.size,
      versions: [...versions.values()].reduce((sum, count) => sum + count, 0),
      pins: [...kept.keys()].filter((key) => key.startsWith('release ') && key !== 'release 0').length,
    }),
  };
}

/**
 * Reads a backup to its end. Neither KMS nor Parameter Store is asked.
 * @throws WaxsealError `malformed` when it is cut off, was changed, or is something else
 */
export async function checkBackup(source: BackupSource): Promise<CheckedBackup> {
  const digest = createDigest();
  const counter = createCounter();
  let header: BackupHeader | undefined;
  let summary: BackupSummary | undefined;
  let number = 0;
  for await (const text of linesOf(source())) {
    number += 1;
    if (summary !== undefined) throw damaged('there is something behind the end of the backup');
    const line = parseLine(text, number);
    if (line.is === 'header') header = line.header;
    else if (line.is === 'record') counter.add(line.record, text);
    else {
      const counts = counter.counts();
      if (digest.hex() !== line.sha256) throw damaged('the backup was changed: its digest is another');
      if (header === undefined || encodeLine({ ...line, counts }) !== text) {
        throw damaged('the backup was changed: it holds another number of things than it says');
      }
      summary = { header, ...counts, sha256: line.sha256 };
    }
    digest.add(text);
  }
  if (summary === undefined) throw number === 0 ? damaged('the file is empty') : cutOff();
  return { summary, kept: counter.kept };
}

/** The records that count, in the order of the file. @throws WaxsealError `malformed` when the file changed since */
export async function* recordsOf(
  source: BackupSource,
  { kept }: CheckedBackup,
): AsyncGenerator<BackupRecord> {
  const missing = new Set(kept.keys());
  let number = 0;
  for await (const text of linesOf(source())) {
    number += 1;
    const line = parseLine(text, number);
    if (line.is !== 'record') continue;
    const key = recordKey(line.record);
    if (kept.get(key) !== lineDigest(text) || !missing.delete(key)) continue;
    yield line.record;
  }
  if (missing.size > 0) throw damaged('the backup was changed while it was read');
}
