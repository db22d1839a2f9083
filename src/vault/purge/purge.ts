/**
 * Removes a deleted secret for good. The release remembers its last revision before anything is removed, so that the
 * name goes on above it when it is born again. Replicas come first and home last: as long as home holds the tombstone,
 * whoever sets the name meanwhile builds on it, and whoever starts the purge again finds it.
 */
import { type Entry, sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkSecretName, parameterName, secretName } from '../../secret-name.ts';
import { jitter } from '../backoff.ts';
import { claim } from '../claim.ts';
import { checkCancelled, deadline, outcomeUnknown } from '../deadline.ts';
import { countedEntry } from '../effective.ts';
import type { Region } from '../ports.ts';
import { notFound } from '../read.ts';
import { isThere } from '../release/collect.ts';
import { lastRevisions, rememberedIn } from '../release/past.ts';
import { publish } from '../release/publish.ts';
import { replicate } from '../replicate.ts';
import type { VaultScope } from '../scope.ts';
import type { PurgeRequest, PurgeResult } from '../types.ts';
import { type Copy, checkDeleted, look } from './look.ts';
import { sweep } from './sweep.ts';

const MAX_SENDS = 8;

/**
 * @throws WaxsealError `conflict` when the secret is not deleted in every region, was set meanwhile, or is not in
 *   every region's release as deleted; `not_found`; whatever keeps a region from answering: nothing is removed then
 */
export async function purge(
  scope: VaultScope,
  name: string,
  { expectRevision, publish: mayPublish = true, signal: caller }: PurgeRequest = {},
): Promise<PurgeResult> {
  checkCancelled(caller);
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  const copies = await Promise.all(scope.regions.map((region) => look(scope, region, parameter)));
  const found = copies.filter((copy) => copy !== undefined);
  if (!found.some(({ region }) => region === scope.home)) {
    const done = await purgeLeftovers(scope, name, found, expectRevision);
    if (done !== undefined) return done;
  }
  const tombstone = found[0]?.entry;
  if (tombstone === undefined) throw notFound(scope, name, scope.home);
  checkDeleted(scope, name, tombstone, found);
  const { revision } = tombstone.core;
  if (expectRevision !== undefined && expectRevision !== revision) {
    throw new WaxsealError('conflict', `${name} was deleted at revision ${revision}, not ${expectRevision}`, {
      hint: 'look at it with "waxseal history", then purge what is there',
    });
  }
  await remember(scope, name, revision, mayPublish, caller);
  const removed: string[] = [];
  for (const region of [...scope.replicas, scope.home]) {
    checkCancelled(caller);
    if (await removeTombstone(scope, region, parameter, tombstone, found)) removed.push(region.name);
  }
  scope.written.delete(parameter);
  await lookBack(scope, parameter, revision);
  return { name, revision, removed: await sweep(scope, name, revision, removed) };
}

/**
 * A name that home lacks and whose release knows it as deleted was purged. Copies of before that arrived in a replica
 * since are purged with it; mostly there is none, and nothing is left to do.
 * @returns undefined for a name that was not purged, or that a replica holds at a higher revision
 */
async function purgeLeftovers(
  scope: VaultScope,
  name: string,
  leftovers: readonly Copy[],
  expectRevision: number | undefined,
): Promise<PurgeResult | undefined> {
  const item = await rememberedIn(scope, scope.home, name, deadline(scope.timeout));
  if (item === undefined || isThere(item)) return undefined;
  const { revision } = item;
  if ((expectRevision ?? revision) !== revision) return undefined;
  if (leftovers.some(({ entry }) => entry.core.revision > revision)) return undefined;
  const removed: string[] = [];
  for (const copy of leftovers) {
    const { region, entry } = copy;
    if (await removeTombstone(scope, region, entry.core.name, entry, [copy])) removed.push(region.name);
  }
  return { name, revision, removed: await sweep(scope, name, revision, removed) };
}

/** Sees to it that each region's release knows the last revision. @throws WaxsealError `conflict` */
async function remember(
  scope: VaultScope,
  name: string,
  revision: number,
  mayPublish: boolean,
  caller: AbortSignal | undefined,
): Promise<void> {
  const lacking = async (): Promise<Region | undefined> => {
    const known = await Promise.all(
      scope.regions.map(async (region) => {
        try {
          const item = await rememberedIn(scope, region, name, deadline(scope.timeout, caller));
          return item !== undefined && !isThere(item) && item.revision >= revision;
        } catch (error) {
          // A release that is not to be trusted remembers nothing; a publish mends it.
          if (!isIntegrityError(error)) throw error;
          return false;
        }
      }),
    );
    return scope.regions.find((_, i) => known[i] !== true);
  };
  if ((await lacking()) === undefined) return;
  if (mayPublish) {
    const { behind } = await publish(scope, caller);
    const [late] = behind;
    if (late !== undefined) throw late.error;
  }
  const region = await lacking();
  if (region === undefined) return;
  throw new WaxsealError('conflict', `the release in ${region.name} does not have ${name} as deleted`, {
    hint: 'nothing was removed: the release has to remember the last revision. waxseal release publish',
    region: region.name,
  });
}

/**
 * Removes what was looked at, mostly the tombstone, and nothing else as far as that can be known: home and the region are read immediately
 * before. Parameter Store has no conditional delete, so what arrives between that read and the removal goes with it.
 * @returns whether there was something to remove
 */
async function removeTombstone(
  scope: VaultScope,
  region: Region,
  parameter: string,
  tombstone: Entry,
  copies: readonly Copy[],
): Promise<boolean> {
  const lookAgain = (one: Region): Promise<Copy | undefined> =>
    look(scope, one, parameter, copies.find((copy) => copy.region === one)?.version);
  for (let sends = 1; ; sends += 1) {
    const [here, atHome] = await Promise.all(
      (region === scope.home ? [region] : [region, scope.home]).map(lookAgain),
    );
    if (!stillDeleted(here, tombstone) || !stillDeleted(atHome, tombstone)) {
      throw await setMeanwhile(scope, parameter);
    }
    if (here === undefined) return sends > 1;
    try {
      await region.parameters.remove(parameter, deadline(scope.timeout));
      return true;
    } catch (error) {
      const again = isWaxsealError(error, 'throttled') || outcomeUnknown(error);
      if (!again || sends >= MAX_SENDS) throw error;
      await scope.pause(jitter(scope, sends, 200));
    }
  }
}

function stillDeleted(copy: Copy | undefined, tombstone: Entry): boolean {
  return copy === undefined || sameEntry(copy.entry, tombstone);
}

/** Home decides: what stands there is brought to the regions that lost their copy, and the purge ends. */
async function setMeanwhile(scope: VaultScope, parameter: string): Promise<WaxsealError> {
  const atHome = await look(scope, scope.home, parameter);
  if (atHome !== undefined) await replicate(scope, parameter, atHome.entry);
  return new WaxsealError('conflict', `${parameter} was set again while it was purged`, {
    hint: 'the new value stands, and nothing more is removed; delete it before you purge it',
    region: scope.home.name,
  });
}

/**
 * A value that was set in the moment of the removal is gone at home, but its writer went on to the replicas: what is
 * found there, and only there, goes back home. The writer looks, too ({@link outliveRemoval}): whichever of the two
 * comes second sees it, so with a replica nothing that was acknowledged is lost.
 * @param revision - the last revision, that of the tombstone
 */
async function lookBack(scope: VaultScope, parameter: string, revision: number): Promise<void> {
  for (const region of scope.replicas) {
    const copy = await look(scope, region, parameter);
    if (copy === undefined) continue;
    if (copy.entry.core.revision <= revision) {
      // A copy that was on its way all the time brought what was deleted since, and is purged with it.
      await removeTombstone(scope, region, parameter, copy.entry, [copy]);
      continue;
    }
    // What is at home by now was born after the removal, or its writer brought it back.
    if (!(await outliveRemoval(scope, parameter, copy.entry))) return;
    throw await setMeanwhile(scope, parameter);
  }
}

/**
 * Puts an entry back that a purge took from home, unless home holds something by now, or the release says that it was
 * deleted before it was purged.
 * @returns whether it was gone
 */
export async function outliveRemoval(scope: VaultScope, parameter: string, entry: Entry): Promise<boolean> {
  const signal = deadline(scope.timeout);
  const { slot } = entry.wrapping;
  // A read by name may lag behind the removal; by its Version what was removed is gone.
  const own = slot.region === scope.home.name ? `${parameter}:${slot.version}` : undefined;
  const found = await scope.home.parameters.read(own === undefined ? [parameter] : [parameter, own], signal);
  const named = found.get(parameter);
  const late = own !== undefined && !found.has(own) && (named?.version ?? 0) <= slot.version;
  const top = late ? undefined : named;
  if (top !== undefined && (await countedEntry(scope.home, top, signal)) !== undefined) return false;
  const last = (await lastRevisions(scope))(secretName(scope.path, parameter) ?? '');
  if (last !== undefined && last >= entry.core.revision) return false;
  return claim(scope, scope.home, parameter, entry, top, signal);
}
