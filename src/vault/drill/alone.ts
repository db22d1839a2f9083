/** One region alone: the others are cut off by not being in the scope at all, so nothing in AWS is touched. */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import { boot } from '../release/boot.ts';
import { createScope, type VaultScope } from '../scope.ts';
import type { Booted } from '../types.ts';
import type { DrilledLoad } from './report.ts';

/** A start from one region: what it got, for a comparison, and what the report says of it. */
export interface LoadedAlone {
  readonly load: DrilledLoad;
  /** Undefined where the start failed. Whoever compared it wipes it. */
  readonly booted: Booted | undefined;
}

/** Runs in a vault that consists of one region, with no data key opened elsewhere: KMS of that region is asked. */
export async function alone<T>(
  scope: VaultScope,
  region: Region,
  use: (lonely: VaultScope) => Promise<T>,
): Promise<T> {
  const { path, tier, timeout, hedgeAfter, now, randomBytes, pause } = scope;
  const lonely = createScope({
    path,
    regions: [region],
    tier,
    timeout,
    hedgeAfter,
    now,
    randomBytes,
    pause,
  });
  try {
    return await use(lonely);
  } finally {
    lonely.dataKeys.close();
  }
}

/** Starts as an application does that asks for everything, large secrets too. @throws WaxsealError `cancelled` */
export function loadAlone(scope: VaultScope, region: Region, caller?: AbortSignal): Promise<LoadedAlone> {
  return alone(scope, region, async (lonely) => {
    checkCancelled(caller);
    const began = scope.now();
    const took = (): number => Math.max(0, Math.round(scope.now() - began));
    try {
      const booted = await boot(lonely, { signal: caller, large: () => true });
      const load = { ok: true, ms: took(), secrets: booted.secrets.size, release: booted.release } as const;
      return { load, booted };
    } catch (error) {
      checkCancelled(caller);
      if (!isWaxsealError(error)) throw error;
      return { load: { ok: false, ms: took(), error }, booted: undefined };
    }
  });
}

/** What the data key record of a region came to. */
export interface WriteKey {
  readonly kmsKeyId: string | undefined;
  /** Why a write could not be sealed there. */
  readonly problem: WaxsealError | undefined;
}

/** Opens the region's data key record as a writer would. None is made where there is none. */
export function openWriteKey(scope: VaultScope, region: Region, caller?: AbortSignal): Promise<WriteKey> {
  return alone(scope, region, async (lonely) => {
    const signal = deadline(scope.timeout, caller);
    try {
      const { dataKeyName } = lonely;
      const stored = (await region.parameters.read([dataKeyName], signal)).get(dataKeyName);
      if (stored === undefined) throw noRecord(dataKeyName, region);
      const of = { generation: 1, bytes: 0 };
      const { record } = await lonely.dataKeys.current(region, dataKeyName, stored, of, signal);
      return { kmsKeyId: record.kmsKeyId, problem: undefined };
    } catch (error) {
      checkCancelled(caller);
      if (!isWaxsealError(error)) throw error;
      return { kmsKeyId: undefined, problem: error };
    }
  });
}

function noRecord(name: string, region: Region): WaxsealError {
  return new WaxsealError('not_found', `there is no data key record ${name} in ${region.name}`, {
    hint: 'the next write of any secret brings it there',
    region: region.name,
  });
}
