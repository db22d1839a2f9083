/** All secrets of a vault and how their copies agree: one listing a region, all regions at once. */
import { type Entry, formatDataKeyId, sameEntry } from '../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../errors.ts';
import { compareNames } from '../secret-name.ts';
import { checkCancelled, deadline } from './deadline.ts';
import { effectiveEntry, openFound } from './effective.ts';
import type { Region, StoredParameter } from './ports.ts';
import { listParameters } from './read.ts';
import type { VaultScope } from './scope.ts';
import type { CopyState, ListedSecret, Listing } from './types.ts';

/** One region's copy of one secret: an entry, or why there is none to speak of. */
export type Copy =
  | { readonly entry: Entry; readonly stored: StoredParameter }
  | { readonly problem: WaxsealError };
/** All copies of a region, or why it did not tell. */
export type RegionCopies = ReadonlyMap<string, Copy> | WaxsealError;

/** A region that gives nothing for so long, in ms, while the vault is listed, counts as not answering. */
const SILENCE = 3_000;

/** Lists a vault. @throws WaxsealError home's failure, when no region answered at all */
export async function surveyVault(scope: VaultScope, caller?: AbortSignal): Promise<Listing> {
  checkCancelled(caller);
  // A large vault lists for longer than one read may take; a region that falls silent ends sooner.
  const signal = deadline(scope.timeout * 10, caller);
  const copies = new Map<string, RegionCopies>();
  let exists = false;
  await Promise.all(
    scope.regions.map(async (region) => {
      copies.set(region.name, await copiesOf(scope, region, signal, () => (exists = true)));
    }),
  );
  checkCancelled(caller);
  const counting = scope.regions.find((region) => copies.get(region.name) instanceof Map) ?? scope.home;
  const counted = copies.get(counting.name);
  if (counted === undefined || counted instanceof Error) {
    throw counted ?? new WaxsealError('unexpected', 'no region was asked');
  }
  const names = new Set<string>();
  for (const region of copies.values())
    if (region instanceof Map) for (const name of region.keys()) names.add(name);
  const secrets = await Promise.all(
    [...names].sort(compareNames).map((name) => listSecret(scope, name, counting, copies, signal)),
  );
  const failed = [...copies].flatMap(([name, found]) =>
    found instanceof Error ? [[name, found] as const] : [],
  );
  return { secrets, region: counting.name, exists, failed: Object.fromEntries(failed) };
}

/** What one region holds, each copy by its secret's name; not opened yet. */
export async function copiesOf(
  scope: VaultScope,
  region: Region,
  overall: AbortSignal,
  found: () => void,
): Promise<RegionCopies> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE);
  const signal = AbortSignal.any([overall, silence.signal]);
  try {
    const copies = new Map<string, Copy>();
    const { parameters, exists } = await listParameters(scope, region, signal, () => timer.refresh());
    if (exists) found();
    for (const [name, top] of parameters) {
      timer.refresh();
      try {
        copies.set(name, await effectiveEntry(region, top, signal));
      } catch (error) {
        if (!isIntegrityError(error)) throw error;
        copies.set(name, { problem: error });
      }
    }
    return copies;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  } finally {
    clearTimeout(timer);
  }
}

async function listSecret(
  scope: VaultScope,
  name: string,
  counting: Region,
  copies: ReadonlyMap<string, RegionCopies>,
  signal: AbortSignal,
): Promise<ListedSecret> {
  const at = (region: Region): Copy | undefined | WaxsealError => {
    const found = copies.get(region.name);
    return found instanceof Map ? found.get(name) : (found as WaxsealError);
  };
  const counted = at(counting) as Copy | undefined;
  // Known elsewhere only: shown from there, so that it is not overlooked.
  const shownIn = counted ? counting : (scope.regions.find((region) => hasEntry(at(region))) ?? counting);
  const shown = at(shownIn) as Copy | undefined;
  const states = scope.regions.map((region) => [region.name, copyState(at(region), counted)] as const);
  const copyStates: Record<string, CopyState> = Object.fromEntries(states);
  if (shown === undefined || 'problem' in shown) {
    const problem = shown?.problem ?? new WaxsealError('not_found', 'no region holds a readable copy');
    const unknown = { revision: 0, sealedAt: 0, binary: false, deleted: false, dataKeyId: '' };
    return { name, ...unknown, problem, copies: copyStates };
  }
  const { core } = shown.entry;
  const problem = await openingProblem(scope, shownIn, shown, signal);
  if (isIntegrityError(problem)) copyStates[shownIn.name] = 'unreadable';
  return {
    name,
    revision: core.revision,
    sealedAt: core.sealedAt * 1000,
    expiresAt: core.expiresAt === 0 ? undefined : core.expiresAt * 1000,
    binary: core.flags.binary,
    deleted: core.flags.tombstone,
    dataKeyId: formatDataKeyId(core.dataKeyId),
    problem,
    copies: copyStates,
  };
}

/** Why an entry does not open; undefined when it does. */
async function openingProblem(
  scope: VaultScope,
  region: Region,
  found: { readonly entry: Entry; readonly stored: StoredParameter },
  signal: AbortSignal,
): Promise<WaxsealError | undefined> {
  try {
    const { value } = await openFound(scope, region, found.stored.name, found, signal);
    value.fill(0);
    return undefined;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  }
}

function hasEntry(copy: Copy | undefined | WaxsealError): boolean {
  return copy !== undefined && 'entry' in copy;
}

function copyState(copy: Copy | undefined | WaxsealError, counted: Copy | undefined): CopyState {
  if (copy instanceof Error) return 'unreachable';
  if (copy === undefined) return 'missing';
  if ('problem' in copy) return 'unreadable';
  if (counted === undefined || 'problem' in counted) return 'ahead';
  if (sameEntry(copy.entry, counted.entry)) return 'equal';
  const [here, there] = [copy.entry.core.revision, counted.entry.core.revision];
  return here === there ? 'diverged' : here < there ? 'behind' : 'ahead';
}
