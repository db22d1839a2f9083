/** Pinned copies of releases: a region that lacks one gets it. */
import { deadline } from '../deadline.ts';
import { keepPinned } from '../large/pinned.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { writePinned } from '../release/manage.ts';
import { type OpenedRelease, readRelease, wipe } from '../release/open.ts';
import { pinnedNumbers, releaseNames } from '../release/place.ts';
import { NOTHING, type Part, problemOf, type Run, together } from './run.ts';
import type { SyncAction } from './types.ts';

/** A region's own parameters, by full name. */
type Own = ReadonlyMap<Region, ReadonlyMap<string, StoredParameter>>;

interface Pinned {
  readonly number: number;
  readonly holders: readonly Region[];
  readonly lacking: readonly Region[];
}

/** What would be done. */
export function planPinned(run: Run, own: Own): Part {
  const actions = pinnedIn(run, own).flatMap((one) => actionsOf(one));
  return { ...NOTHING, actions };
}

/** Copies them. */
export async function syncPinned(run: Run, own: Own): Promise<Part> {
  const parts: Part[] = [];
  for (const one of pinnedIn(run, own)) if (one.lacking.length > 0) parts.push(await copyPinned(run, one));
  return together(parts);
}

async function copyPinned(run: Run, { number, holders, lacking }: Pinned): Promise<Part> {
  const { scope } = run;
  const name = nameOf(number);
  try {
    const [from, release] = await openFirst(run, holders, number);
    if (from === undefined || release === undefined) return NOTHING;
    wipe(release);
    const outcomes = await Promise.allSettled(
      lacking.map(async (region) => {
        await keepPinned(scope, from, region, release, run.signal);
        await writePinned(scope, region, release, deadline(scope.timeout));
      }),
    );
    return together(
      lacking.map((region, i) => {
        const outcome = outcomes[i];
        if (outcome?.status === 'rejected') return problemOf('pinned', name, outcome.reason);
        return { ...NOTHING, actions: actionsOf({ number, holders: [from], lacking: [region] }) };
      }),
    );
  } catch (error) {
    return problemOf('pinned', name, error);
  }
}

/** The first copy that opens. @throws WaxsealError why none does */
async function openFirst(
  { scope, signal }: Run,
  holders: readonly Region[],
  number: number,
): Promise<readonly [Region?, OpenedRelease?]> {
  let failure: unknown;
  for (const region of holders) {
    try {
      const release = await readRelease(scope, region, deadline(scope.timeout, signal), number);
      if (release !== undefined) return [region, release];
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return [];
}

function pinnedIn({ scope, lost }: Run, own: Own): readonly Pinned[] {
  const names = [...own.values()].flatMap((parameters) => [...parameters.keys()]);
  const regions = [...own.keys()].filter((region) => !lost.has(region));
  return pinnedNumbers(scope.path, names).map((number) => {
    const { head } = releaseNames(scope.path, number);
    const has = (region: Region): boolean => own.get(region)?.has(head) === true;
    return { number, holders: regions.filter(has), lacking: regions.filter((region) => !has(region)) };
  });
}

function actionsOf({ number, holders, lacking }: Pinned): readonly SyncAction[] {
  const [from] = holders;
  if (from === undefined) return [];
  return lacking.map((to) => ({
    kind: 'pinned',
    name: nameOf(number),
    how: 'create',
    from: from.name,
    to: to.name,
    revision: number,
    deleted: false,
  }));
}

function nameOf(number: number): string {
  return `pinned release ${number}`;
}
