/**
 * Removes the parts of revisions that are past. The revision that is published and the one before it keep theirs, and
 * that which the release before named, so that whoever reads, starts or goes back finds them; so does what a pinned
 * release names; and so does all that is newer, of which a write may be under way.
 */
import type { ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { countedEntry } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { readRelease, wipe } from '../release/open.ts';
import { pinnedNumbers } from '../release/place.ts';
import type { VaultScope } from '../scope.ts';
import { largeFolder, parsePartName, secretFolder } from './place.ts';
import { removeParts } from './write.ts';

const LISTING = 10;

/** What must stay. */
export interface KeptParts {
  /** The published revision of each name. */
  readonly released: ReadonlyMap<string, number>;
  /** `name:revision` of what is named besides: by pinned releases, the one before, and those of regions that are behind. */
  readonly named: ReadonlySet<string>;
}

/**
 * What has to stay of a vault's parts, by the items of its release and of those that are pinned.
 * @param holders - the regions that pinned releases are read in, with the full names of what is waxseal's own there
 * @returns undefined when that is not known, for a pinned release cannot be opened: nothing may be removed then
 */
export async function keptParts(
  scope: VaultScope,
  items: readonly ReleaseItem[],
  holders: ReadonlyMap<Region, Iterable<string>>,
  caller?: AbortSignal,
): Promise<KeptParts | undefined> {
  const named = new Set<string>();
  for (const [region, own] of holders) {
    for (const number of pinnedNumbers(scope.path, own)) {
      const signal = deadline(scope.timeout, caller);
      try {
        const release = await readRelease(scope, region, signal, number);
        for (const one of namedBy(release?.items ?? [])) named.add(one);
        wipe(release);
      } catch (error) {
        if (!isIntegrityError(error)) throw error;
        return undefined;
      }
    }
  }
  return { released: releasedBy(items), named };
}

/** The revision of each name in a release. */
export function releasedBy(items: readonly ReleaseItem[]): ReadonlyMap<string, number> {
  return new Map(items.map(({ name, revision }) => [name, revision]));
}

/** The large secrets that a release names, as `name:revision`. */
export function namedBy(items: readonly ReleaseItem[]): readonly string[] {
  return items.flatMap(({ name, revision, large }) => (large === undefined ? [] : [`${name}:${revision}`]));
}

/** Which parameters are parts of revisions that are past. */
export function pastParts(path: string, names: Iterable<string>, kept: KeptParts): readonly string[] {
  return [...names].filter((name) => {
    const part = parsePartName(path, name);
    if (part === undefined) return false;
    const { secret, revision } = part;
    return revision < (kept.released.get(secret) ?? 0) - 1 && !kept.named.has(`${secret}:${revision}`);
  });
}

/** Lists the parts that a region holds, by the full names of their parameters. */
export async function listParts(
  scope: VaultScope,
  region: Region,
  caller?: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = [];
  const signal = deadline(scope.timeout * LISTING, caller);
  for await (const { name } of region.parameters.list(largeFolder(scope.path), signal)) names.push(name);
  return names;
}

/** The parts that a region holds of a secret, up to a revision. */
export async function partsOf(
  scope: VaultScope,
  region: Region,
  secret: string,
  revision: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  const signal = deadline(scope.timeout * LISTING);
  for await (const { name } of region.parameters.list(secretFolder(scope.path, secret), signal)) {
    const part = parsePartName(scope.path, name);
    if (part?.secret === secret && part.revision <= revision) found.push(name);
  }
  return found;
}

/**
 * Removes what is past from a region, where its entries have come as far as the release.
 * @param names - what it holds, where that is known already
 * @returns how many parameters were removed
 */
export async function dropPast(
  scope: VaultScope,
  region: Region,
  kept: KeptParts,
  caller?: AbortSignal,
  names?: Iterable<string>,
): Promise<number> {
  const past = pastParts(scope.path, names ?? (await listParts(scope, region, caller)), kept);
  if (past.length === 0) return 0;
  const secretOf = (name: string): string => parsePartName(scope.path, name)?.secret ?? '';
  const secrets = [...new Set(past.map(secretOf))];
  const signal = deadline(scope.timeout, caller);
  const tops = await region.parameters.read(
    secrets.map((secret) => parameterName(scope.path, secret)),
    signal,
  );
  const arrived = new Set<string>();
  for (const secret of secrets) {
    const top = tops.get(parameterName(scope.path, secret));
    const revision = await countedRevision(region, top, signal);
    if (revision >= (kept.released.get(secret) ?? 0)) arrived.add(secret);
  }
  const removable = past.filter((name) => arrived.has(secretOf(name)));
  await removeParts(scope, region, removable, caller);
  return removable.length;
}

/**
 * The same in several regions, as an end to other work, which it never fails: what stays is removed the next time.
 * @param items - of the release that stands now
 * @param before - of the one that stood before it
 */
export async function tidyUp(
  scope: VaultScope,
  regions: readonly Region[],
  items: readonly ReleaseItem[],
  before: readonly ReleaseItem[],
  own: readonly string[],
  caller?: AbortSignal,
): Promise<void> {
  const goingBack = namedBy(before);
  // Without the pins everything may be past: whether there is anything at all costs no call.
  const unpinned = { released: releasedBy(items), named: new Set(goingBack) };
  if (pastParts(scope.path, own, unpinned).length === 0) return;
  try {
    const pinned = await keptParts(scope, items, new Map([[scope.home, own]]), caller);
    if (pinned === undefined) return;
    const kept = { ...pinned, named: new Set([...pinned.named, ...goingBack]) };
    await Promise.all(
      regions.map((region) => dropPast(scope, region, kept, caller, region === scope.home ? own : undefined)),
    );
  } catch (error) {
    checkCancelled(caller);
    if (!isWaxsealError(error)) throw error;
  }
}

/**
 * The revision of what counts in a region, which a void write on top of it does not; 0 where nothing counts, or nothing
 * that can be read.
 */
export async function countedRevision(
  region: Region,
  top: StoredParameter | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (top === undefined) return 0;
  try {
    return (await countedEntry(region, top, signal))?.entry.core.revision ?? 0;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return 0;
  }
}
