/** The parts of a large secret that was purged. */

import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import { keptParts, partsOf } from '../large/drop.ts';
import { parsePartName } from '../large/place.ts';
import { removeParts } from '../large/write.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

const LISTING = 10;

/**
 * Removes the parts of a name that is gone, in every region, but for what a pinned release names; those above its last
 * revision belong to a new life. They come after the tombstones: while one stands, somebody may bring the secret back.
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
      const parts = await unpinned(scope, region, name, await partsOf(scope, region, name, revision));
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

/** Those that no pinned release of the region names; none where one of these does not open, and might. */
async function unpinned(
  scope: VaultScope,
  region: Region,
  secret: string,
  parts: readonly string[],
): Promise<readonly string[]> {
  if (parts.length === 0) return parts;
  const pins: string[] = [];
  const folder = parameterName(scope.path, `${RESERVED_FOLDER}/pinned`);
  for await (const { name } of region.parameters.list(folder, deadline(scope.timeout * LISTING))) {
    pins.push(name);
  }
  const kept = await keptParts(scope, [], new Map([[region, pins]]));
  if (kept === undefined) return [];
  return parts.filter((part) => {
    const { revision } = parsePartName(scope.path, part) ?? {};
    return !kept.named.has(`${secret}:${revision}`);
  });
}
