/** A vault that publishes with each write, for a person who writes one secret at a time. */
import { isWaxsealError } from '../../errors.ts';
import type { Vault } from '../interface.ts';
import type { SyncPlan, SyncResult } from '../region/types.ts';
import type { BehindRegion, WriteResult } from '../types.ts';

/** What {@link publishingWithEach} changes. */
export type Writes = Pick<Vault, 'set' | 'delete' | 'rollbackSecret' | 'undelete' | 'planSync' | 'sync'>;

/**
 * The same vault, but each write is followed by a publish, a sync by one above the releases of all regions. A write
 * whose publish fails stands, and says why.
 */
export function publishingWithEach<V extends Writes & Pick<Vault, 'publish' | 'regions'>>(vault: V): V {
  const publish = async <R extends WriteResult>(result: R): Promise<R> => {
    try {
      const { behind } = await vault.publish();
      return { ...result, behind: mergeBehind(result.behind, behind) };
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      return { ...result, unpublished: error };
    }
  };
  return {
    ...vault,
    set: async (...request: Parameters<Vault['set']>) => publish(await vault.set(...request)),
    delete: async (...request: Parameters<Vault['delete']>) => publish(await vault.delete(...request)),
    rollbackSecret: async (...request: Parameters<Vault['rollbackSecret']>) =>
      publish(await vault.rollbackSecret(...request)),
    undelete: async (...request: Parameters<Vault['undelete']>) => publish(await vault.undelete(...request)),
    planSync: async (how: Parameters<Vault['planSync']>[0] = {}): Promise<SyncPlan> => {
      const plan = await vault.planSync({ ...how, publishes: true });
      const [home = ''] = vault.regions;
      return plan.failed[home] === undefined ? withoutReleases(plan) : plan;
    },
    sync: async (how: Parameters<Vault['sync']>[0] = {}): Promise<SyncResult> => {
      const result = await vault.sync({ ...how, publishes: true });
      const [home = ''] = vault.regions;
      const silent = result.failed[home];
      if (silent !== undefined) return { ...result, unpublished: silent };
      try {
        await vault.publish({ reconcile: true, ...(how.signal === undefined ? {} : { signal: how.signal }) });
        return withoutReleases(result);
      } catch (error) {
        if (!isWaxsealError(error)) throw error;
        return { ...result, unpublished: error };
      }
    },
  };
}

/** The plan without what a publish above all regions brings together. */
export function withoutReleases<P extends SyncPlan>(plan: P): P {
  const conflicts = plan.conflicts.filter(({ kind }) => kind !== 'release');
  return conflicts.length === plan.conflicts.length ? plan : { ...plan, conflicts, publishes: true };
}

/** The regions that lack a write or its release, each once, with what was told first. */
export function mergeBehind(
  write: readonly BehindRegion[],
  release: readonly BehindRegion[],
): readonly BehindRegion[] {
  const known = new Set(write.map(({ region }) => region));
  return [...write, ...release.filter(({ region }) => !known.has(region))];
}
