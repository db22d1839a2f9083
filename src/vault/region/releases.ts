/** The releases of all regions: their heads are entries with a chain of their own, their bodies have to be whole. */
import type { ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { isThere, newestOf } from '../release/collect.ts';
import { type OpenedRelease, openBody, openHead, wipe } from '../release/open.ts';
import { releaseNames } from '../release/place.ts';
import type { VaultScope } from '../scope.ts';
import { type Copy, type Row, toCopy } from './copies.ts';

/** A region's release: its head, and what it holds where all of it opens. */
export interface RegionRelease {
  readonly copy: Copy | undefined;
  readonly opened?: OpenedRelease | undefined;
}

/** The releases of the regions that answered, home first. */
export type RegionReleases = ReadonlyMap<Region, RegionRelease>;

/** Opens the releases. @param known - what was read of each region, with the heads in it */
export async function openReleases(
  scope: VaultScope,
  known: ReadonlyMap<Region, ReadonlyMap<string, StoredParameter>>,
  signal: AbortSignal,
): Promise<RegionReleases> {
  const releases = new Map<Region, RegionRelease>();
  // Home first and one by one: the data key that home's KMS opened is not asked of the others.
  for (const [region, found] of known) releases.set(region, await openOne(scope, region, found, signal));
  // What a region's KMS refused may be open by now, by the KMS of another.
  for (const [region, { copy }] of releases) {
    const found = known.get(region);
    if (found === undefined || copy?.problem?.code !== 'key_unusable') continue;
    releases.set(region, await openOne(scope, region, found, signal));
  }
  return releases;
}

/** The heads alone. */
export function headRow(releases: RegionReleases): Row {
  return new Map([...releases].map(([region, { copy }]) => [region, copy]));
}

/** Overwrites the values of all releases. */
export function wipeReleases(releases: RegionReleases): void {
  for (const { opened } of releases.values()) wipe(opened);
}

/** The revisions at which the newest release knows names as deleted. */
export function deletedNames(releases: RegionReleases): ReadonlyMap<string, number> {
  const newest = [...releases.values()].reduce<OpenedRelease | undefined>(
    (best, { opened }) => (opened !== undefined && opened.number > (best?.number ?? 0) ? opened : best),
    undefined,
  );
  const deleted = (newest?.items ?? []).filter((item) => !isThere(item));
  return new Map(deleted.map(({ name, revision }) => [name, revision]));
}

/** The newest revision of each item over all releases; of two equal ones the preferred region's, else home's. */
export function newestItems(releases: RegionReleases, preferred?: string): readonly ReleaseItem[] {
  const inOrder = [...releases].sort(
    ([a], [b]) => Number(b.name === preferred) - Number(a.name === preferred),
  );
  return newestOf(inOrder.flatMap(([, { opened }]) => opened?.items ?? []));
}

async function openOne(
  scope: VaultScope,
  region: Region,
  known: ReadonlyMap<string, StoredParameter>,
  signal: AbortSignal,
): Promise<RegionRelease> {
  const names = releaseNames(scope.path);
  const top = known.get(names.head);
  if (top === undefined) return { copy: undefined };
  const copy = await toCopy(region, top, signal);
  if (copy.found === undefined) return { copy };
  try {
    const head = await openHead(scope, region, copy.found, signal);
    try {
      return { copy, opened: await openBody(scope, region, names, head, known, signal) };
    } catch (error) {
      // The head says which release it is, and where it belongs; what it names is not there.
      if (!isIntegrityError(error)) throw error;
      return { copy: { ...copy, damaged: true, problem: error } };
    }
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return { copy: { ...copy, problem: error } };
  }
}
