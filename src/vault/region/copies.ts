/** What the regions hold of a vault, and of one parameter: read once, opened once. */
import type { Entry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, type WaxsealError } from '../../errors.ts';
import { compareNames } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { countedEntry, type FoundEntry, openFound } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { listParameters } from '../read.ts';
import type { VaultScope } from '../scope.ts';

/** One region's copy of one parameter. */
export interface Copy {
  /** The newest version, whether it counts or not. */
  readonly top: StoredParameter;
  /** What counts; undefined where no version does. */
  readonly found?: FoundCopy | undefined;
  /** Why it cannot be trusted, or was not opened; with neither this nor what counts, nothing ever counted there. */
  readonly problem?: WaxsealError | undefined;
  /** What counts lies below something that is not to be trusted, or is a release's head that lacks parts. */
  readonly damaged?: boolean | undefined;
  /** What counts is a large secret's, and its region lacks parts that others have, or that no region has. */
  readonly lacks?: 'here' | 'everywhere' | undefined;
}

/** An entry that counts, and what makes it the same as another. */
export interface FoundCopy extends FoundEntry {
  readonly digest: string;
}

/** The copies of one parameter in the regions that answered, home first; undefined where there is none. */
export type Row = ReadonlyMap<Region, Copy | undefined>;

/** What one region holds. */
export interface RegionContents {
  /** By secret name. */
  readonly copies: ReadonlyMap<string, Copy>;
  /** Parameters of secrets that never held anything that counted, by secret name. */
  readonly voids: ReadonlyMap<string, StoredParameter>;
  /** What is waxseal's own, by full parameter name. */
  readonly own: ReadonlyMap<string, StoredParameter>;
}

/** What all regions hold, home first, or why one did not answer. */
export interface Contents {
  readonly regions: ReadonlyMap<Region, RegionContents | WaxsealError>;
  /** Whether there is anything at all. */
  readonly exists: boolean;
}

/** A region that gives nothing for so long, in ms, while the vault is listed, counts as not answering. */
const SILENCE = 3_000;

/** Lists all regions at once, each once. */
export async function readContents(scope: VaultScope, signal: AbortSignal): Promise<Contents> {
  let exists = false;
  const read = await Promise.all(
    scope.regions.map(async (region) => {
      const found = await contentsOf(scope, region, signal, () => {
        exists = true;
      });
      return [region, found] as const;
    }),
  );
  return { regions: new Map(read), exists };
}

/** The regions that answered. */
export function answering({ regions }: Contents): ReadonlyMap<Region, RegionContents> {
  const answered = [...regions].flatMap(([region, found]) =>
    found instanceof Error ? [] : [[region, found] as const],
  );
  return new Map(answered);
}

/** The regions that did not answer, and why, by name. */
export function failures({ regions }: Contents): Readonly<Record<string, WaxsealError>> {
  const failed = [...regions].flatMap(([{ name }, found]) =>
    found instanceof Error ? [[name, found] as const] : [],
  );
  return Object.fromEntries(failed);
}

/** The names that any region holds, in the order of their bytes. */
export function namesIn(contents: ReadonlyMap<Region, RegionContents>): readonly string[] {
  const names = new Set([...contents.values()].flatMap(({ copies }) => [...copies.keys()]));
  return [...names].sort(compareNames);
}

/** One secret's copies. */
export function rowOf(contents: ReadonlyMap<Region, RegionContents>, name: string): Row {
  return new Map([...contents].map(([region, { copies }]) => [region, copies.get(name)]));
}

/** What a region's parameter holds. @throws WaxsealError when that cannot be read; what is wrong with it is no error */
export async function toCopy(region: Region, top: StoredParameter, signal: AbortSignal): Promise<Copy> {
  try {
    const found = await countedEntry(region, top, signal);
    return found === undefined ? { top } : { top, found: foundCopy(found) };
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return { top, problem: error };
  }
}

/** An entry with its digest. */
export function foundCopy({ entry, stored }: FoundEntry): FoundCopy {
  return { entry, stored, digest: digestOf(entry) };
}

/** Opens each copy of a row that is not the same as one before; by the KMS of the next region where one cannot. */
export async function openRow(scope: VaultScope, row: Row, signal: AbortSignal): Promise<Row> {
  const known = new Map<string, WaxsealError | undefined>();
  for (const [region, copy] of row) {
    if (copy?.found === undefined) continue;
    const same = sameness(copy.found);
    if (known.has(same) && (known.get(same) === undefined || isIntegrityError(known.get(same)))) continue;
    known.set(same, await openingProblem(scope, region, copy.found, signal));
  }
  return new Map(
    [...row].map(([region, copy]) =>
      copy?.found === undefined
        ? [region, copy]
        : [region, { ...copy, problem: known.get(sameness(copy.found)) }],
    ),
  );
}

/** The wrapping is no part of the digest: what another KMS key wrapped has to be asked for again. */
function sameness({ digest, entry }: FoundCopy): string {
  return `${digest} ${entry.wrapping.kmsKeyId}`;
}

/** What of a copy may be believed: undefined for one that is not there, or not to be trusted. */
export function trusted(copy: Copy | undefined): FoundCopy | undefined {
  // An entry is what it is without its parts.
  return isIntegrityError(copy?.problem) && copy?.lacks === undefined ? undefined : copy?.found;
}

/** A parameter that never held anything that counted. */
type Nothing = Copy & { readonly found?: undefined; readonly problem?: undefined };

/** Whether there is nothing: no parameter, or one that never held anything that counted. */
export function isMissing(copy: Copy | undefined): copy is Nothing | undefined {
  return copy === undefined || (copy.found === undefined && copy.problem === undefined);
}

/** The entry of a row with the highest revision, and where it was found first. */
export function highest(row: Row): { readonly region: Region; readonly found: FoundCopy } | undefined {
  let best: { readonly region: Region; readonly found: FoundCopy } | undefined;
  for (const [region, copy] of row) {
    const found = trusted(copy);
    if (found !== undefined && revisionOf(found.entry) > revisionOf(best?.found.entry)) {
      best = { region, found };
    }
  }
  return best;
}

function revisionOf(entry: Entry | undefined): number {
  return entry?.core.revision ?? 0;
}

/** What one region holds, or why it did not answer. @param found - called when there is anything at all */
export async function contentsOf(
  scope: VaultScope,
  region: Region,
  overall: AbortSignal,
  found: () => void,
): Promise<RegionContents | WaxsealError> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE);
  const signal = AbortSignal.any([overall, silence.signal]);
  try {
    const copies = new Map<string, Copy>();
    const voids = new Map<string, StoredParameter>();
    const { parameters, own, exists } = await listParameters(scope, region, signal, () => timer.refresh());
    if (exists) found();
    for (const [name, top] of parameters) {
      timer.refresh();
      const copy = await toCopy(region, top, signal);
      if (isMissing(copy)) voids.set(name, top);
      else copies.set(name, copy);
    }
    return { copies, voids, own };
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  } finally {
    clearTimeout(timer);
  }
}

/** Why an entry does not open; undefined when it does. */
export async function openingProblem(
  scope: VaultScope,
  region: Region,
  found: FoundEntry,
  signal: AbortSignal,
): Promise<WaxsealError | undefined> {
  try {
    const { content } = await openFound(scope, region, found.stored.name, found, signal);
    content.fill(0);
    return undefined;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  }
}
