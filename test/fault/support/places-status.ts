/** Whether a status tells what the regions hold. */
import { expect } from 'vitest';
import { parseDataKeyRecord } from '../../../src/envelope/index.ts';
import type { CopyState, VaultStatus } from '../../../src/vault/index.ts';
import { REGIONS, type RegionName } from './places-account.ts';
import { current, GONE, type Held, type HeldHistory } from './places-held.ts';

const [HOME] = REGIONS;

/** The state of each copy, by what it is of and by region. */
type States = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Compares a status with what was read, region by region. */
export function expectTrueStatus(status: VaultStatus, held: Held): void {
  const names = [...new Set(REGIONS.flatMap((region) => [...held[region].entries.keys()]))].sort();
  const wanted: Record<string, Readonly<Record<string, string>>> = {};
  const told: Record<string, Readonly<Record<string, string>>> = {};
  const row = (name: string): Readonly<Record<RegionName, HeldHistory | undefined>> => ({
    'us-east-1': held['us-east-1'].entries.get(name),
    'eu-west-1': held['eu-west-1'].entries.get(name),
    'ap-south-1': held['ap-south-1'].entries.get(name),
  });
  for (const name of names) wanted[name] = statesOf(row(name));
  for (const { name, cells, problem } of status.entries) {
    const gone = REGIONS.some((region) => current(held[region].entries.get(name))?.value === GONE);
    expect(problem?.code, name).toBe(gone ? 'large_incomplete' : undefined);
    told[name] = byRegion((region) => {
      const { state, revision, void: isVoid } = cells[region] ?? { state: 'none' };
      return said(state, revision, isVoid === true);
    });
  }
  const heads = { 'us-east-1': held[HOME].head, 'eu-west-1': held['eu-west-1'].head };
  wanted['the release'] = statesOf({ ...heads, 'ap-south-1': held['ap-south-1'].head }, 'release');
  told['the release'] = byRegion((region) => {
    const one = status.regions.find((candidate) => candidate.region === region);
    expect(one?.error, region).toBeUndefined();
    return said(one?.release.state ?? 'none', one?.release.number, false);
  });
  told['the data key'] = byRegion(
    (region) => status.regions.find((candidate) => candidate.region === region)?.dataKey.state ?? 'none',
  );
  wanted['the data key'] = dataKeyStates(held);
  expect(told, 'the status tells what the regions hold').toEqual(wanted);
  expect(status.equal, 'equal').toBe(allEqual(wanted, held));
}

/** A tombstone that is missing is no difference: the name is gone either way. */
function allEqual(states: States, held: Held): boolean {
  return Object.entries(states).every(([name, row]) => {
    const histories = REGIONS.map((region) => held[region].entries.get(name));
    const newest = histories
      .map(current)
      .reduce((best, one) => ((one?.revision ?? 0) > (best?.revision ?? 0) ? one : best), undefined);
    const deleted = newest !== undefined && newest.value === undefined;
    return Object.values(row).every(
      (state) => state.startsWith('equal') || (deleted && state.startsWith('missing')),
    );
  });
}

function statesOf(
  row: Readonly<Record<RegionName, HeldHistory | undefined>>,
  kind: 'entry' | 'release' = 'entry',
): Readonly<Record<string, string>> {
  const best = REGIONS.map((region) => current(row[region])).reduce(
    (most, one) => ((one?.revision ?? 0) > (most?.revision ?? 0) ? one : most),
    undefined,
  );
  const home = current(row[HOME]);
  const reference = home ?? best;
  const contains = (history: HeldHistory | undefined, digest: string): boolean =>
    history?.some((one) => one.counts && one.digest === digest) === true;
  return byRegion((region) => {
    const here = current(row[region]);
    const isVoid = kind === 'entry' && here !== undefined && row[region]?.at(-1) !== here;
    const state = ((): CopyState => {
      if (reference === undefined) return 'equal';
      if (here === undefined) return 'missing';
      if (here.value === GONE) return 'unreadable';
      if (here.digest === reference.digest) return home === undefined ? 'ahead' : 'equal';
      if (here.revision < reference.revision)
        return REGIONS.some((one) => contains(row[one], here.digest) && contains(row[one], reference.digest))
          ? 'behind'
          : 'diverged';
      return REGIONS.some((one) => contains(row[one], here.digest) && contains(row[one], reference.digest))
        ? 'ahead'
        : 'diverged';
    })();
    return said(state, here?.revision, isVoid);
  });
}

function dataKeyStates(held: Held): Readonly<Record<string, string>> {
  const ids = REGIONS.map((region) => {
    const [[name = '', record] = []] = [...held[region].own].filter(([own]) => own.endsWith('/data-key'));
    if (record === undefined) return undefined;
    return JSON.stringify(parseDataKeyRecord(record, name.slice(0, -'/.waxseal/data-key'.length)).id);
  });
  const first = ids.find((id) => id !== undefined);
  return byRegion((region) => {
    const id = ids[REGIONS.indexOf(region)];
    if (first === undefined) return 'equal';
    if (id === undefined) return 'missing';
    return id === first ? 'equal' : 'differs';
  });
}

function byRegion(tell: (region: RegionName) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(REGIONS.map((region) => [region, tell(region)]));
}

function said(state: string, revision: number | undefined, isVoid: boolean): string {
  return `${state} ${revision ?? '-'}${isVoid ? ' void' : ''}`;
}
