/** Looks at one region: each parameter judged by itself, and then dropped. */
import type { WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { StoredParameter } from '../ports.ts';
import { contentsOf } from '../region/copies.ts';
import { pinnedNumbers, releaseNames } from '../release/place.ts';
import {
  type Bench,
  type Judged,
  type JudgedRecord,
  judgeCopy,
  judgeEntry,
  judgeRecord,
  type Seen,
  seenOf,
} from './judge.ts';
import { askForParts, judgeCopies, judgeNamed, type NamedLarge } from './named.ts';
import { type JudgedRelease, judgeRelease } from './release.ts';

/** A listing of a whole vault may take that much longer than one read. */
const LISTING = 10;

/** What a region holds, judged. */
export interface Look {
  readonly bench: Bench;
  /** By secret name. */
  readonly secrets: Map<string, Judged>;
  /** What is waxseal's own, by full parameter name, as it was read. */
  readonly own: Map<string, Seen>;
  record: JudgedRecord | undefined;
  release: JudgedRelease | undefined;
  readonly pinned: readonly JudgedRelease[];
  /** Large secrets that releases name and that do not count any more, by the digests of their entries. */
  named: ReadonlyMap<string, NamedLarge>;
  /** The copies of entries that lie there for pinned releases, by full parameter name; undefined for one that is none. */
  readonly copies: ReadonlyMap<string, Judged | undefined>;
  /** The descriptor's text: nothing vouches for it. */
  readonly descriptor: string | undefined;
}

/** @param step - told how many parameters a region has, then each that is through */
export async function lookAt(
  bench: Bench,
  found: () => void,
  step: { readonly more: (count: number) => void; readonly done: () => void },
): Promise<Look | WaxsealError> {
  const { scope, region, caller } = bench;
  const contents = await contentsOf(scope, region, deadline(scope.timeout * LISTING, caller), found);
  checkCancelled(caller);
  if (contents instanceof Error) return contents;
  const { copies, voids, own } = contents;
  step.more(copies.size + voids.size + own.size);
  const secrets = new Map<string, Judged>();
  const listed = (): Promise<typeof own> => Promise.resolve(own);
  for (const [name, copy] of copies) {
    secrets.set(name, await judgeCopy(bench, copy, listed));
    step.done();
  }
  for (const [name, top] of voids) secrets.set(name, await judgeCopy(bench, { top }));
  const pinned: JudgedRelease[] = [];
  for (const number of pinnedNumbers(scope.path, own.keys())) {
    const judged = await judgeRelease(bench, own, number);
    if (judged !== undefined) pinned.push(judged);
  }
  const record = own.get(scope.dataKeyName);
  const release = await judgeRelease(bench, own);
  const look: Look = {
    bench,
    secrets,
    own: new Map([...own].map(([name, stored]) => [name, seenOf(stored)])),
    record: record && (await judgeRecord(bench, record)),
    release,
    pinned,
    named: await judgeNamed(bench, secrets, [release, ...pinned], listed),
    copies: judgeCopies(scope.path, own.values(), pinned),
    descriptor: own.get(parameterName(scope.path, `${RESERVED_FOLDER}/vault`))?.value,
  };
  for (let rest = voids.size + own.size; rest > 0; rest -= 1) step.done();
  return look;
}

/**
 * Looks again at what did not fit together: it may have been a write that was under way, or a listing that was stale.
 * Secrets are read after the release that they must not be older than, and before the data key record, which must not
 * be older than they are.
 */
export async function lookAgain(look: Look, names: readonly string[]): Promise<void> {
  const { scope, region, caller } = look.bench;
  const signal = deadline(scope.timeout * LISTING, caller);
  const { head } = releaseNames(scope.path);
  const parts = [head, ...(look.release?.parts.keys() ?? [])];
  const own = await readInto(look, parts, signal);
  look.release = await judgeRelease(look.bench, own);
  const read = askForParts(look.bench, (name, stored) => {
    if (stored === undefined) look.own.delete(name);
    else look.own.set(name, seenOf(stored));
  });
  if (names.length > 0) {
    const found = await region.parameters.read(
      names.map((name) => parameterName(scope.path, name)),
      signal,
    );
    for (const name of names) {
      const top = found.get(parameterName(scope.path, name));
      if (top === undefined) look.secrets.delete(name);
      else look.secrets.set(name, await judgeEntry(look.bench, top, read));
    }
  }
  look.named = await judgeNamed(look.bench, look.secrets, [look.release, ...look.pinned], read);
  const record = (await readInto(look, [scope.dataKeyName], signal)).get(scope.dataKeyName);
  look.record = record && (await judgeRecord(look.bench, record));
}

async function readInto(
  { bench, own }: Look,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredParameter>> {
  const found = await bench.region.parameters.read(names, signal);
  for (const name of names) {
    const stored = found.get(name);
    if (stored === undefined) own.delete(name);
    else own.set(name, seenOf(stored));
  }
  return found;
}
