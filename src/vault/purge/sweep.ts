/** The parts of a large secret that was purged. */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { partsOf } from '../large/drop.ts';
import { removeParts } from '../large/write.ts';
import type { VaultScope } from '../scope.ts';

/**
 * Removes the parts of a name that is gone, in every region; those above its last revision belong to a new life. They
 * come after the tombstones: while one stands, somebody may bring the secret back.
 * @param removed - the regions where something was removed already
 * @returns these, and those that had parts
 */
export async function sweep(
  scope: VaultScope,
  name: string,
  revision: number,
  removed: readonly string[],
): Promise<readonly string[]> {
  const swept = new Set(removed);
  for (const region of [...scope.replicas, scope.home]) {
    try {
      const parts = await partsOf(scope, region, name, revision);
      await removeParts(scope, region, parts);
      if (parts.length > 0) swept.add(region.name);
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      throw new WaxsealError(
        error.code,
        `${name} is purged, but its parts are not all removed: ${error.message}`,
        {
          hint: `they can be read by nobody any more; purge it again, or waxseal region sync, removes them`,
          cause: error,
          region: region.name,
        },
      );
    }
  }
  return [...swept];
}
