/** Judges a release of one region, the newest or a pinned one: its head, and each part as it lies there now. */
import {
  checkPlace,
  type Entry,
  parseEntry,
  parseManifest,
  partDigest,
  type ReleaseItem,
} from '../../envelope/index.ts';
import { digestOf } from '../ancestry.ts';
import { deadline } from '../deadline.ts';
import { effectiveEntry, type FoundEntry } from '../effective.ts';
import type { StoredParameter } from '../ports.ts';
import { isThere } from '../release/collect.ts';
import { checkPinned, openBody, openHead, wipe } from '../release/open.ts';
import { releaseNames } from '../release/place.ts';
import { type Bench, type Judged, problemOf, seenOf, voidCopy } from './judge.ts';
import type { Marker } from './mark.ts';

/** A release of a large vault has many parts, which may have to be read. */
const LISTING = 10;

/** A secret as a release holds it, its value told by a mark; of a large one the release holds its entry's digest alone. */
export interface MarkedItem extends Omit<ReleaseItem, 'value'> {
  readonly mark: string;
  readonly tombstone: boolean;
}

/** A release, judged. */
export interface JudgedRelease {
  readonly pinned: number | undefined;
  /** Its problem is also what keeps the whole from being opened. */
  readonly head: Judged;
  /** The head itself, where it opens. */
  readonly entry?: Entry | undefined;
  /** By secret name; undefined where it does not open. */
  readonly items: ReadonlyMap<string, MarkedItem> | undefined;
  /** The full names of the parts that the head names, each with whether what lies there now is that part. */
  readonly parts: ReadonlyMap<string, boolean>;
}

/** @param own - what was read of the region: head and parts. @throws WaxsealError `cancelled` */
export async function judgeRelease(
  bench: Bench,
  own: ReadonlyMap<string, StoredParameter>,
  pinned?: number,
): Promise<JudgedRelease | undefined> {
  const { scope, region, caller } = bench;
  const names = releaseNames(scope.path, pinned);
  const top = own.get(names.head);
  if (top === undefined) return undefined;
  const signal = deadline(scope.timeout * LISTING, caller);
  const nothing = { pinned, items: undefined, parts: new Map<string, boolean>() };
  let head: Judged = { ...seenOf(top), void: false };
  let found: FoundEntry;
  try {
    found =
      pinned === undefined
        ? await effectiveEntry(region, top, signal)
        : { entry: parseEntry(top.value), stored: top };
  } catch (error) {
    return { ...nothing, head: { ...head, problem: problemOf(error, caller) } };
  }
  const { entry, stored } = found;
  const { core, wrapping } = entry;
  const namedKeyId = wrapping.kmsKeyId;
  head = { ...head, core, digest: digestOf(entry), namedKeyId, void: stored.version !== top.version };
  if (head.void) head = { ...head, copyOf: await voidCopy(bench, top) };
  let parts: ReadonlyMap<string, boolean> = nothing.parts;
  try {
    const { scope: opening, kmsKeyMaterialId } = await openedFor(bench, found);
    head = { ...head, kmsKeyId: wrapping.kmsKeyId, kmsKeyMaterialId };
    const opened = await openHead(opening, region, found, signal);
    if (pinned !== undefined) checkPinned(entry, pinned, region);
    parts = new Map(
      parseManifest(opened.content).parts.map((digest, i): [string, boolean] => {
        const part = own.get(names.part(i));
        return [names.part(i), part !== undefined && partDigest(part.value) === digest];
      }),
    );
    const release = await openBody(opening, region, names, opened, own, signal);
    opened.content.fill(0);
    const items = new Map(release.items.map((item) => [item.name, marked(item, bench.mark)]));
    wipe(release);
    return { pinned, head, entry, items, parts };
  } catch (error) {
    return { pinned, head: { ...head, problem: problemOf(error, caller) }, items: undefined, parts };
  }
}

/** A head is bound to the place where it was published, wherever a copy of it lies: whose it is costs no call. */
function openedFor({ scope, keys }: Bench, { entry }: FoundEntry): ReturnType<Bench['keys']['open']> {
  checkPlace(entry, releaseNames(scope.path).head);
  return keys.open(entry.core.dataKeyId, entry.wrapping);
}

function marked(item: ReleaseItem, mark: Marker): MarkedItem {
  const { value, ...rest } = item;
  return { ...rest, mark: mark(value), tombstone: !isThere(item) };
}
