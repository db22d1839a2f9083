/**
 * How two copies of an entry are related. Each revision carries the digest of the one before, so that "newer" is more
 * than a higher number: whether a copy may be overwritten is told by the chain, never by revisions or clocks.
 */
import { type Entry, entryDigest, parseEntry } from '../envelope/index.ts';
import { isWaxsealError } from '../errors.ts';
import type { Region } from './ports.ts';

/** How an older copy stands to a newer one. */
export type Ancestry =
  /** The newer one was made on top of it, directly or not. */
  | 'ancestor'
  /** The newer one was made without knowledge of it. */
  | 'unrelated'
  /** The revisions between them are no longer kept. */
  | 'unknown';

/** Whether `newer` says itself that it was made on top of `older`. */
export function isParent(older: Entry, newer: Entry): boolean {
  return Buffer.compare(entryDigest(older), newer.core.parent) === 0;
}

/**
 * Follows the chain from `newer` down, by the history of the region that holds it; only asked when it is not the next
 * revision.
 * @throws WaxsealError what reading a history can meet
 */
export async function ancestry(
  region: Region,
  parameter: string,
  older: Entry,
  newer: Entry,
  signal: AbortSignal,
): Promise<Ancestry> {
  if (isParent(older, newer)) return 'ancestor';
  if (older.core.revision >= newer.core.revision) return 'unrelated';
  const kept = new Map<string, Entry>();
  for await (const { value } of region.parameters.history(parameter, signal)) {
    try {
      const entry = parseEntry(value);
      kept.set(hex(entryDigest(entry)), entry);
    } catch (error) {
      if (!isWaxsealError(error, 'malformed')) throw error;
    }
  }
  const wanted = hex(entryDigest(older));
  for (let entry: Entry = newer; ; ) {
    const parent = hex(entry.core.parent);
    if (parent === wanted) return 'ancestor';
    const next = kept.get(parent);
    // The end of the chain was seen: there is nothing below that it could hang on.
    if (parent === '') return 'unrelated';
    if (next === undefined) return 'unknown';
    if (next.core.revision <= older.core.revision) return 'unrelated';
    entry = next;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
