/** While another region acts as home: what the real home knows must not be written over unseen. */
import { sameEntry } from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { deadline } from './deadline.ts';
import { foundation, type OpenedEntry } from './effective.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';

/**
 * How long home is waited for, in ms. Longer than a read's hedge: a home that is only slow would be forked from, and a
 * person who writes to a region in its place has the time. Asked again after as long as {@link VaultScope.absence}
 * remembers.
 */
const PATIENCE = 3_000;

/**
 * Asks the real home, if it answers, whether it holds what the region that acts in its place lacks.
 * @param current - what stands in the acting region
 * @throws WaxsealError `conflict` when it does: a revision that is newer, or another one of the same number, or the
 *   vault's data key
 */
export async function checkRealHome(
  scope: VaultScope,
  parameter: string,
  current: OpenedEntry | undefined,
  record: StoredParameter | undefined,
): Promise<void> {
  const { actsFor, home, absence } = scope;
  if (actsFor === undefined || absence.isDown(actsFor.name)) return;
  const signal = deadline(Math.min(PATIENCE, scope.timeout));
  try {
    const found = await actsFor.parameters.read([scope.dataKeyName, parameter], signal);
    if (record === undefined && found.has(scope.dataKeyName)) {
      throw homeKnowsMore(actsFor, home, "the vault's data key");
    }
    const there = await foundation(scope, actsFor, found.get(parameter), signal);
    there?.content.fill(0);
    if (there === undefined || (current && sameEntry(there.entry, current.entry))) return;
    if (there.entry.core.revision >= (current?.entry.core.revision ?? 0)) {
      throw homeKnowsMore(actsFor, home, `revision ${there.entry.core.revision} of ${parameter}`);
    }
  } catch (error) {
    if (!isWaxsealError(error, 'unreachable', 'timeout', 'unexpected')) throw error;
    absence.failed(actsFor.name);
  }
}

/** Why a write does not go to a region at all; undefined when it does. */
export function notTried(scope: VaultScope, region: Region): WaxsealError | undefined {
  const gaveUp = scope.strikes?.gaveUp(region.name);
  if (gaveUp !== undefined) return gaveUp;
  // It was asked a moment ago: each write would wait for the deadline again.
  if (region.name !== scope.actsFor?.name || !scope.absence.isDown(region.name)) return undefined;
  return new WaxsealError('unreachable', `${region.name} did not answer, ${scope.home.name} acts as home`, {
    hint: 'when it answers again: waxseal region sync',
    region: region.name,
  });
}

function homeKnowsMore(real: Region, acting: Region, what: string): WaxsealError {
  return new WaxsealError('conflict', `${real.name} answers, and holds ${what} that ${acting.name} lacks`, {
    hint: 'write without --act-as-home, or bring it over first: waxseal region sync',
    region: real.name,
  });
}
