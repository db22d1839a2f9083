/** Parts of large secrets that are past in any region: found with a listing, removed when the regions are together. */
import { isWaxsealError } from '../../errors.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { dropPast, type KeptParts, keptParts, namedBy, pastParts } from '../large/drop.ts';
import { parsePartName } from '../large/place.ts';
import { removeParts } from '../large/write.ts';
import type { Region } from '../ports.ts';
import { itemsBefore } from '../release/past.ts';
import type { VaultScope } from '../scope.ts';
import type { RegionContents } from './copies.ts';
import type { RegionReleases } from './releases.ts';
import { lose, NOTHING, type Part, problemOf, type Run } from './run.ts';
import type { PastParts } from './types.ts';

/** A history may take that much longer than one read. */
const LISTING = 10;

/** How long a write has certainly ended after which its region still changed, in ms. */
const GIVEN_UP = 86_400_000;

/** What a listing shows of them. */
export interface PastFound {
  readonly kept: KeptParts;
  readonly regions: ReadonlyMap<
    Region,
    {
      /** Of revisions that are past where the entry has come as far as the release. */
      readonly past: readonly { readonly name: string; readonly secret: string }[];
      /** Nobody's: of names that were purged, and of writes that were given up. */
      readonly stray: readonly string[];
      /** What the region's entries have come to. */
      readonly arrived: (secret: string) => boolean;
    }
  >;
}

/**
 * Finds them. Home's release says what is past; what another region's release names stays, too, for it may be behind.
 * @returns undefined where there are none, or not known to be past: home has no release that opens, or a pin does not
 */
export async function findPast(
  { scope, deleted, signal: caller }: Run,
  contents: ReadonlyMap<Region, RegionContents>,
  releases: RegionReleases,
): Promise<PastFound | undefined> {
  const release = releases.get(scope.home)?.opened;
  if (release === undefined) return undefined;
  const others = new Set([...releases.values()].flatMap(({ opened }) => namedBy(opened?.items ?? [])));
  const released = new Map(release.items.map(({ name, revision }) => [name, revision]));
  const find = (kept: KeptParts, before: readonly string[] = []): PastFound['regions'] =>
    new Map(
      [...contents].flatMap(([region, held]) => {
        const { copies, own } = held;
        // What the release before named is kept to go back to, but nobody goes back behind a purge.
        const stray = strayParts(scope, contents, { deleted, ...kept }, held);
        const past = pastParts(scope.path, own.keys(), withNamed(kept, before))
          .filter((name) => !stray.includes(name))
          .map((name) => ({ name, secret: parsePartName(scope.path, name)?.secret ?? '' }));
        const arrived = (secret: string): boolean =>
          (copies.get(secret)?.found?.entry.core.revision ?? 0) >= (released.get(secret) ?? 0);
        return past.length + stray.length === 0 ? [] : [[region, { past, stray, arrived }] as const];
      }),
    );
  // Pinned releases and the one before are read only where it matters.
  const found = find({ released, named: others });
  if (found.size === 0) return undefined;
  const holders = new Map([...contents].map(([region, { own }]) => [region, own.keys()]));
  try {
    const pinned = await keptParts(scope, release.items, holders, caller);
    if (pinned === undefined) return undefined;
    const signal = deadline(scope.timeout * LISTING, caller);
    const before = namedBy(await itemsBefore(scope, scope.home, release.number, signal));
    const kept = withNamed(pinned, others);
    const regions = find(kept, before);
    return regions.size === 0 ? undefined : { kept: withNamed(kept, before), regions };
  } catch (error) {
    checkCancelled(caller);
    if (!isWaxsealError(error)) throw error;
    return undefined;
  }
}

function withNamed(kept: KeptParts, more: Iterable<string>): KeptParts {
  return { ...kept, named: new Set([...kept.named, ...more]) };
}

/** The releases as they are when some were copied from region to region. */
export function releasesAfter(releases: RegionReleases, { actions }: Part): RegionReleases {
  const from = new Map(
    actions.flatMap((action) => (action.how === 'merge' ? [] : [[action.to, action.from] as const])),
  );
  return new Map(
    [...releases].map(([region, release]) => {
      const source = from.get(region.name);
      const copied = [...releases].find(([{ name }]) => name === source)?.[1];
      return [region, copied ?? release];
    }),
  );
}

/**
 * The parts of names that no region holds and the release knows as deleted, but for pinned ones; and those above all that counts, when they
 * are so old that no write can be about them any more.
 */
function strayParts(
  scope: VaultScope,
  contents: ReadonlyMap<Region, RegionContents>,
  { deleted, released, named }: KeptParts & { readonly deleted: ReadonlyMap<string, number> },
  held: RegionContents,
): readonly string[] {
  if (scope.regions.some((region) => !contents.has(region))) return [];
  const latest = latestChange(held);
  return [...held.own.values()].flatMap(({ name, modifiedAt = latest }) => {
    const part = parsePartName(scope.path, name);
    if (part === undefined) return [];
    const { secret, revision } = part;
    const copies = [...contents.values()].flatMap((region) => region.copies.get(secret) ?? []);
    if (named.has(`${secret}:${revision}`)) return [];
    const purged = copies.length === 0 && revision <= (deleted.get(secret) ?? 0);
    const known = copies.map(({ found }) => found?.entry.core.revision ?? Number.POSITIVE_INFINITY);
    const isAbove = revision > Math.max(released.get(secret) ?? 0, ...known);
    return purged || (isAbove && latest - modifiedAt > GIVEN_UP) ? [name] : [];
  });
}

/**
 * When a region changed last, in ms since 1970 by its own clock: this machine's may be wrong, and what it takes for old
 * may be of a write that is under way.
 */
function latestChange({ copies, own }: RegionContents): number {
  const all = [...own.values(), ...[...copies.values()].map(({ top }) => top)];
  return Math.max(0, ...all.map(({ modifiedAt = 0 }) => modifiedAt));
}

/** How many would be removed, when what is planned is done. */
export function planPast(found: PastFound | undefined, { actions }: Part): readonly PastParts[] {
  return countsOf(
    [...(found?.regions ?? [])].map(([region, { past, stray, arrived }]) => {
      const brought = new Set(actions.filter(({ to }) => to === region.name).map(({ name }) => name));
      const removable = past.filter(({ secret }) => arrived(secret) || brought.has(secret));
      return [region.name, removable.length + stray.length];
    }),
  );
}

/** Removes them. @returns how many were removed, and what went wrong */
export async function dropFound(
  run: Run,
  found: PastFound | undefined,
): Promise<{ readonly past: readonly PastParts[]; readonly left: Part }> {
  if (found === undefined) return { past: [], left: NOTHING };
  let left = NOTHING;
  const counts = await Promise.all(
    [...found.regions].map(async ([region, { past, stray }]): Promise<readonly [string, number]> => {
      if (run.lost.has(region)) return [region.name, 0];
      try {
        const names = past.map(({ name }) => name);
        const dropped = await dropPast(run.scope, region, found.kept, run.signal, names);
        await removeParts(run.scope, region, stray, run.signal);
        return [region.name, dropped + stray.length];
      } catch (error) {
        checkCancelled(run.signal);
        if (isWaxsealError(error, 'unreachable', 'timeout', 'credentials')) lose(run, region, error);
        else left = problemOf('parts', 'parts of past revisions', error);
        return [region.name, 0];
      }
    }),
  );
  return { past: countsOf(counts), left };
}

function countsOf(counts: readonly (readonly [region: string, parts: number])[]): readonly PastParts[] {
  return counts.flatMap(([region, parts]) => (parts === 0 ? [] : [{ region, parts }]));
}
