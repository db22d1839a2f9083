/** Work that follows in all replicas at once, and what became of those that failed. */
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { notTried } from './acting.ts';
import type { Region } from './ports.ts';
import type { Strikes, VaultScope } from './scope.ts';
import type { BehindRegion } from './types.ts';

/** A replica that failed so often in a row is not tried any more: each attempt may take as long as the deadline. */
const STRIKES = 3;

/** Does `work` in every replica. One that fails is reported; what home took stands. */
export async function inReplicas(
  scope: VaultScope,
  work: (region: Region) => Promise<void>,
): Promise<readonly BehindRegion[]> {
  const outcomes = await Promise.all(
    scope.replicas.map(async (region): Promise<readonly BehindRegion[]> => {
      const why = notTried(scope, region);
      if (why !== undefined) return [{ region: region.name, error: why }];
      try {
        await work(region);
        scope.strikes?.worked(region.name);
        return [];
      } catch (error) {
        if (!isWaxsealError(error)) throw error;
        scope.strikes?.failed(region.name, error);
        return [{ region: region.name, error }];
      }
    }),
  );
  return outcomes.flat();
}

/** The scope for writing many entries: it gives up a replica that keeps failing, so that the others are not held up. */
export function givingUp(scope: VaultScope): VaultScope {
  const inARow = new Map<string, number>();
  const given = new Map<string, WaxsealError>();
  const strikes: Strikes = {
    gaveUp: (region) => given.get(region),
    worked: (region) => void inARow.delete(region),
    failed(region, error) {
      // A conflict is about one entry, not about the region.
      if (error.code === 'conflict') return;
      const count = (inARow.get(region) ?? 0) + 1;
      inARow.set(region, count);
      if (count >= STRIKES) given.set(region, noLonger(region, error));
    },
  };
  return { ...scope, strikes };
}

function noLonger(region: string, error: WaxsealError): WaxsealError {
  return new WaxsealError(
    error.code,
    `${error.message}; after ${STRIKES} failures in a row it was not tried any more`,
    { hint: 'what it lacks is brought there by: waxseal region sync', cause: error, region },
  );
}
