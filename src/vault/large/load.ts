/** Loads the large secrets of a release: the very revisions that it names, whatever was written since. */
import { type Entry, entryIn, formatDataKeyId, type ReleaseItem } from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { type FoundEntry, openFound } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { parsePartName, secretFolder } from './place.ts';
import { findParts, openTexts, wantedParts } from './read.ts';

/** A large secret that was loaded. */
export interface LoadedLarge {
  readonly value: Uint8Array;
  readonly dataKeyId: string;
  /** The texts of its parameters by full name, to be kept: its entry and its parts. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Parameter Store keeps so many versions of a parameter. */
const KEPT_VERSIONS = 100;
/** How far below the newest version an entry is looked for, round by round: mostly it is the newest. */
const ROUNDS: readonly (readonly number[])[] = [
  [1, 2, 3, 4, 5, 6, 7, 8, 9],
  Array.from({ length: KEPT_VERSIONS - 10 }, (_, i) => 10 + i),
];

/**
 * @param items - of the release, large ones all
 * @param alive - called at each sign of progress
 * @param head - of the release
 * @returns by the name of the secret
 * @throws WaxsealError `large_incomplete` naming the first that is not there any more, and what opening can meet
 */
export async function loadLarge(
  scope: VaultScope,
  region: Region,
  items: readonly ReleaseItem[],
  signal: AbortSignal,
  alive: () => void = () => {},
  head?: Entry,
): Promise<ReadonlyMap<string, LoadedLarge>> {
  const names = items.map(({ name }) => parameterName(scope.path, name));
  const tops = await region.parameters.read(names, signal);
  alive();
  const loaded = await Promise.all(
    items.map(async (item, i): Promise<[string, LoadedLarge]> => {
      const parameter = names[i] ?? '';
      const found = await findEntry(scope, region, item, tops.get(parameter), signal);
      alive();
      const wrapped = { ...found, entry: wrappedAs(found.entry, head) };
      const opened = await openFound(scope, region, parameter, wrapped, signal);
      const wanted = wantedParts(scope, opened);
      const parts = await findParts(scope, region, wrapped.entry, wanted, signal);
      alive();
      const value = await openTexts(scope, region, opened, [...parts.values()], signal);
      const dataKeyId = formatDataKeyId(found.entry.core.dataKeyId);
      return [item.name, { value, dataKeyId, texts: new Map([[parameter, found.stored.value], ...parts]) }];
    }),
  );
  return new Map(loaded);
}

/**
 * A rewrap puts what stands under another KMS key, pinned releases too, but no version of the past. The wrapping is no
 * part of what a digest proves: that of the head serves where it is of the same data key.
 */
export function wrappedAs(entry: Entry, head: Entry | undefined): Entry {
  if (head === undefined) return entry;
  const [own, heads] = [entry, head].map(({ core }) => formatDataKeyId(core.dataKeyId));
  if (own !== heads) return entry;
  const { wrappedKey, kmsKeyId } = head.wrapping;
  return { ...entry, wrapping: { ...entry.wrapping, wrappedKey, kmsKeyId } };
}

/**
 * The entry that a release names by its digest, which is proof wherever it is found.
 * @param top - of its parameter in `region`, where that was read
 * @throws WaxsealError `large_incomplete` where no region has it
 */
export async function findEntry(
  scope: VaultScope,
  region: Region,
  item: ReleaseItem,
  top: StoredParameter | undefined,
  signal: AbortSignal,
): Promise<FoundEntry> {
  const digest = Buffer.from(item.large ?? []).toString('hex');
  const parameter = parameterName(scope.path, item.name);
  for (const from of [region, ...scope.regions.filter((other) => other !== region)]) {
    try {
      const newest =
        from === region && top !== undefined
          ? top
          : (await from.parameters.read([parameter], signal)).get(parameter);
      const found =
        (await inVersions(from, newest, digest, signal)) ??
        (await inCopies(scope, from, item, digest, signal));
      if (found !== undefined) return found;
    } catch (error) {
      if (from === region || signal.aborted) throw error;
    }
  }
  throw new WaxsealError('large_incomplete', `revision ${item.revision} of ${item.name} is in no region`, {
    hint: 'the release names it: publish what stands now, waxseal release publish',
    region: region.name,
  });
}

async function inVersions(
  region: Region,
  top: StoredParameter | undefined,
  digest: string,
  signal: AbortSignal,
): Promise<FoundEntry | undefined> {
  if (top === undefined) return undefined;
  const newest = ifDigest(top, digest);
  if (newest !== undefined) return newest;
  for (const round of ROUNDS) {
    const versions = round.map((step) => top.version - step).filter((version) => version > 0);
    if (versions.length === 0) break;
    const read = await region.parameters.read(
      versions.map((version) => `${top.name}:${version}`),
      signal,
    );
    for (const stored of read.values()) {
      const found = ifDigest(stored, digest);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The copy that a pinned release has of it. */
async function inCopies(
  scope: VaultScope,
  region: Region,
  { name, revision }: ReleaseItem,
  digest: string,
  signal: AbortSignal,
): Promise<FoundEntry | undefined> {
  for await (const stored of region.parameters.list(secretFolder(scope.path, name), signal)) {
    const part = parsePartName(scope.path, stored.name);
    if (part?.number !== 0 || part.secret !== name || part.revision !== revision) continue;
    const found = ifDigest(stored, digest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ifDigest(stored: StoredParameter, digest: string): FoundEntry | undefined {
  const entry = entryIn(stored.value);
  return entry !== undefined && digestOf(entry) === digest ? { entry, stored } : undefined;
}
