import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  publishingWithEach,
  type SyncAction,
  type SyncOptions,
  type SyncPlan,
  type Vault,
} from '../../src/vault/index.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import { ALL, THIRD, type ThreeRegions, threeRegions } from '../support/three-regions.ts';
import { bytes, createWorld, failing, HOME, parameter, REPLICA, rejection, text } from '../support/world.ts';

const RECORD = parameter('.waxseal/data-key');

async function filled(...names: readonly string[]): Promise<ThreeRegions> {
  const world = threeRegions();
  for (const name of names) await world.open().set(name, bytes('one'));
  await world.open().publish();
  world.counted();
  return world;
}

/** What each region holds under a name: revision and value, or what is wrong. */
async function held(world: ThreeRegions, name: string): Promise<readonly string[]> {
  return Promise.all(
    ALL.map(async (region) => {
      try {
        const { revision, value } = await world.open().get(name, { region });
        return `${revision} ${text(value)}`;
      } catch (error) {
        return (error as Error).message.includes('deleted') ? 'deleted' : (error as { code: string }).code;
      }
    }),
  );
}

function brief(actions: readonly SyncAction[]): readonly string[] {
  return actions
    .map(({ name, how, from, to, revision }) => `${how} ${name} ${revision} ${from} > ${to}`)
    .sort();
}

/** Syncs, and looks that the plan said so before and that nothing is left to do after. */
async function settled(world: ThreeRegions, options: SyncOptions = {}): Promise<SyncPlan> {
  const plan = await world.open().planSync(options);
  const done = await world.open().sync(options);
  expect(brief(done.actions)).toEqual(brief(plan.actions));
  const { actions, problems } = await world.open().planSync(options);
  expect([actions, problems]).toEqual([[], []]);
  return done;
}

/** Writes that each region's home-of-the-day took, without the others. */
async function write(vault: Vault, name: string, ...values: readonly string[]): Promise<void> {
  for (const value of values) await vault.set(name, bytes(value));
}

describe('a sync', () => {
  it('of equal regions costs one listing each and one Decrypt, and writes nothing', async () => {
    const world = await filled('A', 'B');
    const done = await world.open().sync();
    expect(done).toMatchObject({ exists: true, actions: [], conflicts: [], leftovers: [], problems: [] });
    expect(world.counted()).toEqual(
      [...ALL.map((region) => `list ${region}: 1`), `unwrap ${HOME}: 1`].sort(),
    );
  });

  it('reads again by name what it is about to write, and nothing else', async () => {
    const world = await filled('A', 'B', 'C');
    await write(world.only(HOME, REPLICA), 'A', 'two');
    world.counted();
    await world.open().sync();
    expect(world.counted()).toEqual(
      [
        ...ALL.flatMap((region) => [`list ${region}: 1`, `read ${region}: 1`]),
        `unwrap ${HOME}: 1`,
        `write ${THIRD}: 1`,
      ].sort(),
    );
  });

  it('brings what home went on from to the others, also many revisions later', async () => {
    const world = await filled('A', 'B');
    await write(world.only(HOME), 'A', 'two');
    await write(world.only(HOME), 'B', 'two', 'three', 'four');
    const done = await settled(world);
    expect(brief(done.actions)).toEqual(
      [
        `forward A 2 ${HOME} > ${THIRD}`,
        `forward A 2 ${HOME} > ${REPLICA}`,
        `forward B 4 ${HOME} > ${THIRD}`,
        `forward B 4 ${HOME} > ${REPLICA}`,
      ].sort(),
    );
    expect(await held(world, 'B')).toEqual(['4 four', '4 four', '4 four']);
  });

  it('brings home what somebody wrote in a replica while home was cut off', async () => {
    const world = await filled('A');
    await write(world.only(REPLICA), 'A', 'two', 'three');
    await write(world.only(REPLICA), 'NEW', 'born there');
    await settled(world);
    expect(await held(world, 'A')).toEqual(['3 three', '3 three', '3 three']);
    expect(await held(world, 'NEW')).toEqual(['1 born there', '1 born there', '1 born there']);
    // Home took it as a write of its own: the next one goes on top of it.
    await write(world.open(), 'A', 'four');
    expect(await held(world, 'A')).toEqual(['4 four', '4 four', '4 four']);
  });

  it('follows the chain through the histories of several regions', async () => {
    const world = await filled('A');
    await write(world.only(REPLICA), 'A', 'two', 'three', 'four');
    // The third region has the second revision, home none between the first and the last.
    world.aws.plant(THIRD, parameter('A'), world.aws.versions(REPLICA, parameter('A'))[1]?.value ?? '');
    world.aws.plant(HOME, parameter('A'), world.aws.versions(REPLICA, parameter('A')).at(-1)?.value ?? '');
    await settled(world);
    expect(await held(world, 'A')).toEqual(['4 four', '4 four', '4 four']);
  });

  it('creates what is missing, replaces what is not to be trusted, and leaves void writes alone', async () => {
    const world = await filled('A', 'B', 'C');
    await write(world.only(HOME, REPLICA), 'D', 'one');
    world.aws.plant(THIRD, parameter('A'), 'not an entry');
    world.aws.plant(REPLICA, parameter('B'), world.aws.versions(HOME, parameter('A'))[0]?.value ?? '');
    world.aws.plant(HOME, parameter('C'), world.aws.versions(HOME, parameter('C'))[0]?.value ?? '');
    const done = await settled(world);
    expect(brief(done.actions)).toEqual([
      `create D 1 ${HOME} > ${THIRD}`,
      `replace A 1 ${HOME} > ${THIRD}`,
      `replace B 1 ${HOME} > ${REPLICA}`,
    ]);
    for (const name of ['A', 'B', 'C', 'D'])
      expect(await held(world, name)).toEqual(['1 one', '1 one', '1 one']);
    expect(world.aws.versions(HOME, parameter('C'))).toHaveLength(2);
  });

  it('saves the only copy of a newer revision from below a forged one', async () => {
    const world = await filled('A');
    await write(world.only(REPLICA), 'A', 'two');
    world.aws.plant(REPLICA, parameter('A'), 'not an entry');
    await settled(world);
    expect(await held(world, 'A')).toEqual(['2 two', '2 two', '2 two']);
  });

  it('says of a secret that no region holds well that it cannot help', async () => {
    const world = await filled('B');
    for (const region of ALL) world.aws.plant(region, parameter('A'), 'not an entry');
    const { problems, actions } = await world.open().sync();
    expect(problems.map(({ name, error }) => [name, error.code])).toEqual([['A', 'malformed']]);
    expect(actions).toEqual([]);
  });

  it('leaves out a region that does not answer, and does the rest', async () => {
    const world = await filled('A');
    await write(world.only(REPLICA), 'A', 'two');
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const done = await world.open().sync();
    expect(brief(done.actions)).toEqual([`forward A 2 ${REPLICA} > ${THIRD}`]);
    expect(done.failed[HOME]?.code).toBe('unreachable');
    world.aws.gate = failing(({ region, operation }) => region === HOME && operation === 'write', 'denied');
    const denied = await world.open().sync();
    expect([denied.actions, denied.failed[HOME]?.code]).toEqual([[], 'denied']);
    world.aws.gate = () => undefined;
    await settled(world);
    expect(await held(world, 'A')).toEqual(['2 two', '2 two', '2 two']);
  });

  it('opens by the KMS of another region what one refuses', async () => {
    const world = await filled('A');
    await write(world.only(HOME), 'A', 'two');
    world.aws.gate = failing(
      ({ region, operation }) => region === HOME && operation === 'unwrap',
      'key_unusable',
    );
    const done = await world.open().sync();
    expect([done.problems, done.actions.length]).toEqual([[], 2]);
    world.aws.gate = () => undefined;
    expect(await held(world, 'A')).toEqual(['2 two', '2 two', '2 two']);
  });

  it('waits when a region asks to slow down, and sees through a write whose answer got lost', async () => {
    const world = await filled('A');
    await write(world.only(HOME), 'A', 'two');
    let writes = 0;
    world.aws.gate = (call) => {
      if (call.operation !== 'write') return undefined;
      writes += 1;
      if (writes <= 8) return failing(() => true, 'throttled')(call);
      const lost = failing(() => true, 'timeout')(call);
      return writes === 9 && lost !== undefined ? { loseAnswer: lost.fail } : undefined;
    };
    await world.open().sync();
    world.aws.gate = () => undefined;
    expect(await held(world, 'A')).toEqual(['2 two', '2 two', '2 two']);
  });
});

describe('a conflict', () => {
  /** Home and replica both wrote on top of the first revision; the replica went further. */
  async function conflicting(): Promise<ThreeRegions> {
    const world = await filled('A', 'B');
    await write(world.only(HOME), 'A', 'here');
    await write(world.only(REPLICA), 'A', 'there', 'there again');
    return world;
  }

  it('shows both sides and touches neither', async () => {
    const world = await conflicting();
    const before = await held(world, 'A');
    const { actions, conflicts } = await settled(world);
    expect(actions).toEqual([]);
    expect(conflicts).toMatchObject([
      {
        kind: 'secret',
        name: 'A',
        sides: [
          { region: HOME, revision: 2, writtenBy: 'arn:test', deleted: false },
          { region: REPLICA, revision: 3, writtenBy: 'arn:test', deleted: false },
          { region: THIRD, revision: 1, deleted: false },
        ],
      },
    ]);
    expect(JSON.stringify(conflicts)).not.toMatch(/here/);
    expect(await held(world, 'A')).toEqual(before);
  });

  it.each([
    [HOME, 'here'],
    [REPLICA, 'there again'],
    [THIRD, 'one'],
  ])('is merged above all sides when %s is preferred', async (region, value) => {
    const world = await conflicting();
    const done = await world.open().sync({ prefer: { region } });
    expect(done.conflicts).toEqual([]);
    expect(done.actions.filter(({ how }) => how === 'merge')).toMatchObject([
      { from: region, to: HOME, revision: 4 },
    ]);
    expect(await held(world, 'A')).toEqual([`4 ${value}`, `4 ${value}`, `4 ${value}`]);
    // On top of home's, which stays in the history; the other side stays in its own.
    const history = await world.open().history('A');
    expect(history.map(({ revision, linked }) => [revision, linked])).toEqual([
      [4, true],
      [2, true],
      [1, true],
    ]);
    expect(world.aws.versions(REPLICA, parameter('A'))).toHaveLength(4);
    expect((await world.open().sync({ prefer: { region } })).actions).toEqual([]);
  });

  it('is decided for one secret and not for another, by the region that holds it', async () => {
    const world = await conflicting();
    await write(world.only(HOME), 'B', 'here');
    await write(world.only(THIRD), 'B', 'third');
    const { conflicts } = await world.open().sync({ prefer: { names: { B: THIRD } } });
    expect(conflicts.map(({ name }) => name)).toEqual(['A']);
    expect(await held(world, 'B')).toEqual(['3 third', '3 third', '3 third']);
    await rejection(world.open().sync({ prefer: { region: 'mars-1' } }), 'usage');
    await rejection(world.open().planSync({ prefer: { names: { TYPO: HOME } } }), 'usage');
  });

  it('of a deletion and a value is decided either way', async () => {
    const world = await filled('A', 'B');
    for (const name of ['A', 'B']) {
      await world.only(HOME).delete(name);
      await write(world.only(REPLICA), name, 'alive');
    }
    await world.open().sync({ prefer: { region: HOME, names: { B: REPLICA } } });
    expect(await held(world, 'A')).toEqual(['deleted', 'deleted', 'deleted']);
    expect(await held(world, 'B')).toEqual(['3 alive', '3 alive', '3 alive']);
  });

  it('is what becomes of an ancestor that no history keeps any more', async () => {
    const world = await filled('A');
    for (let n = 2; n <= 120; n += 1) await write(world.only(HOME), 'A', `${n}`);
    const { conflicts, actions } = await world.open().sync();
    expect([conflicts.length, actions]).toEqual([1, []]);
    await world.open().sync({ prefer: { region: HOME } });
    expect(await held(world, 'A')).toEqual(['120 120', '120 120', '120 120']);
  });

  it('cannot be decided without home', async () => {
    const world = await filled('A');
    await write(world.only(REPLICA), 'A', 'there');
    await write(world.only(THIRD), 'A', 'elsewhere');
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const done = await world.open().sync({ prefer: { region: REPLICA } });
    expect([done.actions, done.conflicts.length]).toEqual([[], 1]);
  });

  it('yields to a write that comes between the look and the merge', async () => {
    const world = await conflicting();
    let first = true;
    world.aws.gate = async ({ operation, region, names }) => {
      if (operation !== 'write' || region !== HOME || !names.includes(parameter('A')) || !first)
        return undefined;
      first = false;
      await write(world.only(HOME), 'A', 'by hand');
      return undefined;
    };
    const { conflicts } = await world.open().sync({ prefer: { region: REPLICA } });
    expect(conflicts).toHaveLength(1);
    expect(conflicts[0]?.sides[0]?.revision).toBe(3);
    expect((await held(world, 'A')).slice(0, 2)).toEqual(['3 by hand', '3 there again']);
  });
});

describe('deleted names', () => {
  it('are not copied to where they are missing: a purge may be under way', async () => {
    const world = await filled('A');
    await write(world.only(HOME, REPLICA), 'GONE', 'one');
    await world.only(HOME, REPLICA).delete('GONE');
    await write(world.only(HOME, REPLICA), 'LATE', 'one');
    await world.only(HOME).delete('LATE');
    const done = await settled(world);
    // The region that still has the value gets the tombstone, the one that lacks the name does not.
    expect(brief(done.actions)).toEqual([`forward LATE 2 ${HOME} > ${REPLICA}`]);
    expect(await held(world, 'GONE')).toEqual(['deleted', 'deleted', 'not_found']);
  });

  it('are brought home when no release knows yet that they are deleted, or it would go on with them', async () => {
    const world = await filled('A');
    const acting = world.only(REPLICA, THIRD);
    await write(acting, 'B', 'one');
    await acting.publish();
    await acting.delete('B');
    const { entries } = await world.open().status();
    expect(entries.find(({ name }) => name === 'B')).toMatchObject({ drift: true });
    const { actions } = await settled(world);
    expect(brief(actions)).toEqual([
      `create B 2 ${REPLICA} > ${HOME}`,
      `forward release 2 ${REPLICA} > ${HOME}`,
    ]);
    await world.open().publish();
    for (const region of ALL) expect([...(await world.only(region).boot()).secrets.keys()]).toEqual(['A']);
  });

  it('that a region still holds alive, and the release knows as deleted, are told and not copied', async () => {
    const world = await filled('A');
    await write(world.open(), 'OLD', 'one');
    const old = world.aws.versions(HOME, parameter('OLD'))[0]?.value ?? '';
    await world.open().delete('OLD');
    await world.open().publish();
    // Purged everywhere; then a copy from before turns up in one region.
    for (const region of ALL) world.aws.remove(region, parameter('OLD'));
    world.aws.plant(THIRD, parameter('OLD'), old);
    const { actions, leftovers } = await settled(world);
    expect(actions).toEqual([]);
    expect(leftovers).toEqual([{ name: 'OLD', regions: [THIRD], revision: 1, deletedAt: 2 }]);
    expect(await held(world, 'OLD')).toEqual(['not_found', 'not_found', '1 one']);
    // That is what a purge is for, and it asks for no tombstone.
    expect(await world.open().purge('OLD')).toEqual({ name: 'OLD', revision: 2, removed: [THIRD] });
    expect(await held(world, 'OLD')).toEqual(['not_found', 'not_found', 'not_found']);
    expect((await settled(world)).leftovers).toEqual([]);
  });

  it('are copied when they were born again above what the release knows', async () => {
    const world = await filled('A');
    await world.open().delete('A');
    await world.open().publish();
    world.aws.remove(THIRD, parameter('A'));
    await write(world.only(HOME, REPLICA), 'A', 'again');
    await settled(world);
    expect(await held(world, 'A')).toEqual(['3 again', '3 again', '3 again']);
  });
});

describe('the data key record', () => {
  it('is copied to where it is missing, and replaced where it is not one', async () => {
    const world = threeRegions();
    await write(world.only(HOME), 'A', 'one');
    world.aws.plant(REPLICA, RECORD, 'not a record');
    const done = await settled(world);
    expect(brief(done.actions).filter((line) => line.includes('record'))).toEqual([
      `create data key record 1 ${HOME} > ${THIRD}`,
      `replace data key record 1 ${HOME} > ${REPLICA}`,
    ]);
    expect(new Set(ALL.map((region) => world.aws.versions(region, RECORD).at(-1)?.value)).size).toBe(1);
  });

  it('of one generation made twice is a conflict, which the preferred region decides', async () => {
    const world = threeRegions();
    await write(world.only(HOME), 'A', 'one');
    await write(world.only(REPLICA), 'B', 'one');
    const { conflicts } = await world.open().sync();
    expect(conflicts).toMatchObject([
      {
        kind: 'data-key',
        sides: [
          { region: HOME, revision: 1 },
          { region: REPLICA, revision: 1 },
        ],
      },
    ]);
    await settled(world, { prefer: { region: REPLICA } });
    const records = ALL.map((region) => world.aws.versions(region, RECORD).at(-1)?.value);
    expect(new Set(records)).toEqual(new Set([world.aws.versions(REPLICA, RECORD)[0]?.value]));
    // What was sealed under the other opens all the same: each entry carries its own.
    expect(await held(world, 'A')).toEqual(['1 one', '1 one', '1 one']);
  });
});

describe('releases', () => {
  const boot = async (world: ThreeRegions, region: string): Promise<Record<string, string>> => {
    const { secrets, release } = await world.only(region).boot();
    const values = [...secrets].map(([name, { value }]) => [name, text(value)] as const);
    return { ...Object.fromEntries(values), '#': String(release) };
  };

  it('are brought to where they are missing or older, and home, parts and all', async () => {
    const world = await filled('A');
    const large = Array.from({ length: 120 }, (_, i) => ({
      name: `S_${i}`,
      value: Uint8Array.from(Buffer.from(randomBytes(32).toString('base64'))),
    }));
    await world.only(REPLICA).import(large);
    await world.only(REPLICA).publish();
    const done = await settled(world);
    expect(brief(done.actions).filter((line) => line.includes('release'))).toEqual(
      [HOME, THIRD].map((to) => `forward release 2 ${REPLICA} > ${to}`).sort(),
    );
    const expected = await boot(world, REPLICA);
    expect(Object.keys(expected)).toHaveLength(122);
    for (const region of ALL) expect(await boot(world, region)).toEqual(expected);
    expect(await world.open().publish({ reconcile: true })).toMatchObject({ changed: false, release: 2 });
  });

  /** Home and replica both published on top of release 1. */
  async function diverged(): Promise<ThreeRegions> {
    const world = await filled('A', 'B');
    await write(world.only(HOME), 'A', 'here');
    await world.only(HOME).publish();
    await write(world.only(REPLICA), 'B', 'there', 'there again');
    await world.only(REPLICA).publish();
    await write(world.only(REPLICA), 'B', 'third time');
    await world.only(REPLICA).publish();
    return world;
  }

  it('that know nothing of each other are a conflict, which the next publish ends above all of them', async () => {
    const world = await diverged();
    const done = await world.open().sync();
    expect(done.conflicts).toMatchObject([
      { kind: 'release', sides: [{ revision: 2 }, { revision: 3 }, {}] },
    ]);
    const published = await world.open().publish({ reconcile: true });
    expect(published).toMatchObject({ release: 4, changed: true, behind: [] });
    for (const region of ALL) {
      expect(await boot(world, region)).toEqual({ '#': '4', A: 'here', B: 'third time' });
    }
    expect((await world.open().planSync()).conflicts).toEqual([]);
    expect(await world.open().publish({ reconcile: true })).toMatchObject({ release: 4, changed: false });
  });

  it('come together with a sync of a vault that publishes with each write', async () => {
    const world = await diverged();
    const vault = publishingWithEach(world.open());
    expect(await vault.planSync()).toMatchObject({ conflicts: [], publishes: true });
    const done = await vault.sync();
    expect(done).toMatchObject({ conflicts: [], publishes: true });
    expect(done.unpublished).toBeUndefined();
    for (const region of ALL) {
      expect(await boot(world, region)).toEqual({ '#': '4', A: 'here', B: 'third time' });
    }
    expect(await publishingWithEach(world.open()).planSync()).not.toHaveProperty('publishes');
  });

  it('stay a conflict there while home does not answer, and the sync says why it was not published', async () => {
    const world = await diverged();
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const vault = publishingWithEach(world.open());
    const done = await vault.sync();
    expect(done.unpublished?.code).toBe('unreachable');
    expect(done.publishes).toBeUndefined();
    expect(Object.keys(done.failed)).toEqual([HOME]);
  });

  it('never let a revision go down in that publish, whatever home holds', async () => {
    const world = await diverged();
    // Not synced: home still has the first revision of B.
    await world.open().publish({ reconcile: true });
    for (const region of ALL) {
      expect(await boot(world, region)).toEqual({ '#': '4', A: 'here', B: 'third time' });
    }
  });

  it('published by hand are merged when a region is preferred; what is staged stays staged', async () => {
    const world = await diverged();
    await world.open().sync();
    await write(world.open(), 'STAGED', 'not yet');
    const left = await world.open().sync({ prefer: { region: HOME }, publishes: true });
    expect(left.conflicts.map(({ kind }) => kind)).toEqual(['release']);
    const done = await world.open().sync({ prefer: { region: HOME } });
    expect(done.conflicts).toEqual([]);
    for (const region of ALL) {
      expect(await boot(world, region)).toEqual({ '#': '4', A: 'here', B: 'third time' });
    }
  });

  it('that are pinned are copied to where they are missing', async () => {
    const world = await filled('A');
    await world.only(HOME, REPLICA).pin(1);
    const done = await settled(world);
    expect(brief(done.actions)).toEqual([`create pinned release 1 1 ${HOME} > ${THIRD}`]);
    expect((await world.only(THIRD).boot({ pin: 1 })).release).toBe(1);
  });
});

/** Drift of every kind: ahead, behind, missing, forged, conflict, data key, release, pinned. */
async function tangled(): Promise<ThreeRegions> {
  const world = await filled('A', 'B', 'C', 'D');
  await world.only(HOME).pin(1);
  await write(world.only(HOME), 'A', 'two', 'three');
  await write(world.only(REPLICA), 'B', 'two');
  await write(world.only(HOME), 'C', 'here');
  await write(world.only(THIRD), 'C', 'there');
  await world.only(REPLICA).delete('D');
  await write(world.only(REPLICA), 'NEW', 'one');
  await world.only(REPLICA).publish();
  await world.only(HOME).publish();
  world.aws.plant(THIRD, parameter('A'), 'not an entry');
  world.aws.plant(THIRD, RECORD, 'not a record');
  return world;
}

it('killed at any write, the next run ends where an undisturbed one does', async () => {
  const prefer = { region: HOME };
  const finish = async (world: ThreeRegions): Promise<unknown> => {
    const done = await world.open().sync({ prefer });
    expect(done).toMatchObject({ conflicts: [], problems: [], failed: {} });
    expect((await world.open().planSync({ prefer })).actions).toEqual([]);
    expect((await world.open().status()).equal).toBe(true);
    const names = ['A', 'B', 'C', 'D', 'NEW'];
    return Promise.all(names.map(async (name) => [name, await held(world, name)]));
  };
  const expected = await finish(await tangled());
  let places = 0;
  for (let at = 1; ; at += 1) {
    for (const lost of [false, true]) {
      const world = await tangled();
      let writes = 0;
      let killed = false;
      const dead = new Error('killed');
      world.aws.gate = async ({ operation }) => {
        if (killed) throw dead;
        if (operation !== 'write') return undefined;
        writes += 1;
        if (writes !== at) return undefined;
        killed = true;
        if (!lost) throw dead;
        // It was done, and the process died before it heard of it.
        return { loseAnswer: dead as never };
      };
      const end = await world
        .open()
        .sync({ prefer })
        .catch((error: unknown) => error);
      if (!killed) {
        expect(places).toBeGreaterThan(20);
        tried('places at which a sync was killed', places);
        return;
      }
      expect(end).toBe(dead);
      places += 1;
      // What is still on its way when a process dies is given its end.
      await new Promise((resolve) => setImmediate(resolve));
      world.aws.gate = () => undefined;
      expect(await finish(world), `killed at write ${at}`).toEqual(expected);
    }
  }
});

it("a user's write that races a sync is never lost, and never half there", async () => {
  const count = rounds(60, 600);
  for (let round = 0; round < count; round += 1) {
    const where = `round ${round} of seed ${seed}`;
    const scheduler = createScheduler(randomNumbers(seed + round));
    const world = threeRegions({ pause: scheduler.pause, timeout: 60_000, hedgeAfter: 60_000 });
    const calm = { pause: () => Promise.resolve() };
    const before = world.open(calm);
    await write(before, 'A', 'one');
    await write(before, 'B', 'one');
    const { aws, kmsKey } = world;
    const only = (name: string): Vault => world.open({ ...calm, regions: [aws.region(name, kmsKey)] });
    // Replicas that lag, one that lacks a secret, and one that went on from home.
    await write(only(HOME), 'A', 'two', 'three');
    await write(only(HOME), 'C', 'one');
    if (round % 2 === 1) await write(only(REPLICA), 'B', 'two');
    world.aws.gate = scheduler.gate;
    const ends = await scheduler.run<unknown>([
      () => world.open().sync(),
      () => world.open().set('A', bytes('by hand')),
      () => (round % 3 === 0 ? world.open().delete('C') : world.open().set('C', bytes('by hand'))),
      () => world.open().sync(),
    ]);
    world.aws.gate = () => undefined;
    for (const end of ends) {
      if (end.status === 'rejected') throw new Error(where, { cause: end.reason });
    }
    const after = { ...world, open: () => world.open(calm) };
    // Before anybody mends anything: what was acknowledged stands everywhere.
    expect(await held(after, 'A'), where).toEqual(['4 by hand', '4 by hand', '4 by hand']);
    const third = round % 3 === 0 ? 'deleted' : '2 by hand';
    expect(await held(after, 'C'), where).toEqual([third, third, third]);
    await after.open().sync();
    expect(new Set(await held(after, 'B')).size, where).toBe(1);
    expect((await held(after, 'A'))[0], where).toBe('4 by hand');
    expect((await after.open().planSync()).conflicts, where).toEqual([]);
  }
  tried('interleavings of two syncs and two writers', count);
});

it('tells how far it is, and stops when it is told to', async () => {
  const world = await filled('A', 'B', 'C');
  await write(world.only(HOME), 'A', 'two');
  await write(world.only(HOME), 'B', 'two');
  const steps: string[] = [];
  const stop = new AbortController();
  const stopped = await rejection(
    world.open().sync({
      signal: stop.signal,
      onProgress: ({ done, total }) => {
        steps.push(`${done}/${total}`);
        if (done === 1) stop.abort();
      },
    }),
    'cancelled',
  );
  expect(stopped.message).toMatch(/^stopped: [12] of 2 things are in place$/);
  expect(stopped.hint).toContain('run the same sync again');
  expect(steps.slice(0, 2)).toEqual(['0/2', '1/2']);
  await settled(world);
});

it('of a path with nothing below it does nothing, and says that there is no vault', async () => {
  expect(await createWorld().open().sync()).toMatchObject({ exists: false, actions: [] });
});
