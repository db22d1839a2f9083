/** What has to be done so that all regions hold the same of one parameter. */
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import type { Region } from '../ports.ts';
import { descends, type Held, type Relate } from './classify.ts';
import { type Copy, type FoundCopy, isMissing, type Row } from './copies.ts';
import type { SyncAction } from './types.ts';

/** A region that lacks what another holds. */
export interface Target {
  readonly region: Region;
  /** What it holds. */
  readonly copy: Copy | undefined;
  readonly how: Exclude<SyncAction['how'], 'merge'>;
}

/** What has to be done. */
export type RowPlan =
  | { readonly kind: 'equal' }
  | { readonly kind: 'copy'; readonly from: Held; readonly targets: readonly Target[] }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'leftover'; readonly sides: readonly Held[]; readonly deletedAt: number }
  | { readonly kind: 'problem'; readonly error: WaxsealError };

/** What is known besides the row. */
export interface RowRules {
  readonly relate: Relate;
  /** Where revisions are decided. */
  readonly home: Region;
  /** The revision at which the newest release knows the name as deleted. */
  readonly deletedAt?: number | undefined;
  /** Digests of the sides of a conflict that has been decided: they give way to what is above them. */
  readonly decided?: ReadonlySet<string> | undefined;
}

/** What of a copy counts in a plan: also what lies below something that is not to be trusted. */
export function sideOf(copy: Copy | undefined): FoundCopy | undefined {
  if (copy === undefined) return undefined;
  const counts = copy.damaged === true || copy.lacks !== undefined || !isIntegrityError(copy.problem);
  return counts ? copy.found : undefined;
}

/** The sides of a row, home first. */
export function sidesOf(row: Row): readonly Held[] {
  return [...row].flatMap(([region, copy]) => {
    const found = sideOf(copy);
    return found === undefined ? [] : [{ region, found }];
  });
}

/**
 * Plans a row. Nothing that the newest release knows as deleted is copied to where the name is missing: a purge may be
 * under way, and a purged name must not come back by itself. A tombstone that no release knows yet is brought home,
 * or the next release would go on with the value that it deletes; other regions lack nothing without it.
 */
export async function planRow(
  row: Row,
  { relate, home, deletedAt = 0, decided }: RowRules,
): Promise<RowPlan> {
  const unopened = [...row.values()].find((copy) => copy?.problem && !isIntegrityError(copy.problem));
  if (unopened?.problem !== undefined) return { kind: 'problem', error: unopened.problem };
  const sides = sidesOf(row);
  const isWhole = ({ region }: Held): boolean => row.get(region)?.lacks === undefined;
  // Of the same the first stands for all, one that has its parts before one that lacks some.
  const inOrder = [...sides.filter(isWhole), ...sides.filter((side) => !isWhole(side))];
  const [newest, ...others] = [
    ...new Map(inOrder.toReversed().map((side) => [side.found.digest, side])).values(),
  ].sort((a, b) => revisionOf(b) - revisionOf(a));
  if (newest === undefined) return nothingReadable(row);
  const overwritten = new Set<string>();
  for (const other of others) {
    if (await descends(other, newest, relate)) continue;
    if (decided?.has(other.found.digest) !== true || revisionOf(other) >= revisionOf(newest)) {
      return { kind: 'conflict' };
    }
    overwritten.add(other.found.digest);
  }
  const { core } = newest.found.entry;
  const known = deletedAt >= core.revision;
  // Whole or not: a purge took its parts, and takes what came late of the entry too.
  if (!core.flags.tombstone && known && [...row.values()].some(isMissing)) {
    return { kind: 'leftover', sides, deletedAt };
  }
  const lost = [...row.values()].find(
    (copy) => copy?.lacks === 'everywhere' && copy.found?.digest === newest.found.digest,
  )?.problem;
  if (lost !== undefined) return { kind: 'problem', error: lost };
  const targets = [...row].flatMap(([region, copy]): readonly Target[] => {
    if (isMissing(copy)) {
      const lacks = !known && (!core.flags.tombstone || region === home);
      return lacks ? [{ region, copy, how: 'create' }] : [];
    }
    const side = sideOf(copy);
    if (side === undefined || (copy.damaged === true && side.digest === newest.found.digest)) {
      return [{ region, copy, how: 'replace' }];
    }
    if (copy.lacks !== undefined && side.digest === newest.found.digest) {
      return [{ region, copy, how: 'complete' }];
    }
    if (overwritten.has(side.digest)) return [{ region, copy, how: 'overwrite' }];
    return side.digest === newest.found.digest ? [] : [{ region, copy, how: 'forward' }];
  });
  return targets.length === 0 ? { kind: 'equal' } : { kind: 'copy', from: newest, targets };
}

function nothingReadable(row: Row): RowPlan {
  const problem = [...row.values()].find((copy) => copy?.problem !== undefined)?.problem;
  if (problem === undefined) return { kind: 'equal' };
  return {
    kind: 'problem',
    error: new WaxsealError(problem.code, `no region holds a copy that can be trusted: ${problem.message}`, {
      hint: problem.hint,
      cause: problem,
    }),
  };
}

function revisionOf({ found }: Held): number {
  return found.entry.core.revision;
}
