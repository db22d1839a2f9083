import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type AppAction, initialState, reduceApp } from '../../cli/ui/app-state.ts';
import { shorten } from '../../cli/ui/escape.ts';
import {
  INITIAL_REGIONS,
  type RegionsEvent,
  type RegionsState,
  reduceRegions,
  regionsBack,
  shownEntries,
} from '../../cli/ui/regions-state.ts';
import { matrixLayout } from '../../cli/ui/regions-view.ts';
import {
  canRun,
  INITIAL_SYNC,
  reduceSync,
  type SyncEvent,
  type SyncState,
  syncBack,
  syncItems,
} from '../../cli/ui/sync-state.ts';
import type {
  ConflictSide,
  CopyState,
  EntryStatus,
  SyncConflict,
  SyncKind,
  SyncPlan,
  VaultStatus,
} from '../../src/vault/index.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';

function entry(name: string, state: CopyState, more: Partial<EntryStatus> = {}): EntryStatus {
  const cells = { [HOME]: { state: 'equal', void: false }, [REPLICA]: { state, void: false } } as const;
  return { name, revision: 1, cells, drift: state !== 'equal' && state !== 'unreachable', ...more };
}

function status(...entries: readonly EntryStatus[]): VaultStatus {
  return { exists: true, entries, regions: [], equal: entries.every(({ drift }) => !drift) };
}

const regionsAfter = (state: RegionsState, ...events: readonly RegionsEvent[]): RegionsState =>
  events.reduce(reduceRegions, state);
const looked = (...entries: readonly EntryStatus[]): RegionsEvent => ({
  type: 'looked',
  status: status(...entries),
  at: 5,
});
const names = (state: RegionsState): readonly string[] => shownEntries(state).map(({ name }) => name);

describe('the matrix', () => {
  test('shows what differs, or all; a deletion that a region has not heard of differs', () => {
    const gone = { tombstone: 'pending', drift: false } as const;
    const state = regionsAfter(
      INITIAL_REGIONS,
      looked(
        entry('A', 'equal'),
        entry('B', 'behind'),
        entry('C', 'missing', gone),
        entry('D', 'unreachable', gone),
      ),
    );
    expect(names(state)).toEqual(['B', 'C']);
    expect(names(regionsAfter(state, { type: 'toggle-all' }))).toEqual(['A', 'B', 'C', 'D']);
  });

  test('keeps the cursor on its secret when another look shows more, and among the rows when it is gone', () => {
    const down: RegionsEvent = { type: 'select', by: 1, height: 5 };
    const state = regionsAfter(INITIAL_REGIONS, looked(entry('B', 'behind'), entry('C', 'behind')), down);
    expect(names(state)[state.selected]).toBe('C');
    const more = regionsAfter(state, looked(entry('A', 'ahead'), entry('B', 'behind'), entry('C', 'behind')));
    expect(names(more)[more.selected]).toBe('C');
    const less = regionsAfter(more, looked(entry('A', 'ahead'), entry('B', 'behind')));
    expect(names(less)[less.selected]).toBe('B');
    expect(regionsAfter(less, looked()).selected).toBe(0);
  });

  test('looks once at a time, and keeps what it saw when a look fails', () => {
    expect(regionsAfter(INITIAL_REGIONS, { type: 'look' })).toBe(INITIAL_REGIONS);
    const seen = regionsAfter(INITIAL_REGIONS, looked(entry('A', 'behind')));
    expect(seen).toMatchObject({ looking: false, looks: 1, lookedAt: 5 });
    const failed = regionsAfter(
      seen,
      { type: 'look' },
      { type: 'look-failed', problem: { message: 'gone' } },
    );
    expect(failed).toMatchObject({ looking: false, looks: 2, problem: { message: 'gone' } });
    expect(names(failed)).toEqual(['A']);
    expect(regionsAfter(failed, { type: 'look' }, looked()).problem).toBeUndefined();
  });

  test('has home and another region in sight in every width, and every region in one of its turns', () => {
    const region = fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-[1-9]$/);
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 240 }),
        fc.uniqueArray(region, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 0, max: 90 }),
        fc.boolean(),
        (width, regions, longest, noted) => {
          const turn = (page: number): ReturnType<typeof matrixLayout> =>
            matrixLayout(width, regions, { longest, noted, page });
          const seen = new Set<string>();
          for (let page = -1; page < turn(0).pages; page += 1) {
            const layout = turn(page);
            const used = layout.columns.reduce((sum, column) => sum + column.width + 2, 0);
            expect(used).toBeLessThanOrEqual(width);
            expect(layout.columns[0]?.width).toBeGreaterThanOrEqual(16);
            expect(layout.regions[0]).toBe(regions[0]);
            expect(layout.regions.length).toBeGreaterThanOrEqual(Math.min(2, regions.length));
            for (const one of layout.regions) seen.add(one);
          }
          expect([...seen].toSorted()).toEqual(regions.toSorted());
        },
      ),
    );
  });

  test('shortens names in their middle', () => {
    expect(shorten('ap-southeast-2', 14)).toBe('ap-southeast-2');
    expect(shorten('ap-southeast-2', 9)).toBe('ap-s…st-2');
    for (let width = 0; width < 15; width += 1) {
      expect(stringWidth(shorten('ap-southeast-2', width))).toBe(Math.min(14, width));
    }
  });
});

const side = (region: string): ConflictSide => ({
  region,
  revision: 2,
  sealedAt: 0,
  deleted: false,
  dataKeyId: 'dk',
});
const conflict = (name: string, kind: SyncKind = 'secret'): SyncConflict => ({
  kind,
  name,
  sides: [side(HOME), side(REPLICA)],
});
const plan = (more: Partial<SyncPlan> = {}): SyncPlan => ({
  exists: true,
  actions: [],
  conflicts: [],
  leftovers: [],
  problems: [],
  failed: {},
  ...more,
});
const action = {
  kind: 'secret',
  name: 'A',
  how: 'forward',
  from: HOME,
  to: REPLICA,
  revision: 2,
  deleted: false,
} as const;
const steps = (state: SyncState, ...events: readonly SyncEvent[]): SyncState =>
  events.reduce(reduceSync, state);
const planned = (more: Partial<SyncPlan>): SyncEvent => ({ type: 'planned', plan: plan(more) });

describe('a sync', () => {
  test('asks only when there is something to do, and runs only what was asked', () => {
    for (const nothing of [INITIAL_SYNC, steps(INITIAL_SYNC, planned({}))]) {
      expect(canRun(nothing)).toBe(false);
      expect(steps(nothing, { type: 'ask' }).step).toBe('plan');
    }
    const ready = steps(INITIAL_SYNC, planned({ actions: [action] }));
    expect(steps(ready, { type: 'run' }).step).toBe('plan');
    expect(steps(ready, { type: 'plan' }, { type: 'ask' }).step).toBe('plan');
    expect(steps(ready, { type: 'ask' }, { type: 'run' }).step).toBe('run');
    expect(steps(INITIAL_SYNC, planned({ publishes: true }), { type: 'ask' }).step).toBe('ask');
  });

  test('takes a side for the conflict in hand, plans anew, and keeps it in sight to take it back', () => {
    const open = steps(INITIAL_SYNC, planned({ conflicts: [conflict('A'), conflict('B')] }));
    const chosen = steps(open, { type: 'step-to', by: 1 }, { type: 'prefer', side: 2 });
    expect(chosen).toMatchObject({ choices: { B: REPLICA }, planning: true, plans: 2 });
    const again = steps(chosen, planned({ conflicts: [conflict('A')], actions: [action] }));
    expect(syncItems(again)).toMatchObject([
      { kind: 'conflict', conflict: { name: 'A' }, preferred: undefined },
      { kind: 'conflict', conflict: { name: 'B' }, preferred: REPLICA },
      { kind: 'action' },
    ]);
    expect(again.selected).toBe(1);
    expect(steps(again, { type: 'prefer', side: 1 }).choices).toEqual({ B: HOME });
    const back = steps(again, { type: 'prefer', side: 2 });
    expect(back.choices).toEqual({});
    expect(syncItems(steps(back, planned({ conflicts: [conflict('A')] })))).toHaveLength(1);
  });

  test.each([
    ['a side that there is not', 'secret', 3],
    ['a release, which is no secret', 'release', 1],
  ] as const)('takes no choice of %s', (_, kind, chosen) => {
    const open = steps(INITIAL_SYNC, planned({ conflicts: [conflict('A', kind)] }));
    expect(steps(open, { type: 'prefer', side: chosen })).toBe(open);
  });

  test('goes back one step at a time; out of a run only by its end', () => {
    const ask = steps(INITIAL_SYNC, planned({ actions: [action] }), { type: 'ask' });
    expect(syncBack(ask)?.step).toBe('plan');
    const run = steps(ask, { type: 'run' });
    expect(syncBack(run)).toMatchObject({ step: 'run', stopping: true });
    const failed = steps(run, { type: 'stop' }, { type: 'sync-failed' });
    expect(failed).toMatchObject({ step: 'plan', planning: true, stopping: false, plan: undefined });
    const done = steps(run, { type: 'synced', result: plan({ actions: [action] }) });
    expect(done.step).toBe('done');
    expect(syncBack(done)).toBeUndefined();
  });

  test('makes the matrix look again, whatever became of it', () => {
    const open = regionsAfter(INITIAL_REGIONS, looked(entry('A', 'behind')), { type: 'sync' });
    for (const event of [{ type: 'synced', result: plan() }, { type: 'sync-failed' }] as const) {
      expect(regionsAfter(open, event)).toMatchObject({ looking: true, looks: 2 });
    }
    expect(regionsBack(open)).toMatchObject({ sync: undefined, looking: true, looks: 2 });
    expect(regionsBack(INITIAL_REGIONS)).toBeUndefined();
  });
});

test('Esc leads from the plan to the matrix to a list that is read anew', () => {
  const app = (...actions: readonly AppAction[]): ReturnType<typeof initialState> =>
    actions.reduce(reduceApp, initialState());
  const open = app({ type: 'regions' }, { type: 'regions', event: { type: 'sync' } });
  expect(open).toMatchObject({ screen: { kind: 'regions' }, regions: { sync: { step: 'plan' } } });
  const matrix = reduceApp(open, { type: 'back' });
  expect(matrix).toMatchObject({ screen: { kind: 'regions' }, regions: { sync: undefined }, loads: 1 });
  expect(reduceApp(matrix, { type: 'back' })).toMatchObject({ screen: { kind: 'list' }, loads: 2 });
});
