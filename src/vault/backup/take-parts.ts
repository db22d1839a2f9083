/** The parts of a secret's kept versions, as home holds them. */
import type { Entry } from '../../envelope/index.ts';
import { isIntegrityError, type WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import { type FoundEntry, type OpenedEntry, openFound } from '../effective.ts';
import { partNames } from '../large/place.ts';
import { findParts, openTexts, presentParts, wantedParts } from '../large/read.ts';
import type { VaultScope } from '../scope.ts';

/** Parts that were taken. */
export interface PartsTaken {
  /** Of each version up to the newest one that is whole; none where they are no longer kept. */
  readonly each: readonly (readonly string[])[];
  /** Why what counts is not whole. */
  readonly problem: WaxsealError | undefined;
}

/** The newest versions are asked for by name: a listing may not show their parts yet. */
const ASKED = 2;

/**
 * Takes the parts of versions. What counts has to have them all, from whichever region; of what is past, those that
 * home still keeps.
 * @param kept - oldest first; the last one counts
 */
export async function takeParts(
  scope: VaultScope,
  kept: readonly FoundEntry[],
  isListed: (name: string) => boolean,
  verify: boolean,
  caller: AbortSignal | undefined,
): Promise<PartsTaken> {
  const each: (readonly string[])[] = [];
  let problem: WaxsealError | undefined;
  let whole = 0;
  for (const [i, found] of kept.entries()) {
    const counts = i === kept.length - 1;
    try {
      const isAsked = i >= kept.length - ASKED || isListed(firstPart(scope, found.entry));
      each.push(isAsked ? await partsOf(scope, found, counts, verify, caller) : []);
      if (!isLarge(found) || (each.at(-1)?.length ?? 0) > 0) whole = i + 1;
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      each.push([]);
      if (counts) problem = error;
    }
  }
  return { each: problem === undefined ? each : each.slice(0, whole), problem };
}

function isLarge({ entry }: FoundEntry): boolean {
  return entry.core.flags.chunked;
}

function firstPart({ path }: VaultScope, entry: Entry): string {
  return partNames(path, entry, 1)[0] ?? '';
}

async function partsOf(
  scope: VaultScope,
  found: FoundEntry,
  counts: boolean,
  verify: boolean,
  caller: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (!isLarge(found)) return [];
  const { home } = scope;
  // Not verified either it has to be opened: only its manifest says which parts are its own.
  const opened = await openFound(scope, home, found.stored.name, found, deadline(scope.timeout, caller));
  const wanted = wantedParts(scope, opened);
  if (counts) {
    const texts = [...(await findParts(scope, home, found.entry, wanted, caller)).values()];
    if (verify) await checkWhole(scope, opened, texts, caller);
    return texts;
  }
  const there = await presentParts(home, wanted, deadline(scope.timeout, caller));
  return wanted.every(({ name }) => there.has(name)) ? wanted.map(({ name }) => there.get(name) ?? '') : [];
}

async function checkWhole(
  scope: VaultScope,
  opened: OpenedEntry,
  texts: readonly string[],
  caller: AbortSignal | undefined,
): Promise<void> {
  const signal = deadline(scope.timeout, caller);
  (await openTexts(scope, scope.home, opened, texts, signal)).fill(0);
}
