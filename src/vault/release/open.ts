/** Reads and opens a release in one region. */
import {
  checkPlace,
  type Entry,
  entryIn,
  openEntry,
  openParts,
  parseEntry,
  parseManifest,
  partDigest,
  type ReleaseItem,
  type ReleaseManifest,
  sameEntry,
  unpackItems,
} from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import { effectiveEntry, isVoid, type OpenedEntry } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { type FoundPart, findParts } from './parts.ts';
import { PARTS_AT_ONCE, type ReleaseNames, releaseNames } from './place.ts';

/** A release, opened. */
export interface OpenedRelease {
  readonly number: number;
  /** The head: an entry whose revision is the release's number. */
  readonly entry: Entry;
  /** The head's text. */
  readonly text: string;
  readonly items: readonly ReleaseItem[];
  /** The parts, and in which version of their parameters they were found. */
  readonly parts: readonly FoundPart[];
}

/**
 * Reads the release of a region: one GetParameters for head and nine parts, one Decrypt; more for a larger release, and
 * in the middle of a publish.
 * @param pinned - the number of a pinned copy
 * @returns undefined where there is none
 * @throws WaxsealError `release_incomplete`, and what opening an entry can meet
 */
export async function readRelease(
  scope: VaultScope,
  region: Region,
  signal: AbortSignal,
  pinned?: number,
): Promise<OpenedRelease | undefined> {
  const names = releaseNames(scope.path, pinned);
  const found = await readHeadAndParts(region, names, signal);
  const top = found.get(names.head);
  if (top === undefined) return undefined;
  const head =
    pinned === undefined
      ? await openHead(scope, region, await effectiveEntry(region, top, signal), signal)
      : await openHead(scope, region, { entry: parseEntry(top.value), stored: top }, signal);
  if (pinned !== undefined) checkPinned(head.entry, pinned, region);
  return openBody(scope, region, names, head, found, signal);
}

/** Whether a pinned head is that of the release that is pinned there. @throws WaxsealError `misplaced` */
export function checkPinned({ core }: Entry, pinned: number, region: Region): void {
  if (core.revision === pinned) return;
  throw new WaxsealError('misplaced', `release ${core.revision} lies where ${pinned} is pinned`, {
    hint: `somebody copied it there; pin ${pinned} again`,
    region: region.name,
  });
}

/** Reads a head and the parts that fit into the same call. */
export function readHeadAndParts(
  region: Region,
  names: ReleaseNames,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredParameter>> {
  const parts = Array.from({ length: PARTS_AT_ONCE }, (_, i) => names.part(i));
  return region.parameters.read([names.head, ...parts], signal);
}

/** Opens a head, wherever a copy of it lies: it is bound to the place where it was published. */
export async function openHead(
  scope: VaultScope,
  region: Region,
  found: { readonly entry: Entry; readonly stored: StoredParameter },
  signal: AbortSignal,
): Promise<OpenedEntry> {
  const { head } = releaseNames(scope.path);
  checkPlace(found.entry, head);
  const dataKey = await scope.dataKeys.ofEntry(found.entry, region, signal);
  return { ...found, content: openEntry(found.entry, head, dataKey) };
}

/** Opens what an opened head names. @param known - parameters that were read already */
export async function openBody(
  scope: VaultScope,
  region: Region,
  names: ReleaseNames,
  head: OpenedEntry,
  known: ReadonlyMap<string, StoredParameter>,
  signal: AbortSignal,
): Promise<OpenedRelease> {
  const manifest = parseManifest(head.content);
  const parts = await findParts(region, names, manifest.parts, known, signal);
  return assemble(scope, region, head, manifest, parts, signal);
}

async function assemble(
  scope: VaultScope,
  region: Region,
  head: OpenedEntry,
  manifest: ReleaseManifest,
  parts: readonly FoundPart[],
  signal: AbortSignal,
): Promise<OpenedRelease> {
  const { entry, stored } = head;
  const number = entry.core.revision;
  const dataKey = await scope.dataKeys.ofEntry(entry, region, signal);
  const packed =
    parts.length === 0
      ? manifest.inline
      : openParts(
          'release',
          { path: scope.path, number },
          manifest,
          parts.map(({ text }) => text),
          dataKey,
        );
  try {
    return { number, entry, text: stored.value, items: unpackItems(packed), parts };
  } finally {
    packed.fill(0);
  }
}

/** Overwrites the values of a release that nobody needs any more. */
export function wipe(release: OpenedRelease | undefined): void {
  for (const { value } of release?.items ?? []) value?.fill(0);
}

/**
 * The releases whose heads a region's history keeps, newest first: those that counted. A rewrap leaves a head in two
 * versions: it is told once, as it is wrapped now, and with when and by whom it was published.
 */
export async function* headHistory(
  scope: VaultScope,
  region: Region,
  signal: AbortSignal,
): AsyncGenerator<{ readonly entry: Entry; readonly stored: StoredParameter }> {
  const { head } = releaseNames(scope.path);
  const kept: { readonly entry: Entry; readonly stored: StoredParameter }[] = [];
  for await (const stored of region.parameters.history(head, signal)) {
    const entry = entryIn(stored.value);
    // Written by other means: it never was a release.
    if (entry === undefined || isVoid(entry, stored, region.name)) continue;
    const before = kept.at(-1);
    if (before === undefined || !sameEntry(before.entry, entry)) kept.push({ entry, stored });
    else {
      const { modifiedAt, modifiedBy } = before.stored;
      kept[kept.length - 1] = { entry, stored: { ...stored, modifiedAt, modifiedBy } };
    }
  }
  yield* kept.reverse();
}

/** All kept versions of a part, by their digests. */
export type PartHistory = (index: number) => Promise<ReadonlyMap<string, FoundPart>>;

/** Reads the history of each part once, however many releases are opened from it. */
export function partHistory(scope: VaultScope, region: Region, signal: AbortSignal): PartHistory {
  const names = releaseNames(scope.path);
  const asked = new Map<number, ReturnType<PartHistory>>();
  const read = async (index: number): ReturnType<PartHistory> => {
    const kept = new Map<string, FoundPart>();
    for await (const { value, version } of region.parameters.history(names.part(index), signal)) {
      kept.set(partDigest(value), { text: value, version });
    }
    return kept;
  };
  return (index) => {
    const known = asked.get(index) ?? read(index);
    asked.set(index, known);
    return known;
  };
}

/** Opens a release of the past from a region's history. @throws WaxsealError `release_incomplete` when parts are gone */
export async function openPast(
  scope: VaultScope,
  region: Region,
  found: { readonly entry: Entry; readonly stored: StoredParameter },
  signal: AbortSignal,
  history: PartHistory = partHistory(scope, region, signal),
): Promise<OpenedRelease> {
  const head = await openHead(scope, region, found, signal);
  const manifest = parseManifest(head.content);
  const parts = await Promise.all(
    manifest.parts.map(async (digest, index): Promise<FoundPart> => {
      const part = (await history(index)).get(digest);
      if (part !== undefined) return part;
      throw new WaxsealError(
        'release_incomplete',
        `part ${index + 1} of release ${found.entry.core.revision} is no longer kept`,
        { hint: 'Parameter Store keeps 100 versions; pin what must be kept longer', region: region.name },
      );
    }),
  );
  return assemble(scope, region, head, manifest, parts, signal);
}
