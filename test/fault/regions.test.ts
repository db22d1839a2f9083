/**
 * Each operation with each fault in one region of three, on the emulator over HTTP, against the table of what must happen.
 * Deadlines and hedge delays are options, so a region that answers after 5 s is left when they pass and not waited for;
 * only a listing waits for its own 3 s of silence.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deep, randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import {
  callsOf,
  type Patience,
  perform,
  type Seen,
  WRITTEN,
  withVault,
} from './support/region-operations.ts';
import { cause, makeStages, type Stage, type Stages, VALUES } from './support/region-stage.ts';
import { CELLS, type Cell, callsElsewhere, type Outcome, REGIONS, SILENT } from './support/region-table.ts';

const NEWEST = VALUES.length;
const PATIENT: Patience = { timeout: 20_000, hedgeAfter: 20_000 };

let stages: Stages;
const lines = new Map<Cell, string>();

beforeAll(async () => {
  stages = await makeStages();
});
afterAll(() => {
  stages.close();
  // In the order of the table, whatever the order in which they ended.
  for (const cell of CELLS) if (lines.has(cell)) console.info(lines.get(cell));
});

async function onStage<T>(use: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await stages.open();
  try {
    return await use(stage);
  } finally {
    await stage.close();
  }
}

/** As long as a healthy region may take, and no longer than is needed to see that a silent one does not answer. */
function patienceFor({ fault, operation, place }: Cell): Patience {
  if (!SILENT.includes(fault)) return PATIENT;
  if (operation === 'set') return { timeout: 2_000, hedgeAfter: PATIENT.hedgeAfter };
  return place === 'home' ? { ...PATIENT, hedgeAfter: 300 } : PATIENT;
}

function checkOutcome({ place, operation, expected }: Cell, seen: Seen): void {
  const { result, from, told, copies }: Outcome = expected;
  const current = operation === 'set' ? WRITTEN : VALUES[NEWEST - 1];
  if (typeof result === 'string') expect(seen.result).toBe(result === 'current' ? current : VALUES[0]);
  else expect(result).toContain(seen.result);
  if (from === undefined) expect(seen.from).toBeUndefined();
  else if (from === 'elsewhere' || operation === 'exec') expect(seen.from).not.toBe(REGIONS[place]);
  else expect(seen.from).toBe(REGIONS[from]);
  if (told === undefined || from === undefined) expect(seen.told ?? {}).toEqual({});
  else {
    expect(Object.keys(seen.told ?? {})).toEqual([REGIONS[place]]);
    expect(told).toContain(seen.told?.[REGIONS[place]]);
  }
  expect(seen.copies).toBe(copies);
}

/** What stands afterwards where there is no fault: the write, or what was there before, and never half of it. */
async function checkStanding({ place, expected }: Cell, stage: Stage): Promise<void> {
  stage.emulator.clearFaults();
  const healthy = [REGIONS.third, place === 'home' ? REGIONS.replica : REGIONS.home];
  const written = expected.from !== undefined;
  await withVault(stage, PATIENT, async (vault) => {
    for (const region of healthy) {
      const { value, revision } = await vault.get('A', { region });
      expect([Buffer.from(value).toString(), revision, region]).toEqual([
        written ? WRITTEN : VALUES[NEWEST - 1],
        written ? NEWEST + 1 : NEWEST,
        region,
      ]);
    }
    // The data key is open by now, so that home's own KMS is not needed to look at what stands there.
    const { revision } = await vault.get('A', { region: REGIONS.home });
    expect(revision).toBe(written ? NEWEST + 1 : NEWEST);
  });
}

async function check(cell: Cell): Promise<void> {
  const { place, fault, operation } = cell;
  await onStage(async (stage) => {
    await cause(stage, place, fault);
    stage.emulator.clearCalls();
    const floor = fault === 'stale by 2 revisions' ? NEWEST : undefined;
    const seen = await perform(stage, operation, patienceFor(cell), floor);
    const calls = callsOf(stage);
    lines.set(cell, lineOf(cell, seen, calls));
    checkOutcome(cell, seen);
    const elsewhere = callsElsewhere(cell);
    if (elsewhere !== undefined) expect(calls).toMatchObject(elsewhere);
    if (operation === 'set') await checkStanding(cell, stage);
  });
}

function lineOf({ place, fault, operation }: Cell, seen: Seen, calls: ReturnType<typeof callsOf>): string {
  const told = Object.entries(seen.told ?? {}).map(([region, code]) => `${region}: ${code}`);
  const asked = Object.entries(calls).map(([region, made]) => `${region} ${made.join(' + ') || 'none'}`);
  const outcome = [seen.result, ...told, ...(seen.copies === undefined ? [] : [seen.copies])].join(', ');
  return `${place} | ${fault} | ${operation} | ${outcome} | from ${seen.from ?? 'nobody'} | ${asked.join('; ')}`;
}

/** Cells that run here: all that the library does, and of the processes a few, unless all are asked for. */
const library = CELLS.filter(({ operation }) => operation !== 'exec');
const processes = someOf(
  CELLS.filter(({ operation }) => operation === 'exec'),
  rounds(4, CELLS.length),
);

function someOf(cells: readonly Cell[], count: number): readonly Cell[] {
  const random = randomNumbers(seed);
  const drawn = cells.map((cell) => ({ cell, at: random() })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, count).map(({ cell }) => cell);
}

describe.concurrent('a fault in one region', () => {
  test.each(library)('$place $fault, $operation', check);
});

describe('a fault in one region, of a process that starts', () => {
  tried('starts of a process', processes.length);
  test.each(processes)('$place $fault, $operation', check);
});

test('the table has a cell for each region, fault and operation', () => {
  expect(CELLS).toHaveLength(2 * 9 * 5);
  expect(library.length + processes.length).toBe(deep ? 90 : 76);
});

describe('a stale region and a floor', () => {
  const load = (stage: Stage, floor?: number): Promise<Seen> => perform(stage, 'loadSecrets', PATIENT, floor);

  test('without a floor the release of a home that is stale is taken: nothing tells it from the newest', () =>
    onStage(async (stage) => {
      await cause(stage, 'home', 'stale by 2 revisions');
      expect(await load(stage)).toEqual({ result: VALUES[0], from: REGIONS.home });
    }));

  test('with home down a stale replica answers, unless a floor refuses it: then the next one does', () =>
    onStage(async (stage) => {
      await cause(stage, 'home', 'down');
      await cause(stage, 'replica', 'stale by 2 revisions');
      expect(await load(stage)).toEqual({ result: VALUES[0], from: REGIONS.replica });
      expect(await load(stage, NEWEST)).toEqual({ result: VALUES[NEWEST - 1], from: REGIONS.third });
    }));

  test('a home that is stale for a moment costs a write one void version, and no more while it lasts', () =>
    onStage(async (stage) => {
      stage.emulator.setFault({
        region: REGIONS.home,
        operation: 'GetParameters',
        kind: 'stale',
        ms: 30_000,
        times: 3,
      });
      stage.emulator.clearCalls();
      expect(await perform(stage, 'set', PATIENT)).toEqual({ result: WRITTEN, from: REGIONS.home, told: {} });
      expect(callsOf(stage).home).toEqual(['Decrypt 1', 'GetParameters 5', 'PutParameter 2']);
      const { value, revision } = await withVault(stage, PATIENT, (vault) => vault.get('A'));
      expect([Buffer.from(value).toString(), revision]).toEqual([WRITTEN, NEWEST + 1]);
    }));

  test.each([
    ['home', 'PutParameter 6'],
    ['replica', 'PutParameter 3'],
  ] as const)('a %s that stays stale is not filled with void versions', (place, puts) =>
    onStage(async (stage) => {
      await cause(stage, place, 'stale by 2 revisions');
      stage.emulator.clearCalls();
      await perform(stage, 'set', PATIENT);
      expect(callsOf(stage)[place]).toContain(puts);
    }),
  );

  test('a floor that no region meets starts nothing', () =>
    onStage(async (stage) => {
      expect(await load(stage, NEWEST + 1)).toEqual({ result: 'release_too_old' });
    }));
});
