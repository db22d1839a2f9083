/** Purging a large secret: its parts go with it, and nothing else does. */
import { describe, expect, it } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import { idsIn, idsOfHistory, noise, partsIn, revisionsIn } from '../support/large.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import {
  bytes,
  createWorld,
  failing,
  HOME,
  parameter,
  REPLICA,
  rejection,
  type World,
} from '../support/world.ts';

const BOTH = [HOME, REPLICA] as const;

/** CERT, set twice, published and deleted at revision 3, beside others whose names are like it. */
async function deleted(): Promise<World> {
  const world = createWorld();
  const vault = world.open();
  for (const name of ['CERT/KEY', 'CERTS']) await vault.set(name, noise(4_000));
  for (let i = 0; i < 2; i += 1) await vault.set('CERT', noise(7_000));
  await vault.publish();
  await vault.delete('CERT');
  world.aws.calls.length = 0;
  return world;
}

/** Nothing of CERT is left, the others are whole, and it goes on above. */
async function checkPurged(world: World, last: number): Promise<void> {
  for (const region of BOTH) {
    expect(revisionsIn(world, region, 'CERT'), region).toEqual([]);
    expect(world.aws.versions(region, parameter('CERT'))).toEqual([]);
    expect(partsIn(world, region)).toHaveLength(4);
  }
  const { secrets } = await world.open().boot({ large: () => true });
  expect([...secrets.keys()].sort()).toEqual(['CERT/KEY', 'CERTS']);
  const value = noise(9_000);
  expect(await world.open().set('CERT', value)).toMatchObject({ revision: last + 1, behind: [] });
  await world.open().publish();
  for (const region of BOTH) {
    const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
    expect((await alone.get('CERT')).value).toEqual(value);
  }
  expect(await world.open().status()).toMatchObject({ equal: true });
}

describe('a purge of a large secret', () => {
  it('removes the parts of all its revisions in every region, when the tombstones are gone', async () => {
    const world = await deleted();
    expect(partsIn(world, REPLICA, 'CERT')).toHaveLength(6);
    expect(await world.open().purge('CERT')).toMatchObject({ revision: 3, removed: [REPLICA, HOME] });
    const removals = world.aws.calls.filter(({ operation }) => operation === 'remove');
    const isPart = removals.map(({ names }) => names[0]?.includes('/.waxseal/large/') === true);
    const six = Array.from({ length: 6 }, () => true);
    // Those of the first revision go with the publish before.
    expect(isPart).toEqual([...six, false, false, ...six]);
    await checkPurged(world, 3);
  });

  it('leaves what a pinned release names, as it leaves the values of small ones there', async () => {
    const world = await deleted();
    await world.open().undelete('CERT');
    const { release } = await world.open().publish();
    const { value } = await world.open().get('CERT');
    await world.open().pin(release);
    await world.open().delete('CERT');
    await world.open().publish();
    await world.open().purge('CERT');
    // Nor does a sync take it for past, nor a publish, whatever the name goes on with.
    await world.open().sync();
    for (let i = 0; i < 3; i += 1) {
      await world.open().set('CERT', noise(5_000));
      await world.open().publish();
    }
    for (const region of [HOME, REPLICA]) {
      const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
      const pinned = await alone.boot({ pin: release, large: () => true });
      expect(pinned.secrets.get('CERT')?.value).toEqual(value);
    }
    expect(await world.open().verify({})).toMatchObject({ authentic: true });
  });

  it('leaves the parts of a revision above the tombstone, which a write under way may be about', async () => {
    const world = await deleted();
    const underWay = parameter(`.waxseal/large/CERT/4.${'0'.repeat(16)}.1`);
    world.aws.plant(HOME, underWay, 'AAAA');
    await world.open().purge('CERT');
    expect(partsIn(world, HOME, 'CERT', 4)).toEqual([underWay]);
    expect(revisionsIn(world, HOME, 'CERT')).toEqual([4]);
  });

  it('of what is not there any more costs one listing a region for the parts, and removes nothing', async () => {
    const world = await deleted();
    await world.open().purge('CERT');
    world.aws.calls.length = 0;
    expect(await world.open().purge('CERT')).toEqual({ name: 'CERT', revision: 3, removed: [] });
    expect(world.aws.calls.filter(({ operation }) => operation === 'remove')).toEqual([]);
    expect(world.aws.calls.filter(({ operation }) => operation === 'list')).toHaveLength(2);
  });

  it('takes the parts of leftovers along', async () => {
    const world = await deleted();
    const names = partsIn(world, REPLICA, 'CERT');
    const entries = world.aws.versions(REPLICA, parameter('CERT'));
    await world.open().purge('CERT');
    // A copy that was on its way all the time.
    for (const name of names) world.aws.plant(REPLICA, name, 'AAAA');
    const copy = JSON.parse(entries.at(-1)?.value ?? '') as object;
    world.aws.plant(REPLICA, parameter('CERT'), JSON.stringify({ ...copy, slot: `${REPLICA}:1` }));
    expect((await world.open().purge('CERT')).removed).toEqual([REPLICA]);
    await checkPurged(world, 3);
  });

  it('is known to a first write that was at its parts all the time', async () => {
    const world = createWorld();
    let begun = false;
    world.aws.gate = async ({ operation, names }) => {
      if (begun || operation !== 'write' || names[0]?.includes('/large/CERT/') !== true) return undefined;
      begun = true;
      const vault = world.open();
      await vault.set('CERT', bytes('short'));
      await vault.delete('CERT');
      await vault.purge('CERT');
      return undefined;
    };
    expect(await world.open().set('CERT', noise(7_000))).toMatchObject({ revision: 3, behind: [] });
    for (const region of BOTH) {
      expect(partsIn(world, region, 'CERT', 1), region).toEqual([]);
      expect(revisionsIn(world, region, 'CERT'), region).toEqual([3]);
    }
    expect(await world.open().publish()).toMatchObject({ problems: [] });
    expect(await world.open().status()).toMatchObject({ equal: true });
  });

  it('is ended by a sync where only parts were left', async () => {
    const world = await deleted();
    world.aws.gate = failing(
      ({ operation, names }) => operation === 'remove' && names[0]?.includes('/large/') === true,
      'denied',
    );
    const error = await rejection(world.open().purge('CERT'), 'denied');
    expect(error.message).toContain('CERT is purged');
    expect(error.hint).toContain('waxseal region sync');
    world.aws.gate = () => undefined;
    const { past } = await world.open().planSync();
    expect(past).toEqual([
      { region: HOME, parts: 6 },
      { region: REPLICA, parts: 6 },
    ]);
    expect((await world.open().sync()).past).toEqual(past);
    await checkPurged(world, 3);
  });
});

describe('a purge that is cut off', () => {
  it.each(['fail', 'loseAnswer'] as const)('at any call (%s) is finished by the next', async (how) => {
    let tries = 0;
    for (let place = 1; ; place += 1) {
      const world = await deleted();
      let count = 0;
      world.aws.gate = ({ region }) => {
        count += 1;
        if (count < place) return undefined;
        const [first, then] = [failing(() => true, 'timeout'), failing(() => true, 'denied')];
        const verdict = (count === place ? first : then)({ region, operation: 'read', names: [] });
        return how === 'fail' || count > place || verdict === undefined
          ? verdict
          : { loseAnswer: verdict.fail };
      };
      const through = await world
        .open()
        .purge('CERT')
        .then(
          () => true,
          (error: unknown) => !isWaxsealError(error),
        );
      world.aws.gate = () => undefined;
      if (through && count < place) break;
      await world.open().purge('CERT');
      await checkPurged(world, 3);
      tries += 1;
    }
    expect(tries).toBeGreaterThan(20);
    tried(`purges of a large secret cut off (${how}), calls`, tries);
  });
});

it('a purge against writers of large values loses none that was acknowledged, nor a part of it', async () => {
  const count = rounds(25, 500);
  let conflicts = 0;
  for (let round = 0; round < count; round += 1) {
    const random = randomNumbers(seed * 13 + round);
    const scheduler = createScheduler(random);
    const world = await deleted();
    const open = () => world.open({ pause: scheduler.pause, timeout: 60_000, hedgeAfter: 60_000 });
    const value = noise(5_000 + Math.floor(random() * 5_000), random);
    world.aws.gate = scheduler.gate;
    const ends = await scheduler.run<{ readonly revision: number }>([
      async () => {
        await scheduler.pause(Math.ceil(random() * 120));
        return open().set('CERT', value);
      },
      () => open().purge('CERT'),
    ]);
    world.aws.gate = () => undefined;
    const [set, purged] = ends;
    const where = `round ${round} of seed ${seed}`;
    if (set?.status !== 'fulfilled') throw new Error(where, { cause: set?.reason });
    if (purged?.status === 'rejected') {
      expect(isWaxsealError(purged.reason, 'conflict'), `${where}: ${String(purged.reason)}`).toBe(true);
      conflicts += 1;
    }
    expect(set.value.revision, where).toBe(4);
    await world.open().publish();
    expect(await world.open().status(), where).toMatchObject({ equal: true });
    for (const region of BOTH) {
      const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
      expect((await alone.get('CERT')).value, where).toEqual(value);
    }
    // What void attempts left is nobody's two publishes later.
    for (let i = 0; i < 3; i += 1) {
      await world.open().set('CERT', bytes(`${i}`));
      await world.open().publish();
    }
    await world.open().sync();
    for (const region of BOTH) {
      const history = idsOfHistory(world, region, 'CERT');
      expect(
        idsIn(world, region, 'CERT').filter((id) => !history.includes(id)),
        where,
      ).toEqual([]);
    }
  }
  tried(`purge against a set of a large value, interleavings (${conflicts} of them conflicts)`, count);
});
