/** Compares what a region holds, and what a start there gets, with the region that counts. */
import { isIntegrityError, isWaxsealError, type WaxsealError } from '../../errors.ts';
import { compareNames } from '../../secret-name.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { openFound } from '../effective.ts';
import { secretValue } from '../large/read.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { type Held, statesByChain } from '../region/classify.ts';
import { type Copy, contentsOf, type FoundCopy, openingProblem, trusted } from '../region/copies.ts';
import type { CopyState } from '../region/types.ts';
import { sameValue } from '../release/collect.ts';
import type { VaultScope } from '../scope.ts';
import type { Booted } from '../types.ts';
import { alone } from './alone.ts';
import type { DrilledEntries, LostWrite } from './report.ts';

/** A listing of a whole vault may take that much longer than one read. */
const LISTING = 10;

/** All copies of a region, each opened there, or why it did not tell. */
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
    for (const [name, copy] of contents.copies) {
      const { found } = copy;
      const problem =
        found === undefined
          ? copy.problem
          : ((await openingProblem(lonely, region, found, signal)) ??
            (await partsProblem(lonely, region, found, contents.own, signal)));
      checkCancelled(caller);
      // What KMS refuses once it refuses for every entry: a thousand more calls would say the same.
      if (problem !== undefined && !isIntegrityError(problem)) return problem;
      opened.set(name, { ...copy, problem });
    }
    return opened;
  });
}

/** Why the parts of an entry that opens do not, by the region that was listed alone; undefined when they do. */
async function partsProblem(
  lonely: VaultScope,
  region: Region,
  found: FoundCopy,
  own: ReadonlyMap<string, StoredParameter>,
  signal: AbortSignal,
): Promise<WaxsealError | undefined> {
  if (!found.entry.core.flags.chunked) return undefined;
  // What is listed costs no call; what a stale listing lacks is asked for.
  const parameters = {
    ...region.parameters,
    read: async (names: readonly string[], within?: AbortSignal) => {
      const listed = names.flatMap((name) => own.get(name) ?? []);
      if (listed.length === names.length) return new Map(listed.map((stored) => [stored.name, stored]));
      return region.parameters.read(names, within);
    },
  };
  const here = { ...region, parameters };
  try {
    const opened = await openFound(lonely, here, found.stored.name, found, signal);
    (await secretValue({ ...lonely, regions: [here] }, here, opened, signal)).fill(0);
    return undefined;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  }
}

/**
 * How the copies of a region stand to those that count.
 * @param counting - the region whose copies count; its history is asked where a copy is older by more than a revision
 * @throws WaxsealError what reading a history can meet
 */
export async function compareEntries(
  scope: VaultScope,
  region: Region,
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
    checkCancelled(caller);
    const [copy, other] = [copies.get(name), counted.get(name)];
    const found = trusted(other);
    const state = await stateOf(copy, found && { region: counting, found }, region, signal);
    states.push(state);
    if (state === 'equal' || state === 'ahead' || found === undefined) continue;
    const { revision, sealedAt, flags } = found.entry.core;
    const has = trusted(copy)?.entry.core.revision;
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

/** As the status of regions has it. */
async function stateOf(
  copy: Copy | undefined,
  counted: Held | undefined,
  region: Region,
  signal: AbortSignal,
): Promise<CopyState> {
  // A deleted name is not brought to a region that never had it, and nobody would miss it there.
  if (copy === undefined) return counted?.found.entry.core.flags.tombstone === true ? 'equal' : 'missing';
  if (trusted(copy) === undefined) return 'unreadable';
  if (counted === undefined) return 'ahead';
  const row = new Map([[region, copy]]);
  const { states } = await statesByChain(row, { ...counted, beyondHome: false }, signal);
  return states.get(region) ?? 'unreadable';
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
