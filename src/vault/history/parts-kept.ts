/** Which revisions of a large secret still have their parts: those of the past are removed by publishes. */
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { OpenedEntry } from '../effective.ts';
import { secretFolder } from '../large/place.ts';
import { findParts, secretValue, type WantedPart, wantedParts } from '../large/read.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

/** How long a region beside the one that answers is waited for, in ms. */
const PATIENCE = 3_000;

/** The newest revisions are asked for by name: a listing may not show their parts yet. */
const ASKED = 2;

/** What became of the value of one revision. */
export interface LargeValue {
  /** Where it was asked for and is there. */
  readonly value?: Uint8Array | undefined;
  /** No region has all of its parts. */
  readonly partsGone: boolean;
  /** Why its parts, which are there, are not to be trusted. */
  readonly problem?: WaxsealError | undefined;
}

/** Tells of one revision after the other, the newest first. */
export type LargeValues = (opened: OpenedEntry) => Promise<LargeValue>;

/**
 * One listing for all revisions, since most of a long history is gone.
 * @param region - which answers; what it lacks is looked for in the others
 * @param values - open them too
 */
export function createLargeValues(
  scope: VaultScope,
  region: Region,
  name: string,
  values: boolean,
  signal: AbortSignal,
): LargeValues {
  const listed = new Map<Region, Promise<ReadonlySet<string> | undefined>>();
  const namesIn = (from: Region): Promise<ReadonlySet<string> | undefined> => {
    const known =
      listed.get(from) ?? listIn(scope, from, name, from === region ? signal : inTime(scope, signal));
    listed.set(from, known);
    return known;
  };
  const isListed = async (wanted: readonly WantedPart[]): Promise<boolean> => {
    let missing = wanted;
    for (const from of [region, ...scope.regions.filter((other) => other !== region)]) {
      const names = await namesIn(from);
      // Where the first may not be listed nothing is known.
      if (names === undefined && from === region) return true;
      missing = missing.filter((part) => names?.has(part.name) !== true);
      if (missing.length === 0) return true;
    }
    return false;
  };
  let asked = 0;
  return async (opened) => {
    asked += 1;
    try {
      const wanted = wantedParts(scope, opened);
      const there = await isListed(wanted);
      if (!there && asked > ASKED) return { partsGone: true };
      if (values) return { value: await secretValue(scope, region, opened, signal), partsGone: false };
      if (!there) await findParts(scope, region, opened.entry, wanted, signal);
      return { partsGone: false };
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      return isWaxsealError(error, 'large_incomplete')
        ? { partsGone: true }
        : { partsGone: false, problem: error };
    }
  };
}

function inTime(scope: VaultScope, signal: AbortSignal): AbortSignal {
  return deadline(Math.min(PATIENCE, scope.timeout), signal);
}

async function listIn(
  scope: VaultScope,
  region: Region,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  try {
    for await (const stored of region.parameters.list(secretFolder(scope.path, name), signal)) {
      names.add(stored.name);
    }
    return names;
  } catch (error) {
    checkCancelled(signal);
    if (!isWaxsealError(error)) throw error;
    return undefined;
  }
}

/** Of a revision of the past that is kept, and its value is not. */
export function partsNotKept(name: string, revision: number, cause: WaxsealError): WaxsealError {
  return new WaxsealError(
    'large_incomplete',
    `the value of revision ${revision} of ${name} lay in several parameters, which are no longer kept`,
    {
      hint: 'those of the published revision and the one before are kept, and of what a pinned release names: go back to one of them, or take the value from a backup (waxseal restore, into another vault)',
      cause,
      region: cause.region,
    },
  );
}
