/** Finds the parts that a head names, also while somebody is writing the next ones over them. */
import { partDigest } from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { ReleaseNames } from './place.ts';

/** A part and where it was found. */
export interface FoundPart {
  readonly text: string;
  /** The version of its parameter; 0 where that is not known. */
  readonly version: number;
}

/** Parameter Store keeps so many versions of a parameter. */
const KEPT_VERSIONS = 100;

/**
 * How far from the newest version a part is looked for, round by round: mostly just below, for a publish is under way;
 * above, when the answer was stale; far below, when publishes kept failing.
 */
const ROUNDS: readonly (readonly number[])[] = [
  [1, -1, -2],
  [2, -3, -4, -5, -6, -7],
  Array.from({ length: KEPT_VERSIONS - 8 }, (_, i) => -8 - i),
];

/**
 * The parts by their digests, so that two releases are never mixed.
 * @param known - parameters that were read already; the rest is read here
 * @throws WaxsealError `release_incomplete`
 */
export async function findParts(
  region: Region,
  names: ReleaseNames,
  digests: readonly string[],
  known: ReadonlyMap<string, StoredParameter>,
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  const wanted = digests.map((digest, index) => ({ digest, name: names.part(index) }));
  const unread = wanted.map(({ name }) => name).filter((name) => !known.has(name));
  const tops = new Map(known);
  if (unread.length > 0) {
    for (const [name, stored] of await region.parameters.read(unread, signal)) tops.set(name, stored);
  }
  const found = new Map<string, FoundPart>();
  const take = (name: string, digest: string, stored: StoredParameter | undefined): void => {
    if (stored === undefined || partDigest(stored.value) !== digest) return;
    found.set(name, { text: stored.value, version: stored.version });
  };
  for (const { name, digest } of wanted) take(name, digest, tops.get(name));
  for (const round of ROUNDS) {
    const missing = wanted.filter(({ name }) => !found.has(name));
    if (missing.length === 0) break;
    const selectors = missing.flatMap(({ name, digest }) => {
      const top = tops.get(name)?.version ?? 0;
      const versions = round.map((step) => top + step).filter((version) => version > 0);
      return versions.map((version) => ({ name, digest, selector: `${name}:${version}` }));
    });
    if (selectors.length === 0) continue;
    const answer = await region.parameters.read(
      selectors.map(({ selector }) => selector),
      signal,
    );
    for (const { name, digest, selector } of selectors) take(name, digest, answer.get(selector));
  }
  return wanted.map(({ name }, index) => {
    const part = found.get(name);
    if (part !== undefined) return part;
    throw new WaxsealError('release_incomplete', `part ${index + 1} of the release is not there`, {
      hint: 'a publish may be under way: try again; else publish again: waxseal release publish',
      region: region.name,
    });
  });
}
