/** Releases of the past: putting one back, keeping one, and how far the newest is from the entries. */

import type { ReleaseItem } from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { compareNames } from '../../secret-name.ts';
import { checkRealHome } from '../acting.ts';
import { writeCopy } from '../claim.ts';
import { deadline } from '../deadline.ts';
import { foundation } from '../effective.ts';
import { loadLarge } from '../large/load.ts';
import { keepPinned } from '../large/pinned.ts';
import type { Region } from '../ports.ts';
import { inReplicas } from '../replicas.ts';
import type { VaultScope } from '../scope.ts';
import type { BehindRegion } from '../types.ts';
import { collectItems, isThere, sameContent } from './collect.ts';
import { headHistory, type OpenedRelease, openPast, readRelease, wipe } from './open.ts';
import { releaseNames } from './place.ts';
import { parametersOf } from './publish.ts';
import type { ReleaseDifference, ReleaseState } from './types.ts';

const LISTING = 10;

/** A release of the past, opened. @throws WaxsealError `release_missing`, `release_incomplete` */
export async function openRelease(
  scope: VaultScope,
  number: number,
  caller?: AbortSignal,
): Promise<OpenedRelease> {
  const signal = deadline(scope.timeout * LISTING, caller);
  const pinned = await readRelease(scope, scope.home, signal, number);
  if (pinned !== undefined) return pinned;
  for await (const found of headHistory(scope, scope.home, signal)) {
    if (found.entry.core.revision === number) return openPast(scope, scope.home, found, signal);
  }
  throw new WaxsealError('release_missing', `release ${number} of ${scope.path} is not kept`, {
    hint: '"waxseal release list" shows those that are',
    region: scope.home.name,
  });
}

/** How the newest release stands to the entries of home, and in which regions it is. */
export async function compareRelease(scope: VaultScope, caller?: AbortSignal): Promise<ReleaseState> {
  const signal = deadline(scope.timeout * LISTING, caller);
  const live = await readRelease(scope, scope.home, signal);
  const { items } = await collectItems(scope, [], signal);
  const regions = await Promise.all(
    scope.regions.map(async (region): Promise<[string, number | undefined | null]> => {
      if (region === scope.home) return [region.name, live?.number];
      try {
        return [region.name, (await readRelease(scope, region, signal))?.number];
      } catch {
        return [region.name, null];
      }
    }),
  );
  const differs = difference(live?.items ?? [], items);
  const isEqual = live !== undefined && Object.values(differs).every((names) => names.length === 0);
  return {
    release: live?.number,
    regions: Object.fromEntries(regions),
    ...differs,
    writes: isEqual ? 0 : parametersOf(scope, items),
  };
}

/** What became of the items of `before` in `after`. */
export function difference(before: readonly ReleaseItem[], after: readonly ReleaseItem[]): ReleaseDifference {
  const alive = (items: readonly ReleaseItem[]): ReadonlyMap<string, ReleaseItem> =>
    new Map(items.filter(isThere).map((item) => [item.name, item]));
  const [old, now] = [alive(before), alive(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareNames);
  return {
    added: names.filter((name) => !old.has(name)),
    removed: names.filter((name) => !now.has(name)),
    changed: names.filter((name) => {
      const [a, b] = [old.get(name), now.get(name)];
      if (a === undefined || b === undefined) return false;
      // Applications are told of an expiry, too.
      return !sameContent(a, b) || a.expiresAt !== b.expiresAt;
    }),
  };
}

/**
 * Copies a release to a place of its own in every region, where no later publish and no limit of versions reaches it.
 * @returns the replicas that failed
 * @throws WaxsealError `release_missing`, `release_incomplete`, `large_incomplete`, and what writing can meet
 */
export async function pinRelease(
  scope: VaultScope,
  number: number,
  caller?: AbortSignal,
): Promise<readonly BehindRegion[]> {
  const release = await openRelease(scope, number, caller);
  wipe(release);
  await checkLarge(scope, release, caller);
  if (scope.actsFor !== undefined) await checkHead(scope, deadline(scope.timeout, caller));
  const write = async (region: Region): Promise<void> => {
    await keepPinned(scope, scope.home, region, release, caller);
    await writePinned(scope, region, release, deadline(scope.timeout * LISTING, caller));
  };
  await write(scope.home);
  // A publish that had read the pins before this one was there may have removed parts since.
  await checkLarge(scope, release, caller);
  return inReplicas(scope, write);
}

/**
 * A release holds large secrets by name: one whose parts are gone could be pinned, and never started from.
 * @throws WaxsealError `large_incomplete`
 */
async function checkLarge(
  scope: VaultScope,
  { number, items, entry }: OpenedRelease,
  caller: AbortSignal | undefined,
): Promise<void> {
  const large = items.filter((item) => item.large !== undefined);
  if (large.length === 0) return;
  const signal = deadline(scope.timeout * LISTING, caller);
  try {
    const loaded = await loadLarge(scope, scope.home, large, signal, undefined, entry);
    for (const { value } of loaded.values()) value.fill(0);
  } catch (error) {
    if (!isWaxsealError(error, 'large_incomplete')) throw error;
    throw new WaxsealError(error.code, `release ${number} cannot be pinned whole: ${error.message}`, {
      hint: 'publish what stands now, and pin that: waxseal release publish, waxseal release pin',
      cause: error,
      region: error.region,
    });
  }
}

/** A number that the real home gave to another release must not be pinned there. @throws WaxsealError `conflict` */
async function checkHead(scope: VaultScope, signal: AbortSignal): Promise<void> {
  const { head } = releaseNames(scope.path);
  const found = await scope.home.parameters.read([scope.dataKeyName, head], signal);
  const current = await foundation(scope, scope.home, found.get(head), signal);
  await checkRealHome(scope, head, current, found.get(scope.dataKeyName));
}

/** Writes the pinned copy of a release to one region, unless it is there. */
export async function writePinned(
  scope: VaultScope,
  region: Region,
  release: Pick<OpenedRelease, 'number' | 'text' | 'parts'>,
  signal: AbortSignal,
): Promise<void> {
  const names = releaseNames(scope.path, release.number);
  const texts = [
    ...release.parts.map(({ text }, i): readonly [string, string] => [names.part(i), text]),
    // The head last, as in a publish.
    [names.head, release.text] as const,
  ];
  const there = await region.parameters.read(
    texts.map(([name]) => name),
    signal,
  );
  for (const [name, text] of texts) {
    const top = there.get(name);
    if (top?.value !== text) await writeCopy(scope, region, name, text, top === undefined, signal);
  }
}
