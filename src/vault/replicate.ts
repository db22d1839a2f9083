/**
 * Copies to the replicas, all at once, after home has accepted. Copies of two writers may arrive crossed: a Version
 * that jumped, or a higher revision already there, sends the writer back to home for the newest until it is stable.
 */
import { type Entry, parseEntry, sameEntry } from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { jitter } from './backoff.ts';
import { deadline } from './deadline.ts';
import { effectiveEntry } from './effective.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';
import type { BehindRegion } from './types.ts';

const MAX_ROUNDS = 10;

/** Something that home holds and replicas should: the entry, and the text to write. */
interface Copy {
  readonly entry: Entry;
  readonly text: string;
}

/** Brings a parameter to every replica. A replica that fails is reported; the write stands. */
export async function replicate(
  scope: VaultScope,
  parameter: string,
  copy: Copy,
): Promise<readonly BehindRegion[]> {
  const outcomes = await Promise.all(
    scope.replicas.map(async (region): Promise<readonly BehindRegion[]> => {
      try {
        await copyUntilStable(scope, region, parameter, copy);
        return [];
      } catch (error) {
        if (!isWaxsealError(error)) throw error;
        return [{ region: region.name, error }];
      }
    }),
  );
  return outcomes.flat();
}

/** Brings a parameter to one replica. @throws WaxsealError when it cannot be brought there */
export async function copyUntilStable(
  scope: VaultScope,
  region: Region,
  parameter: string,
  copy: Copy,
): Promise<void> {
  let wanted = copy;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const signal = deadline(scope.timeout);
    const found = await region.parameters.read([scope.dataKeyName, parameter], signal);
    await copyDataKey(scope, region, found.get(scope.dataKeyName), signal);
    const there = found.get(parameter);
    const current = there && readEntry(there);
    if (current !== undefined && sameEntry(current, wanted.entry)) return;
    if (current !== undefined && current.core.revision > wanted.entry.core.revision) {
      const newest = await newestAtHome(scope, parameter, signal);
      if (newest.entry.core.revision < current.core.revision) throw aheadOfHome(region.name, parameter);
      wanted = newest;
      if (sameEntry(current, wanted.entry)) return;
    }
    const version = await writeCopy(scope, region, parameter, wanted.text, there === undefined, signal);
    if (version === (there?.version ?? 0) + 1) return;
    wanted = await newestAtHome(scope, parameter, signal);
  }
  throw new WaxsealError('conflict', `other writers kept changing ${parameter} in ${region.name}`, {
    hint: 'the write stands at home; write again or wait for the others',
    region: region.name,
  });
}

/** Writes a text as it is; throttling is waited for. @returns its Version, or 0 when it is not known */
export async function writeCopy(
  scope: VaultScope,
  region: Region,
  parameter: string,
  text: string,
  create: boolean,
  signal: AbortSignal,
): Promise<number> {
  for (let throttled = 1; ; throttled += 1) {
    try {
      return await region.parameters.write(parameter, text, { create, tier: scope.tier, signal });
    } catch (error) {
      if (isWaxsealError(error, 'already_exists')) return 0;
      if (!isWaxsealError(error, 'throttled') || throttled > 5 || signal.aborted) throw error;
      await scope.pause(jitter(scope, throttled, 200));
    }
  }
}

/** A region that lacks the data key record gets it, so that it can take writes when home is lost. */
async function copyDataKey(
  scope: VaultScope,
  region: Region,
  there: StoredParameter | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (there !== undefined) return;
  const record = (await scope.home.parameters.read([scope.dataKeyName], signal)).get(scope.dataKeyName);
  if (record === undefined) return;
  try {
    await region.parameters.write(scope.dataKeyName, record.value, {
      create: true,
      tier: 'standard',
      signal,
    });
  } catch (error) {
    if (!isWaxsealError(error, 'already_exists')) throw error;
  }
}

async function newestAtHome(scope: VaultScope, parameter: string, signal: AbortSignal): Promise<Copy> {
  const top = (await scope.home.parameters.read([parameter], signal)).get(parameter);
  if (top === undefined) throw aheadOfHome(scope.home.name, parameter);
  const { entry, stored } = await effectiveEntry(scope.home, top, signal);
  return { entry, text: stored.value };
}

/** The entry there, or undefined when it is none: then it is overwritten. */
function readEntry(stored: StoredParameter): Entry | undefined {
  try {
    return parseEntry(stored.value);
  } catch {
    return undefined;
  }
}

function aheadOfHome(region: string, parameter: string): WaxsealError {
  return new WaxsealError('conflict', `${region} holds a higher revision of ${parameter} than home`, {
    hint: 'nothing was overwritten there; compare the regions before you decide which one counts',
    region,
  });
}
