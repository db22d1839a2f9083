/** Compares what a region holds, and what a start there gets, with the region that counts. */
import { sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, type WaxsealError } from '../../errors.ts';
import { compareNames, parameterName } from '../../secret-name.ts';
import { ancestry } from '../ancestry.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { FoundEntry } from '../effective.ts';
import type { Region } from '../ports.ts';
import { contentsOf, openingProblem } from '../region/copies.ts';
import type { CopyState } from '../region/types.ts';
import { sameValue } from '../release/collect.ts';
import type { VaultScope } from '../scope.ts';
import type { Booted } from '../types.ts';
import { alone } from './alone.ts';
import type { DrilledEntries, LostWrite } from './report.ts';

/** A listing of a whole vault may take that much longer than one read. */
const LISTING = 10;

/** A region's copy of one secret that was opened there, or why it does not open. */
type Copy = FoundEntry | { readonly problem: WaxsealError };
/** All copies of a region, or why it did not tell. */
export type RegionCopies = ReadonlyMap<string, Copy> | WaxsealError;

/** What a comparison of entries found. */
export interface ComparedEntries {
  readonly counts: DrilledEntries;
  readonly lost: readonly LostWrite[];
}

/** Lists and opens all entries of a region by that region's KMS alone. @throws WaxsealError `cancelled` */
export function openAll(scope: VaultScope, region: Region, caller?: AbortSignal): Promise<RegionCopies> {
  return alone(scope, region, async (lonely) => {
    const signal = deadline(scope.timeout * LISTING, caller);
    const contents = await contentsOf(lonely, region, signal, () => {});
    checkCancelled(caller);
    if (contents instanceof Error) return contents;
    const opened = new Map<string, Copy>();
    for (const [name, { found, problem: unread }] of contents.copies) {
      const problem = found === undefined ? unread : await openingProblem(lonely, region, found, signal);
      checkCancelled(caller);
      // What KMS refuses once it refuses for every entry: a thousand more calls would say the same.
      if (problem !== undefined && !isIntegrityError(problem)) return problem;
      if (problem !== undefined) opened.set(name, { problem });
      else if (found !== undefined) opened.set(name, found);
    }
    return opened;
  });
}

/**
 * How the copies of a region stand to those that count.
 * @param counting - the region whose copies count; its history is asked where a copy is older by more than a revision
 * @throws WaxsealError what reading a history can meet
 */
export async function compareEntries(
  scope: VaultScope,
  copies: ReadonlyMap<string, Copy>,
  counted: ReadonlyMap<string, Copy>,
  counting: Region,
  caller?: AbortSignal,
): Promise<ComparedEntries> {
  const signal = deadline(scope.timeout * LISTING, caller);
  const names = [...new Set([...counted.keys(), ...copies.keys()])].sort(compareNames);
  const states: CopyState[] = [];
  const lost: LostWrite[] = [];
  for (const name of names) {
    const [copy, other] = [copies.get(name), counted.get(name)];
    const state = await stateOf(parameterName(scope.path, name), copy, other, counting, signal);
    states.push(state);
    if (state === 'equal' || state === 'ahead' || other === undefined || 'problem' in other) continue;
    const { revision, sealedAt, flags } = other.entry.core;
    const has = copy !== undefined && 'entry' in copy ? copy.entry.core.revision : undefined;
    lost.push({ name, revision, has, deleted: flags.tombstone, sealedAt: sealedAt * 1000 });
  }
  const count = (wanted: CopyState): number => states.filter((state) => state === wanted).length;
  const counts = {
    compared: names.length,
    equal: count('equal'),
    behind: count('behind'),
    missing: count('missing'),
    diverged: count('diverged'),
    ahead: count('ahead'),
    unreadable: count('unreadable'),
  };
  return { counts, lost };
}

/** By the entries' digests and, where revisions differ, by the chain: a lower number alone makes no ancestor. */
async function stateOf(
  parameter: string,
  copy: Copy | undefined,
  counted: Copy | undefined,
  counting: Region,
  signal: AbortSignal,
): Promise<CopyState> {
  // A deleted name is not brought to a region that never had it, and nobody would miss it there.
  if (copy === undefined) return isTombstone(counted) ? 'equal' : 'missing';
  if ('problem' in copy) return 'unreadable';
  if (counted === undefined || 'problem' in counted) return 'ahead';
  if (sameEntry(copy.entry, counted.entry)) return 'equal';
  const [here, there] = [copy.entry.core.revision, counted.entry.core.revision];
  if (here > there) return 'ahead';
  try {
    const related = await ancestry([counting], parameter, copy.entry, counted.entry, signal);
    return related === 'unrelated' ? 'diverged' : 'behind';
  } catch (error) {
    // A reader may run a drill, and has no right to histories: that the copy is older is known all the same.
    if (here < there && isWaxsealError(error, 'denied')) return 'behind';
    throw error;
  }
}

function isTombstone(copy: Copy | undefined): boolean {
  return copy !== undefined && 'entry' in copy && copy.entry.core.flags.tombstone;
}

/** Names of secrets that one start gets otherwise than another. */
export function differingSecrets(a: Pick<Booted, 'secrets'>, b: Pick<Booted, 'secrets'>): readonly string[] {
  const names = [...new Set([...a.secrets.keys(), ...b.secrets.keys()])].sort(compareNames);
  return names.filter((name) => {
    const [one, other] = [a.secrets.get(name), b.secrets.get(name)];
    return (
      one === undefined ||
      other === undefined ||
      one.revision !== other.revision ||
      one.expiresAt !== other.expiresAt ||
      !sameValue(one.value, other.value)
    );
  });
}
