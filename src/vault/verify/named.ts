/** Judges what the releases of a region name of large secrets, besides what counts there. */
import { entryIn } from '../../envelope/index.ts';
import { parameterName } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { deadline } from '../deadline.ts';
import type { FoundEntry } from '../effective.ts';
import { wrappedAs } from '../large/load.ts';
import { entryCopyName, parsePartName, secretFolder } from '../large/place.ts';
import type { StoredParameter } from '../ports.ts';
import { type Bench, type Judged, judgeFound, problemOf, seenOf } from './judge.ts';
import type { PartReader } from './parts.ts';
import type { JudgedRelease } from './release.ts';

/** A large secret of a release, other than what counts under its name. */
export interface NamedLarge {
  readonly name: string;
  readonly revision: number;
  /** The release that names it: its number, and whether it is a pinned one. */
  readonly release: Pick<JudgedRelease, 'pinned'> & { readonly number: number };
  /** Its entry as the region's history keeps it; undefined where it is no longer kept there. */
  readonly judged: Judged | undefined;
  /** Whether another region keeps it, where this one does not. */
  readonly elsewhere?: boolean | undefined;
}

/** The region's part reader for what is to be read anew. @param seen - told of each part as it was read */
export function askForParts(
  { scope, region, caller }: Bench,
  seen: (name: string, stored: StoredParameter | undefined) => void,
): PartReader {
  return async (wanted) => {
    const names = wanted.map(({ name }) => name);
    const read = await region.parameters.read(names, deadline(scope.timeout, caller));
    for (const name of names) seen(name, read.get(name));
    return read;
  };
}

/**
 * Judges what releases name and does not count any more: it lies in the history of its parameter, and an application
 * that starts with large secrets looks for it there.
 * @returns by the digests of the entries, in hexadecimal
 * @throws WaxsealError `cancelled`
 */
export async function judgeNamed(
  bench: Bench,
  secrets: ReadonlyMap<string, Judged>,
  releases: readonly (JudgedRelease | undefined)[],
  read: PartReader,
): Promise<ReadonlyMap<string, NamedLarge>> {
  const named = new Map<string, NamedLarge>();
  for (const release of releases) {
    const number = release?.head.core?.revision ?? 0;
    for (const [name, { large, revision }] of release?.items ?? []) {
      if (release === undefined || large === undefined) continue;
      const digest = Buffer.from(large).toString('hex');
      const counted = secrets.get(name);
      // Of what is gone, or is not to be trusted, that is told already.
      if (counted?.core === undefined || counted.digest === digest || named.has(digest)) continue;
      const judged = await judgePast(bench, name, digest, release, read);
      named.set(digest, { name, revision, release: { pinned: release.pinned, number }, judged });
    }
  }
  return named;
}

async function judgePast(
  bench: Bench,
  name: string,
  digest: string,
  release: JudgedRelease,
  read: PartReader,
): Promise<Judged | undefined> {
  try {
    const found = await findKept(bench, name, digest);
    if (found === undefined) return undefined;
    const { entry, stored } = found;
    return await judgeFound(bench, { entry: wrappedAs(entry, release.entry), stored }, read);
  } catch (error) {
    const nothing = { name: parameterName(bench.scope.path, name), value: '', version: 0 };
    return { ...seenOf(nothing), void: false, problem: problemOf(error, bench.caller) };
  }
}

/** The entry of a digest in a region's history, or as it was copied for a pinned release. */
async function findKept(
  { scope, region, caller }: Bench,
  name: string,
  digest: string,
): Promise<FoundEntry | undefined> {
  const parameter = parameterName(scope.path, name);
  const { history, list } = region.parameters;
  const signal = deadline(scope.timeout, caller);
  for (const all of [history(parameter, signal), list(secretFolder(scope.path, name), signal)]) {
    for await (const stored of all) {
      const entry = entryIn(stored.value);
      if (entry === undefined || digestOf(entry) !== digest) continue;
      // A copy stands for the entry where it was written.
      return { entry, stored: { ...stored, name: parameter } };
    }
  }
  return undefined;
}

/**
 * Judges the copies of entries that lie beside parts for pinned releases: what those name by its digest is authentic.
 * @returns by full parameter name; undefined for what no pinned release names
 */
export function judgeCopies(
  path: string,
  own: Iterable<StoredParameter>,
  pinned: readonly JudgedRelease[],
): ReadonlyMap<string, Judged | undefined> {
  const named = new Set(
    pinned.flatMap(({ items }) =>
      [...(items ?? [])].map(([, { large }]) => Buffer.from(large ?? []).toString('hex')),
    ),
  );
  return new Map(
    [...own].flatMap((stored): [string, Judged | undefined][] => {
      if (parsePartName(path, stored.name)?.number !== 0) return [];
      const entry = entryIn(stored.value);
      const isNamed = entry !== undefined && named.has(digestOf(entry));
      if (!isNamed || entryCopyName(path, entry) !== stored.name) return [[stored.name, undefined]];
      return [[stored.name, { ...seenOf(stored), core: entry.core, digest: digestOf(entry), void: false }]];
    }),
  );
}

/**
 * Says of what a region does not keep whether another one does, which only their histories tell.
 * @throws WaxsealError `cancelled`
 */
export async function seekElsewhere(
  named: ReadonlyMap<string, NamedLarge>,
  others: readonly Bench[],
): Promise<ReadonlyMap<string, NamedLarge>> {
  const told = new Map(named);
  for (const [digest, one] of named) {
    if (one.judged !== undefined) continue;
    let elsewhere = false;
    for (const bench of others) {
      elsewhere ||= await findKept(bench, one.name, digest).then(
        (found) => found !== undefined,
        // Where it cannot be read it may be.
        (error: unknown) => problemOf(error, bench.caller) !== undefined,
      );
    }
    told.set(digest, { ...one, elsewhere });
  }
  return told;
}
