/** How a vault stands in all its regions: one listing a region, and histories only where the chain has to be followed. */
import { isWaxsealError } from '../../errors.ts';
import { overAll } from '../at-once.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { dataKeyCopies, seeRecords } from '../key/put-back.ts';
import { dataKeyStatus } from '../key/rotate/age.ts';
import type { Region } from '../ports.ts';
import { releaseNames } from '../release/place.ts';
import type { VaultScope } from '../scope.ts';
import { byNumber, referenceOf, statesByChain, statesOf } from './classify.ts';
import {
  answering,
  type Copy,
  failures,
  highest,
  namesIn,
  openRow,
  type Row,
  readContents,
  rowOf,
  toCopy,
  trusted,
} from './copies.ts';
import { deletedNames, headRow, openReleases, wipeReleases } from './releases.ts';
import type {
  CellStatus,
  CopyState,
  EntryStatus,
  RegionStatus,
  ReleaseCopy,
  ReleaseStatus,
  VaultStatus,
} from './types.ts';
import { checkParts } from './whole.ts';

/** Rows that are looked at side by side: each may read histories. */
const ROWS_AT_ONCE = 8;

/** Compares all regions. @throws WaxsealError `cancelled`; a region that does not answer is part of the status */
export async function vaultStatus(scope: VaultScope, caller?: AbortSignal): Promise<VaultStatus> {
  checkCancelled(caller);
  const signal = deadline(scope.timeout * 10, caller);
  const contents = await readContents(scope, signal);
  checkCancelled(caller);
  const answered = answering(contents);
  const own = new Map([...answered].map(([region, found]) => [region, found.own]));
  const opened = await openReleases(scope, own, signal);
  const deletedAt = deletedNames(opened);
  wipeReleases(opened);
  const entries = await overAll(namesIn(answered), ROWS_AT_ONCE, async (name) => {
    const row = await openRow(scope, rowOf(answered, name), signal);
    const whole = await checkParts(scope, row, signal, answered);
    return entryStatus(scope, name, whole, deletedAt.get(name) ?? 0, signal);
  });
  const heads = headRow(opened);
  const releases = await releaseCopies(scope, heads, signal, 'history');
  checkCancelled(caller);
  const seen = await seeRecords(scope, answered, heads, signal);
  checkCancelled(caller);
  const dataKeys = dataKeyCopies(scope, seen);
  const failed = failures(contents);
  const regions = scope.regions.map(
    (region): RegionStatus => ({
      region: region.name,
      home: region === scope.home,
      error: failed[region.name],
      release: releases.get(region) ?? { state: 'unreachable' },
      dataKey: dataKeys.get(region) ?? { state: 'unreachable' },
    }),
  );
  const equal =
    entries.every(({ drift }) => !drift) &&
    regions.every(({ release, dataKey }) => release.state === 'equal' && dataKey.state === 'equal');
  const dataKey = dataKeyStatus(scope, answered, heads, seen);
  return { exists: contents.exists, entries, regions, dataKey, equal };
}

/** Compares the releases alone: one GetParameters a region, and nothing is opened. */
export async function releaseStatus(scope: VaultScope, caller?: AbortSignal): Promise<ReleaseStatus> {
  checkCancelled(caller);
  const signal = deadline(scope.timeout, caller);
  const { head } = releaseNames(scope.path);
  const failed = new Map<Region, ReleaseCopy>();
  const heads = new Map<Region, Copy | undefined>();
  await Promise.all(
    scope.regions.map(async (region) => {
      try {
        const top = (await region.parameters.read([head], signal)).get(head);
        heads.set(region, top && (await toCopy(region, top, signal)));
      } catch (error) {
        if (!isWaxsealError(error)) throw error;
        failed.set(region, { state: 'unreachable', problem: error });
      }
    }),
  );
  checkCancelled(caller);
  const copies = await releaseCopies(scope, heads, signal, 'number');
  const regions = scope.regions.map((region) => ({
    region: region.name,
    ...(copies.get(region) ?? failed.get(region) ?? { state: 'unreachable' as const }),
  }));
  return { regions, equal: regions.every(({ state }) => state === 'equal') };
}

async function entryStatus(
  scope: VaultScope,
  name: string,
  row: Row,
  deletedAt: number,
  signal: AbortSignal,
): Promise<EntryStatus> {
  const { states, problem } = await statesByChain(row, referenceOf(scope, row), signal);
  const best = highest(row)?.found.entry.core;
  const deleted = best?.flags.tombstone === true;
  const cell = (region: Region): CellStatus => {
    const copy = row.get(region);
    return {
      state: states.get(region) ?? 'unreachable',
      revision: copy?.found?.entry.core.revision,
      void: hasVoidTop(copy),
      problem: copy?.problem,
    };
  };
  // A purge that was cut off may have left the tombstone in replicas alone, which then are ahead of home. It began
  // when a release knew it as deleted; before that home has to get the tombstone.
  const begun = deleted && deletedAt >= best.revision;
  const purging = begun && states.get(scope.home) === 'missing';
  const drifts = (state: CopyState): boolean =>
    state !== 'equal' && !(deleted && state === 'missing') && !(purging && state === 'ahead');
  const holders = [...row.values()].filter((copy) => trusted(copy)?.entry.core.flags.tombstone === true);
  return {
    name,
    revision: best?.revision ?? 0,
    ...(best === undefined || best.expiresAt === 0 ? {} : { expiresAt: best.expiresAt * 1000 }),
    tombstone: deleted ? (holders.length === scope.regions.length ? 'everywhere' : 'pending') : undefined,
    cells: Object.fromEntries(scope.regions.map((region) => [region.name, cell(region)] as const)),
    drift: [...states.values()].some(drifts),
    problem: problem ?? [...row.values()].find((copy) => copy?.problem !== undefined)?.problem,
  };
}

async function releaseCopies(
  scope: VaultScope,
  row: Row,
  signal: AbortSignal,
  by: 'history' | 'number',
): Promise<ReadonlyMap<Region, ReleaseCopy>> {
  const reference = referenceOf(scope, row);
  const states =
    by === 'number'
      ? await statesOf(row, reference, byNumber)
      : (await statesByChain(row, reference, signal)).states;
  const nowhere = [...row.values()].every((copy) => copy === undefined);
  return new Map(
    [...row].map(([region, copy]): [Region, ReleaseCopy] => {
      if (nowhere) return [region, { state: 'equal' }];
      const { entry, digest } = copy?.found ?? {};
      const state = states.get(region) ?? 'unreachable';
      return [region, { state, number: entry?.core.revision, digest, problem: copy?.problem }];
    }),
  );
}

/** Whether the newest version of a copy is a write that never counted. */
function hasVoidTop(copy: Copy | undefined): boolean {
  return copy?.found !== undefined && copy.found.stored.version !== copy.top.version;
}
