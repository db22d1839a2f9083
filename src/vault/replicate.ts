/**
 * Copies to the replicas, all at once, after home has accepted. A copy claims a slot of its own region, so that of two
 * writers' copies that arrive crossed the later one is void there: a replica never goes backwards, not even for a
 * moment. What a replica holds is overwritten only by what was made on top of it.
 */
import { type Entry, sameEntry } from '../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../errors.ts';
import { ancestry, digestOf, isParent } from './ancestry.ts';
import { jitter } from './backoff.ts';
import { claimVersion, versionAbove, writeCopy } from './claim.ts';
import { deadline } from './deadline.ts';
import { countedEntry, effectiveEntry, openFound } from './effective.ts';
import { claimedKey, generationOf } from './key/retired.ts';
import { copyParts } from './large/write.ts';
import type { Region, StoredParameter } from './ports.ts';
import { inReplicas } from './replicas.ts';
import type { VaultScope } from './scope.ts';
import { isStale } from './stale.ts';
import type { BehindRegion } from './types.ts';

const MAX_ROUNDS = 10;
/** How often a replica has to look newer than home before that is believed. */
const STALE_ROUNDS = 3;

/** Brings an entry of home to every replica. A replica that fails is reported; the write stands. */
export async function replicate(
  scope: VaultScope,
  parameter: string,
  entry: Entry,
): Promise<readonly BehindRegion[]> {
  return inReplicas(scope, (region) => copyUntilStable(scope, region, parameter, entry));
}

/**
 * Brings an entry of home to one replica.
 * @param replaced - digests of what may be overwritten there though home's was not made on top of it
 * @throws WaxsealError `conflict` when the replica holds what home never had; else why it cannot be brought there
 */
export async function copyUntilStable(
  scope: VaultScope,
  region: Region,
  parameter: string,
  entry: Entry,
  replaced: ReadonlySet<string> = new Set(),
): Promise<void> {
  let wanted = entry;
  let seen = 0;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const signal = deadline(scope.timeout);
    const found = await region.parameters.read([scope.dataKeyName, parameter], signal);
    await copyDataKey(scope, region, found.get(scope.dataKeyName), wanted, signal);
    const top = found.get(parameter);
    if (isStale(top, seen, round)) {
      await scope.pause(jitter(scope, round));
      continue;
    }
    const there = top && (await standing(scope, region, top, wanted, signal));
    if (there !== undefined) {
      if (sameEntry(there, wanted)) return;
      const newest =
        there.core.revision < wanted.core.revision ? wanted : await newestAtHome(scope, parameter, signal);
      if (sameEntry(there, newest)) return;
      wanted = newer(wanted, newest);
      const conflict = replaced.has(digestOf(there))
        ? undefined
        : await whyNot(scope, region, parameter, there, newest, signal);
      if (conflict !== undefined) {
        // Home's answer may be stale: another writer's copy can be here before it can be read there.
        if (round >= STALE_ROUNDS) throw conflict;
        await scope.pause(jitter(scope, round));
        continue;
      }
    }
    await copyParts(scope, wanted, scope.home, region);
    const claimed = deadline(scope.timeout);
    const got = await claimVersion(scope, region, parameter, wanted, top, claimed);
    if (got === versionAbove(top)) return;
    if (got > 0) seen = got;
    await scope.pause(jitter(scope, round));
    wanted = newer(wanted, await newestAtHome(scope, parameter, signal));
  }
  throw new WaxsealError('conflict', `other writers kept changing ${parameter} in ${region.name}`, {
    hint: 'wait until they are done, then "waxseal region sync" brings home\'s to it',
    region: region.name,
  });
}

/**
 * What stands in a region. Nothing stands where no version counts, or where what counts is not authentic: that is
 * overwritten. A copy whose digest is known from `wanted` is authentic by that.
 */
async function standing(
  scope: VaultScope,
  region: Region,
  top: StoredParameter,
  wanted: Entry,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  try {
    const found = await effectiveEntry(region, top, signal);
    if (sameEntry(found.entry, wanted) || isParent(found.entry, wanted)) return found.entry;
    const { entry, content } = await openFound(scope, region, top.name, found, signal);
    content.fill(0);
    return entry;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}

/**
 * A region that lacks the data key record, or the one of a rotation, gets it, so that it can take writes when home is
 * lost.
 * @param entry - what is brought there
 */
async function copyDataKey(
  scope: VaultScope,
  region: Region,
  there: StoredParameter | undefined,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const least = generationOf(entry);
  const claimed = claimedKey(scope, there)?.generation;
  // What is not to be trusted there a sync replaces.
  if (there !== undefined && (claimed === undefined || claimed >= least)) return;
  const record = (await scope.home.parameters.read([scope.dataKeyName], signal)).get(scope.dataKeyName);
  if (record === undefined) return;
  if (there !== undefined && (claimedKey(scope, record)?.generation ?? 0) < least) return;
  const standard = { ...scope, tier: 'standard' } as const;
  await writeCopy(standard, region, scope.dataKeyName, record.value, there === undefined, signal);
}

/** What counts at home now. @throws WaxsealError `conflict` when there is none */
export async function newestAtHome(
  scope: VaultScope,
  parameter: string,
  signal: AbortSignal,
): Promise<Entry> {
  const top = (await scope.home.parameters.read([parameter], signal)).get(parameter);
  const found = top && (await countedEntry(scope.home, top, signal));
  if (found === undefined) throw goneAtHome(scope.home.name, parameter);
  return found.entry;
}

/** Why a copy may not be overwritten by what home holds; undefined when it may. */
async function whyNot(
  scope: VaultScope,
  region: Region,
  parameter: string,
  there: Entry,
  home: Entry,
  signal: AbortSignal,
): Promise<WaxsealError | undefined> {
  if (there.core.revision > home.core.revision) return aheadOfHome(region.name, parameter);
  const related = await ancestry([scope.home], parameter, there, home, signal);
  return related === 'ancestor' ? undefined : diverged(region.name, parameter);
}

/** A read of home may be stale; what this process knows is not. */
function newer(known: Entry, read: Entry): Entry {
  return read.core.revision > known.core.revision ? read : known;
}

function diverged(region: string, parameter: string): WaxsealError {
  return new WaxsealError(
    'conflict',
    `${region} holds another ${parameter} than the one that home's was made on`,
    {
      hint: 'nothing was overwritten there: "waxseal region sync" shows both sides, and --prefer decides',
      region,
    },
  );
}

/** Not tried again: what is copied after a purge would bring the name back. */
function goneAtHome(home: string, parameter: string): WaxsealError {
  return new WaxsealError(
    'conflict',
    `home does not show ${parameter}: it was purged meanwhile, or the answer was late`,
    {
      hint: 'nothing more was copied; "waxseal region sync" shows what the regions hold',
      region: home,
    },
  );
}

function aheadOfHome(region: string, parameter: string): WaxsealError {
  return new WaxsealError('conflict', `${region} holds a higher revision of ${parameter} than home`, {
    hint: 'nothing was overwritten there: "waxseal region sync" brings it home, or shows both sides, and --prefer decides',
    region,
  });
}
