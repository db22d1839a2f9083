/** The versions of one secret that regions keep, believed only when they are opened. */
import { type Entry, entryIn } from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { digestOf } from '../ancestry.ts';
import { type FoundEntry, isVoid, type OpenedEntry, openFound } from '../effective.ts';
import { isUnderAnother } from '../foreign-key.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

/** A version that a region keeps. */
export interface Kept extends FoundEntry {
  readonly region: Region;
  readonly digest: string;
}

/** What a region keeps and can be read, newest first. */
export async function keptIn(
  region: Region,
  parameter: string,
  signal: AbortSignal,
): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  for await (const stored of region.parameters.history(parameter, signal)) {
    const entry = entryIn(stored.value);
    if (entry !== undefined) kept.push({ entry, stored, region, digest: digestOf(entry) });
  }
  return kept.reverse();
}

/** Whether a region holds something above what stands that is neither void nor to be trusted, and hides it from readers. */
export async function isCovered(
  region: Region,
  { entry, stored: { version } }: FoundEntry,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const stored of region.parameters.history(entry.core.name, signal)) {
    if (stored.version <= version) continue;
    const above = entryIn(stored.value);
    if (above === undefined || !isVoid(above, stored, region.name)) return true;
  }
  return false;
}

/**
 * Whether an authentic entry was put on top of its parent, and so did stand once, though what stands now was not made on
 * top of it: somebody put an older one back since. What is not authentic between the two is passed over, as writers do.
 * @param kept - all that one region keeps, newest first
 */
export async function didStand(
  scope: VaultScope,
  kept: readonly Kept[],
  { digest, entry }: Kept,
  signal: AbortSignal,
): Promise<boolean> {
  const parent = Buffer.from(entry.core.parent).toString('hex');
  const first = kept.findLastIndex((one) => one.digest === digest);
  if (first < 0) return false;
  for (const below of kept.slice(first + 1)) {
    if (below.digest === parent) return true;
    if (isVoid(below.entry, below.stored, below.region.name)) continue;
    try {
      (await openFound(scope, below.region, below.stored.name, below, signal)).content.fill(0);
      return false;
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
    }
  }
  return parent === '';
}

/** The highest revision that counts and is authentic; an older entry that was put back stands below it. */
export async function highestOf(
  scope: VaultScope,
  kept: readonly Kept[],
  { entry, stored }: OpenedEntry,
): Promise<number> {
  const now = entry.core.revision;
  const above = kept
    .filter((one) => one.entry.core.revision > now && !isVoid(one.entry, one.stored, one.region.name))
    .sort((a, b) => b.entry.core.revision - a.entry.core.revision);
  for (const one of above) {
    // What came to the store after the read of what stands is another writer's, who is seen by his slot.
    if (one.stored.version > stored.version) continue;
    try {
      const opened = await openFound(scope, one.region, one.stored.name, one);
      opened.content.fill(0);
      return one.entry.core.revision;
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
    }
  }
  return now;
}

/**
 * Opens the first copy that does: another one may be wrapped by a KMS key that is the vault's no more.
 * @throws WaxsealError why the first does not open, where none does
 */
export async function openAny(
  scope: VaultScope,
  copies: readonly Kept[],
  what: string,
  signal: AbortSignal,
): Promise<OpenedEntry & Pick<Kept, 'region'>> {
  let failure: unknown;
  for (const { entry, stored, region } of copies) {
    try {
      const opened = await openFound(scope, region, stored.name, { entry, stored }, signal);
      // The first that was put tells who wrote it.
      const origin = copies.findLast((copy) => copy.region === region)?.stored ?? stored;
      return { ...opened, stored: origin, region };
    } catch (error) {
      failure ??= error;
    }
  }
  throw isIntegrityError(failure) ? cannotOpen(what, failure) : failure;
}

/** What is kept of what is wanted, but not on the chain. */
export interface Beside {
  /** Counted and authentic, each once. */
  readonly authentic: readonly Kept[];
  readonly isVoid: boolean;
  readonly problem: WaxsealError | undefined;
}

/** Looks at what is kept of what is wanted, wherever it hangs. @throws WaxsealError what KMS can answer */
export async function besideChain(
  scope: VaultScope,
  kept: readonly Kept[],
  fits: (entry: Entry) => boolean,
  signal: AbortSignal,
): Promise<Beside> {
  const authentic: Kept[] = [];
  let lostRace = false;
  let problem: WaxsealError | undefined;
  for (const one of kept) {
    if (!fits(one.entry) || authentic.some(({ digest }) => digest === one.digest)) continue;
    if (isVoid(one.entry, one.stored, one.region.name)) {
      lostRace = true;
      continue;
    }
    try {
      (await openFound(scope, one.region, one.stored.name, one, signal)).content.fill(0);
      authentic.push(one);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      problem ??= error;
    }
  }
  return { authentic, isVoid: lostRace, problem };
}

/** Why a revision that is kept does not open. */
export function cannotOpen(what: string, cause: WaxsealError): WaxsealError {
  if (isUnderAnother(cause)) {
    const { message, hint, region } = cause;
    return new WaxsealError(cause.code, `${what} does not open: ${message}`, { hint, cause, region });
  }
  return new WaxsealError(cause.code, `${what} is not to be trusted: ${cause.message}`, {
    hint: '"waxseal history" says who wrote it; go back to another revision, or set the secret again',
    cause,
    region: cause.region,
  });
}
