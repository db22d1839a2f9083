/** Brings to a replica what a release names and does not hold: its large secrets, before the head that names them. */
import type { ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import { copyUntilStable, newestAtHome } from '../replicate.ts';
import type { VaultScope } from '../scope.ts';
import { countedRevision, namedBy } from './drop.ts';

/**
 * A replica that missed a write would hold a release that it cannot give whole when home is gone. Mostly nothing is
 * new, and no call is made.
 * @param before - what the replica's own release holds
 * @throws WaxsealError when something cannot be brought there; what diverged there, or lost its parts everywhere, keeps
 *   no release from going on
 */
export async function bringLarge(
  scope: VaultScope,
  region: Region,
  items: readonly ReleaseItem[],
  before: readonly ReleaseItem[],
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(namedBy(before));
  const wanted = items.filter((item) => namedBy([item]).some((one) => !known.has(one)));
  if (wanted.length === 0) return;
  const tops = await region.parameters.read(
    wanted.map(({ name }) => parameterName(scope.path, name)),
    signal,
  );
  for (const { name, revision } of wanted) {
    const parameter = parameterName(scope.path, name);
    if ((await countedRevision(region, tops.get(parameter), signal)) >= revision) continue;
    try {
      const entry = await newestAtHome(scope, parameter, deadline(scope.timeout));
      await copyUntilStable(scope, region, parameter, entry);
    } catch (error) {
      if (!isWaxsealError(error, 'conflict') && !isIntegrityError(error)) throw error;
    }
  }
}
