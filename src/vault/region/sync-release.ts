/** The releases of all regions, brought together: parts first, the head last, in a slot of its own region. */
import { WaxsealError } from '../../errors.ts';
import { digestOf } from '../ancestry.ts';
import { claim } from '../claim.ts';
import { deadline } from '../deadline.ts';
import { bringLarge } from '../large/bring.ts';
import { readHeadAndParts } from '../release/open.ts';
import { releaseNames } from '../release/place.ts';
import { type OtherReleases, publish } from '../release/publish.ts';
import { writeParts } from '../release/write-parts.ts';
import type { VaultScope } from '../scope.ts';
import { type Chain, planChain, settleChain } from './chain.ts';
import { byHistory } from './classify.ts';
import { planRow, sidesOf } from './plan-row.ts';
import { headRow, newestItems, openReleases, type RegionReleases, wipeReleases } from './releases.ts';
import { askRegions, type Part, type Run } from './run.ts';

const THE_RELEASE = { kind: 'release', name: 'release' } as const;

/** What would be done with the releases as they were listed. */
export function planRelease(run: Run, listed: RegionReleases): Promise<Part> {
  return planChain(run, THE_RELEASE, headRow(listed));
}

/** Brings the releases together. */
export async function syncRelease(run: Run): Promise<Part> {
  const { scope } = run;
  const { head } = releaseNames(scope.path);
  let releases: RegionReleases = new Map();
  const chain: Chain = {
    ...THE_RELEASE,
    async read() {
      wipeReleases(releases);
      releases = await readReleases(run);
      return headRow(releases);
    },
    async bring(from, target, signal) {
      const whole = [...releases.values()].find(
        ({ copy, opened }) => opened !== undefined && copy?.found?.digest === from.found.digest,
      )?.opened;
      if (whole === undefined) throw nowhereWhole(from.found.entry.core.revision);
      const there = releases.get(target.region)?.opened;
      // A secret that could not be brought there must not be named there: the region alone could not give it.
      if (target.region !== scope.home) {
        await bringLarge(scope, target.region, whole.items, there?.items ?? [], signal);
      }
      const texts = whole.parts.map(({ text }) => text);
      const begun = deadline(scope.timeout);
      await writeParts(scope, target.region, texts, there, begun);
      const { entry } = from.found;
      return (await claim(scope, target.region, head, entry, target.copy?.top, begun)) ? 'entry' : 'nothing';
    },
    async merge(_row, preferred) {
      const others = { ...othersOf(scope, releases, preferred.region.name), staged: true };
      const { changed } = await publish(scope, run.signal, others);
      const entry = scope.written.get(head)?.entry ?? releases.get(scope.home)?.copy?.found?.entry;
      return entry && { entry, changed };
    },
  };
  try {
    return await settleChain(run, chain);
  } finally {
    wipeReleases(releases);
  }
}

/** What the next publish has to take into account; undefined when home's release was made on top of all others. */
export async function releasesBesideHome(
  scope: VaultScope,
  caller?: AbortSignal,
): Promise<OtherReleases | undefined> {
  const none = { prefer: {}, publishes: true, sealed: 0, deleted: new Map() };
  const run: Run = { ...none, scope, signal: caller, lost: new Map() };
  const releases = await readReleases(run);
  const row = headRow(releases);
  const relate = byHistory(row, deadline(scope.timeout, caller));
  const plan = await planRow(row, { relate, home: scope.home });
  const isHome = plan.kind === 'copy' && plan.from.found.digest === row.get(scope.home)?.found?.digest;
  if (plan.kind !== 'conflict' && (plan.kind !== 'copy' || isHome)) return undefined;
  return othersOf(scope, releases);
}

async function readReleases(run: Run): Promise<RegionReleases> {
  const signal = deadline(run.scope.timeout, run.signal);
  const names = releaseNames(run.scope.path);
  const known = await askRegions(run, (region) => readHeadAndParts(region, names, signal));
  return openReleases(run.scope, known, signal);
}

function othersOf(scope: VaultScope, releases: RegionReleases, preferred?: string): OtherReleases {
  const row = headRow(releases);
  const home = row.get(scope.home)?.found?.digest;
  const others = sidesOf(row)
    .map(({ found }) => found.entry)
    .filter((entry) => digestOf(entry) !== home);
  return {
    items: newestItems(releases, preferred),
    above: Math.max(0, ...others.map(({ core }) => core.revision)),
    replaced: new Set(others.map(digestOf)),
  };
}

function nowhereWhole(number: number): WaxsealError {
  return new WaxsealError('release_incomplete', `no region holds all parts of release ${number}`, {
    hint: 'publish again: waxseal release publish',
  });
}
