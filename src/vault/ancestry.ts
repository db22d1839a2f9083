/**
 * How two copies of an entry are related. Each revision carries the digest of the one before, so that "newer" is more
 * than a higher number: whether a copy may be overwritten is told by the chain, never by revisions or clocks.
 */
import { type Entry, entryDigest, entryIn } from '../envelope/index.ts';
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

/** What makes two entries the same, as text. */
export function digestOf(entry: Entry): string {
  return hex(entryDigest(entry));
}

/** A version as a link of a parameter's chain. */
export interface ChainLink {
  readonly digest: string | undefined;
  /** The digest that it names as its parent's; none for a first revision. */
  readonly parent: string;
  readonly authentic: boolean;
}

/**
 * For each version whether an authentic one above it vouches for it: a digest is over core and ciphertext and takes no
 * key, so that what does not open is proven by whoever was made on top of it.
 * @param links - oldest first
 */
export function vouchedFor(links: readonly ChainLink[]): readonly boolean[] {
  const named = new Set<string>();
  const vouched = links.toReversed().map(({ digest, parent, authentic }) => {
    const known = digest !== undefined && named.has(digest);
    if (digest !== undefined && (known || authentic)) {
      named.add(digest);
      named.add(parent);
    }
    return known;
  });
  return vouched.reverse();
}

/**
 * Follows the chain from `newer` down, by the history of the first region; only asked when it is not the next
 * revision. A region that was brought up to date skipped what lies between, so that the histories of the others are
 * asked for what is missing in it: a digest is proof, wherever it was found.
 * @param regions - first the one that holds `newer`
 * @throws WaxsealError what reading the first region's history can meet
 */
export async function ancestry(
  regions: readonly Region[],
  parameter: string,
  older: Entry,
  newer: Entry,
  signal: AbortSignal,
): Promise<Ancestry> {
  if (isParent(older, newer)) return 'ancestor';
  if (older.core.revision >= newer.core.revision) return 'unrelated';
  const kept = new Map<string, Entry>();
  for (const region of regions) {
    try {
      await keepHistory(region, parameter, kept, signal);
    } catch (error) {
      if (region === regions[0] || !isWaxsealError(error)) throw error;
    }
    const found = follow(kept, older, newer);
    if (found !== 'unknown') return found;
  }
  return 'unknown';
}

async function keepHistory(
  region: Region,
  parameter: string,
  kept: Map<string, Entry>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { value } of region.parameters.history(parameter, signal)) {
    const entry = entryIn(value);
    if (entry !== undefined) kept.set(digestOf(entry), entry);
  }
}

function follow(kept: ReadonlyMap<string, Entry>, older: Entry, newer: Entry): Ancestry {
  const wanted = digestOf(older);
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
