/** How the copies of one parameter stand to each other. */
import { isWaxsealError, type WaxsealError } from '../../errors.ts';
import { ancestry, isParent } from '../ancestry.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { type FoundCopy, highest, type Row, trusted } from './copies.ts';
import type { CopyState } from './types.ts';

/** A copy and the region that holds it. */
export interface Held {
  readonly region: Region;
  readonly found: FoundCopy;
}

/** Whether `newer`, of a higher revision, was made on top of `older`, with others between them. */
export type Relate = (older: Held, newer: Held) => Promise<boolean>;

/** Takes the numbers' word for it, which costs no call. */
export const byNumber: Relate = () => Promise.resolve(true);

/** Follows the chain in the histories: that of the region that holds the newer one first. */
export function byHistory(row: Row, signal: AbortSignal): Relate {
  return async (older, newer) => {
    const others = [...row.keys()].filter((region) => region !== newer.region);
    const parameter = newer.found.stored.name;
    const asked = [newer.region, ...others];
    return (await ancestry(asked, parameter, older.found.entry, newer.found.entry, signal)) === 'ancestor';
  };
}

/** Whether `newer` was made on top of `older`, directly or not. */
export async function descends(older: Held, newer: Held, relate: Relate): Promise<boolean> {
  const [a, b] = [older.found.entry, newer.found.entry];
  if (isParent(a, b)) return true;
  return a.core.revision < b.core.revision && (await relate(older, newer));
}

/** What the copies of a row are compared with. */
export interface Reference extends Held {
  /** Home answered, and has nothing that could be compared. */
  readonly beyondHome: boolean;
}

/**
 * What counts: home's copy where it can be trusted, for home decides on revisions. Else the highest revision that a
 * region holds; when home answered and lacks it, it is ahead of home.
 */
export function referenceOf({ home }: VaultScope, row: Row): Reference | undefined {
  const found = trusted(row.get(home));
  if (found !== undefined) return { region: home, found, beyondHome: false };
  const best = highest(row);
  return best && { ...best, beyondHome: row.has(home) };
}

/** The state of each copy of an opened row, by region name. @throws WaxsealError when a history cannot be read */
export async function statesOf(
  row: Row,
  reference: Reference | undefined,
  relate: Relate,
): Promise<ReadonlyMap<Region, CopyState>> {
  const states = new Map<Region, CopyState>();
  for (const [region, copy] of row) {
    const found = trusted(copy);
    if (copy === undefined) states.set(region, 'missing');
    else if (found === undefined || reference === undefined || copy.lacks !== undefined) {
      states.set(region, 'unreadable');
    } else states.set(region, await stateOf({ region, found }, reference, relate));
  }
  return states;
}

async function stateOf(held: Held, reference: Reference, relate: Relate): Promise<CopyState> {
  if (held.found.digest === reference.found.digest) return reference.beyondHome ? 'ahead' : 'equal';
  if (await descends(held, reference, relate)) return 'behind';
  return (await descends(reference, held, relate)) ? 'ahead' : 'diverged';
}

/** The states by the chain; by the numbers where the histories may not be read, and why. */
export async function statesByChain(
  row: Row,
  reference: Reference | undefined,
  signal: AbortSignal,
): Promise<{ readonly states: ReadonlyMap<Region, CopyState>; readonly problem: WaxsealError | undefined }> {
  try {
    return { states: await statesOf(row, reference, byHistory(row, signal)), problem: undefined };
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return { states: await statesOf(row, reference, byNumber), problem: error };
  }
}
