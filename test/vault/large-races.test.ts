/** Large secrets while others read, write, publish and remove parts: drawn from a seed, call by call. */
import { describe, expect, it } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import type { Secret, Vault } from '../../src/vault/index.ts';
import { idsIn, idsOfHistory, noise, revisionsIn } from '../support/large.ts';
import { createScheduler, type Scheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import { bytes, createWorld, HOME, REPLICA, VAULT, type World } from '../support/world.ts';

const BOTH = [HOME, REPLICA] as const;
const COUNT: number = rounds(25, 500);

/** One interleaving: its world, its draws, and vaults whose calls wait for their turn. */
interface Round {
  readonly world: World;
  readonly random: () => number;
  readonly scheduler: Scheduler;
  readonly where: string;
  open(...regions: readonly string[]): Vault;
  large(): Uint8Array;
}

function begin(round: number, salt: number): Round {
  const random = randomNumbers(seed * salt + round);
  const world = createWorld();
  const scheduler = createScheduler(random);
  return {
    world,
    random,
    scheduler,
    where: `round ${round} of seed ${seed}`,
    large: () => noise(3_000 + Math.floor(random() * 6_000), random),
    open: (...names) => {
      const [home = HOME, ...others] = names.length === 0 ? BOTH : names;
      const of = (name: string) => world.aws.region(name, world.kmsKey);
      return world.open({
        regions: [of(home), ...others.map(of)],
        pause: scheduler.pause,
        timeout: 60_000,
        hedgeAfter: 60_000,
      });
    },
  };
}

/** Lets the actors run, and gives what they gave. @throws what one of them threw, with where that was */
async function run<T>(
  { world, scheduler, where }: Round,
  actors: readonly (() => Promise<T>)[],
): Promise<readonly T[]> {
  world.aws.gate = scheduler.gate;
  const ends = await scheduler.run(actors);
  world.aws.gate = () => undefined;
  return ends.map((end) => {
    if (end.status === 'rejected') throw new Error(where, { cause: end.reason });
    return end.value;
  });
}

/** Each region alone gives this value, by its entry and by a start, and so do both together. */
async function checkStands({ world, where }: Round, value: Uint8Array, revision: number): Promise<void> {
  for (const region of BOTH) {
    const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
    const read = await alone.get('CERT');
    expect([read.revision, Buffer.compare(read.value, value)], `${region}, ${where}`).toEqual([revision, 0]);
    const { secrets } = await alone.boot({ large: () => true });
    expect(Buffer.compare(secrets.get('CERT')?.value ?? bytes(''), value), `${region}, ${where}`).toBe(0);
  }
  expect(await world.open().status(), where).toMatchObject({ equal: true });
}

/** What void attempts left is gone two publishes later, of the regions that hold it and without a sync. */
async function checkNothingLeft({ world, where, large }: Round): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await world.open().set('CERT', large());
    await world.open().publish();
  }
  for (const region of BOTH) {
    const history = idsOfHistory(world, region, 'CERT');
    expect(
      idsIn(world, region, 'CERT').filter((id) => !history.includes(id)),
      `${region}, ${where}`,
    ).toEqual([]);
    expect(revisionsIn(world, region, 'CERT'), `${region}, ${where}`).toHaveLength(2);
  }
  expect((await world.open().planSync()).past, where).toBeUndefined();
}

/** Values by revision, as their writers were told. */
type Acknowledged = Map<number, Uint8Array>;

/** What was read is what was written at that revision, all of it. */
function expectWhole(secret: Secret | undefined, written: Acknowledged, where: string): void {
  const value = written.get(secret?.revision ?? 0);
  expect(value, `revision ${secret?.revision}, ${where}`).toBeDefined();
  expect(Buffer.compare(secret?.value ?? bytes(''), value ?? bytes('')), where).toBe(0);
}

describe('readers in the middle of writes', () => {
  it.each(['get', 'load', 'boot'] as const)('by %s see old or new, and all of it', async (how) => {
    let reads = 0;
    for (let nth = 0; nth < COUNT; nth += 1) {
      const round = begin(nth, 11);
      const { world, random, scheduler, open, large, where } = round;
      const values = Array.from({ length: 5 }, (_, i) => (random() < 0.8 ? large() : bytes(`small ${i}`)));
      const written: Acknowledged = new Map(values.map((value, i) => [i + 1, value]));
      for (const value of values.slice(0, 2)) {
        await world.open().set('CERT', value);
        await world.open().publish();
      }
      const read = async (vault: Vault): Promise<Secret | undefined> => {
        if (how === 'get') return vault.get('CERT');
        if (how === 'load') return (await vault.load()).get('CERT');
        return (await vault.boot({ large: () => true })).secrets.get('CERT');
      };
      await run<void>(round, [
        async () => {
          const vault = open();
          for (const value of values.slice(2)) {
            await vault.set('CERT', value);
            // At most two of the three publishes pass during one read.
            await vault.publish();
            await scheduler.pause(400);
          }
        },
        ...[BOTH, BOTH, [HOME], [REPLICA]].map((regions) => async () => {
          for (let i = 0; i < 3; i += 1) {
            expectWhole(await read(open(...regions)), written, where);
            reads += 1;
            await scheduler.pause(Math.ceil(random() * 200));
          }
        }),
      ]);
      await checkStands(round, values[4] ?? bytes(''), 5);
    }
    tried(`interleavings of a writer and readers by ${how}, ${reads} reads`, COUNT);
  });

  it('are repeated where two publishes pass by, and then see the new', async () => {
    let repeated = 0;
    for (const how of ['get', 'boot'] as const) {
      // Each call of a read as the place where a writer does all of its work.
      for (let place = 1; ; place += 1) {
        const world = createWorld();
        const values = [1, 2, 3].map(() => noise(7_000));
        const put = async (value: Uint8Array): Promise<void> => {
          await world.open().set('CERT', value);
          await world.open().publish();
        };
        await put(values[0] ?? bytes(''));
        let calls = 0;
        let writing = false;
        world.aws.gate = async () => {
          if (writing) return undefined;
          calls += 1;
          if (calls !== place) return undefined;
          writing = true;
          for (const value of values.slice(1)) await put(value);
          writing = false;
          return undefined;
        };
        const vault = world.open({ timeout: 60_000, hedgeAfter: 60_000 });
        const read =
          how === 'get'
            ? await vault.get('CERT')
            : (await vault.boot({ large: () => true })).secrets.get('CERT');
        if (calls < place) break;
        expect([1, 3], `${how}, call ${place}`).toContain(read?.revision);
        expect(Buffer.compare(read?.value ?? bytes(''), values[(read?.revision ?? 0) - 1] ?? bytes(''))).toBe(
          0,
        );
        // A read that found parts gone reads the newest, which cost it more calls than one that did not.
        if (place > 1 && read?.revision === 3) repeated += 1;
      }
    }
    expect(repeated).toBeGreaterThanOrEqual(2);
  });
});

describe.each([
  ['large ones', 0],
  ['large and small ones', 0.5],
] as const)('writers of %s under one name', (_, small) => {
  it.each([2, 4])(
    '%i at once: the last that was acknowledged stands, and no part of it is missing',
    async (writers) => {
      for (let nth = 0; nth < COUNT; nth += 1) {
        const round = begin(nth, writers * 19 + small);
        const { world, random, open, large } = round;
        if (random() < 0.5) await world.open().set('CERT', large());
        const told = await run(
          round,
          Array.from({ length: writers }, (_unused, i) => async (): Promise<[number, Uint8Array]> => {
            const vault = open();
            const value = random() < small ? bytes(`by ${i}`) : large();
            const { revision } = await vault.set('CERT', value);
            if (random() < 0.5) await vault.publish();
            return [revision, value];
          }),
        );
        const written: Acknowledged = new Map(told);
        expect(written.size, round.where).toBe(writers);
        const last = Math.max(...written.keys());
        await world.open().publish();
        await checkStands(round, written.get(last) ?? bytes(''), last);
        await checkNothingLeft(round);
      }
      tried(`${writers} writers at once, interleavings`, COUNT);
    },
  );
});

it('publishes and syncs that remove parts at once leave all that is named', async () => {
  let removed = 0;
  for (let nth = 0; nth < COUNT; nth += 1) {
    const round = begin(nth, 29);
    const { world, random, open, large, where } = round;
    for (let i = 0; i < 3; i += 1) {
      await world.open().set('CERT', large());
      await world.open().publish();
    }
    // Left by somebody who was killed long ago.
    for (const region of BOTH) {
      world.aws.plant(region, `${VAULT}/.waxseal/large/CERT/1.${'0'.repeat(16)}.1`, 'AAAA');
    }
    const pins = random() < 0.5;
    const pinned = await world.open().get('CERT');
    if (pins) await world.open().pin(3);
    const told = await run(round, [
      ...[0, 1].map(() => async (): Promise<[number, Uint8Array]> => {
        let last: [number, Uint8Array] = [0, bytes('')];
        for (let i = 0; i < 2; i += 1) {
          const value = large();
          last = [(await open().set('CERT', value)).revision, value];
          await open().publish();
        }
        return last;
      }),
      async (): Promise<[number, Uint8Array]> => {
        const { past = [], problems } = await open().sync();
        // Others may be quicker than it for as long as they write.
        for (const { error } of problems) expect(isWaxsealError(error, 'conflict'), where).toBe(true);
        removed += past.reduce((sum, { parts }) => sum + parts, 0);
        return [0, bytes('')];
      },
    ]);
    await world.open().publish();
    const [revision, value] = told.reduce((a, b) => (b[0] > a[0] ? b : a));
    await checkStands(round, value, revision);
    for (const region of pins ? BOTH : []) {
      const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
      const { secrets } = await alone.boot({ pin: 3, large: () => true });
      expect(Buffer.compare(secrets.get('CERT')?.value ?? bytes(''), pinned.value), where).toBe(0);
    }
  }
  tried(`publishers and a sync that remove parts, interleavings (${removed} removals by the sync)`, COUNT);
});
