/**
 * Removes the parts of revisions that are past. The revision that is published and the one before it keep theirs, so
 * that whoever reads, starts or goes back finds them; so does what a pinned release names; and so does all that is
 * newer, of which a write may be under way.
 */
import { parseEntry, type ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import { readRelease, wipe } from '../release/open.ts';
import { pinnedNumbers } from '../release/place.ts';
import type { VaultScope } from '../scope.ts';
import { largeFolder, parsePartName } from './place.ts';
import { removeParts } from './write.ts';

const LISTING = 10;

/** What must stay. */
export interface KeptParts {
  /** The published revision of each name. */
  readonly released: ReadonlyMap<string, number>;
  /** `name:revision` of what pinned releases name. */
  readonly pinned: ReadonlySet<string>;
}

/**
 * What has to stay of a vault's parts, by the items of its release and of those that are pinned at home.
 * @param own - full names of what is waxseal's own at home
 * @returns undefined when that is not known, for a pinned release cannot be opened: nothing may be removed then
 */
export async function keptParts(
  scope: VaultScope,
  items: readonly ReleaseItem[],
  own: Iterable<string>,
  caller?: AbortSignal,
): Promise<KeptParts | undefined> {
  const pinned = new Set<string>();
  for (const number of pinnedNumbers(scope.path, own)) {
    const signal = deadline(scope.timeout, caller);
    try {
      const release = await readRelease(scope, scope.home, signal, number);
      for (const { name, revision, large } of release?.items ?? []) {
        if (large !== undefined) pinned.add(`${name}:${revision}`);
      }
      wipe(release);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      return undefined;
    }
  }
  return { released: new Map(items.map(({ name, revision }) => [name, revision])), pinned };
}

/** Which parameters are parts of revisions that are past. */
export function pastParts(path: string, names: Iterable<string>, kept: KeptParts): readonly string[] {
  return [...names].filter((name) => {
    const part = parsePartName(path, name);
    if (part === undefined) return false;
    const { secret, revision } = part;
    return revision < (kept.released.get(secret) ?? 0) - 1 && !kept.pinned.has(`${secret}:${revision}`);
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
  const arrived = new Set(
    secrets.filter((secret) => {
      const top = tops.get(parameterName(scope.path, secret));
      return top !== undefined && revisionOf(top.value) >= (kept.released.get(secret) ?? 0);
    }),
  );
  const removable = past.filter((name) => arrived.has(secretOf(name)));
  await removeParts(scope, region, removable, caller);
  return removable.length;
}

/** The same in several regions, as an end to other work, which it never fails: what stays is removed the next time. */
export async function tidyUp(
  scope: VaultScope,
  regions: readonly Region[],
  items: readonly ReleaseItem[],
  own: readonly string[],
  caller?: AbortSignal,
): Promise<void> {
  // Without the pins everything may be past: whether there is anything at all costs no call.
  const released = new Map(items.map(({ name, revision }) => [name, revision]));
  if (pastParts(scope.path, own, { released, pinned: new Set() }).length === 0) return;
  try {
    const kept = await keptParts(scope, items, own, caller);
    if (kept === undefined) return;
    await Promise.all(
      regions.map((region) => dropPast(scope, region, kept, caller, region === scope.home ? own : undefined)),
    );
  } catch (error) {
    checkCancelled(caller);
    if (!isWaxsealError(error)) throw error;
  }
}

function revisionOf(text: string): number {
  try {
    return parseEntry(text).core.revision;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return 0;
  }
}
