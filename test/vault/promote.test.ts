/** Another region becomes the home: the slot rule is each region's own, so nothing that was written is written anew. */
import { describe, expect, it } from 'vitest';
import { parseEntry, sameEntry } from '../../src/envelope/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import {
  bytes,
  createWorld,
  HOME,
  parameter,
  REPLICA,
  rejection,
  text,
  VAULT,
  type World,
} from '../support/world.ts';

const NAME = 'TOKEN';
const AT = parameter(NAME);
const DESCRIPTOR = parameter('.waxseal/vault');

/** The vault as the new waxseal.json has it. */
function promoted(
  { aws, kmsKey, open }: World,
  pause: (ms: number) => Promise<void> = () => Promise.resolve(),
): Vault {
  const regions = [aws.region(REPLICA, kmsKey), aws.region(HOME, kmsKey)] as const;
  return open({ regions, pause, timeout: 60_000, hedgeAfter: 60_000 });
}

function describeHome({ aws }: World, region: string, home: string): void {
  aws.plant(region, DESCRIPTOR, JSON.stringify({ wx: 1, vault: VAULT, kms: 'k', home, regions: [home] }));
}

async function everywhere(vault: Vault): Promise<readonly string[]> {
  const found = await Promise.all([HOME, REPLICA].map((region) => vault.get(NAME, { region })));
  return found.map(({ revision, value }) => `${revision} ${text(value)}`);
}

/** Both regions' newest version is the same entry. */
function equal({ aws }: World): boolean {
  const [a, b] = [HOME, REPLICA].map((region) => parseEntry(aws.versions(region, AT).at(-1)?.value ?? ''));
  return a !== undefined && b !== undefined && sameEntry(a, b);
}

describe('after a promotion', () => {
  it('revisions and releases go on where they were, there and back', async () => {
    const world = createWorld();
    await world.open().set(NAME, bytes('one'));
    await world.open().set(NAME, bytes('two'));
    await world.open().publish();
    const before = world.aws.versions(REPLICA, AT).map(({ value }) => value);
    const vault = promoted(world);
    expect(await vault.set(NAME, bytes('three'))).toMatchObject({ revision: 3, behind: [] });
    expect(await vault.publish()).toMatchObject({ release: 2, behind: [] });
    // What was there stays as it was, text for text.
    expect(
      world.aws
        .versions(REPLICA, AT)
        .map(({ value }) => value)
        .slice(0, before.length),
    ).toEqual(before);
    expect(await everywhere(vault)).toEqual(['3 three', '3 three']);
    for (const opened of [vault, world.open()]) {
      const { release, secrets } = await opened.boot();
      expect([release, text(secrets.get(NAME)?.value ?? bytes(''))]).toEqual([2, 'three']);
      const history = await opened.history(NAME);
      expect(history.map(({ revision, linked }) => [revision, linked])).toEqual([
        [3, true],
        [2, true],
        [1, true],
      ]);
    }
    // And back again.
    expect(await world.open().delete(NAME)).toMatchObject({ revision: 4, behind: [] });
    expect(await promoted(world).set(NAME, bytes('five'))).toMatchObject({ revision: 5, behind: [] });
    expect(await promoted(world).publish()).toMatchObject({ release: 3, behind: [] });
    expect(await everywhere(world.open())).toEqual(['5 five', '5 five']);
  });

  it('writers at the new home race as they did at the old one', async () => {
    const count = rounds(40, 300);
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed * 13 + round));
      const world = createWorld();
      await world.open().set(NAME, bytes('before'));
      world.aws.gate = scheduler.gate;
      const ends = await scheduler.run(
        [0, 1, 2].map((i) => () => promoted(world, scheduler.pause).set(NAME, bytes(`writer ${i}`))),
      );
      world.aws.gate = () => undefined;
      const acknowledged = ends.map((end, i) => {
        if (end.status === 'rejected')
          throw new Error(`round ${round} of seed ${seed}`, { cause: end.reason });
        return `${end.value.revision} writer ${i}`;
      });
      expect(acknowledged.map((one) => one.split(' ')[0]).sort()).toEqual(['2', '3', '4']);
      const last = acknowledged.find((one) => one.startsWith('4 '));
      expect(await everywhere(promoted(world)), `round ${round} of seed ${seed}`).toEqual([last, last]);
    }
    tried('races at a new home, interleavings', count);
  });

  it('a writer of before and one of after never lose a write unseen, even without a descriptor', async () => {
    const count = rounds(60, 500);
    let told = 0;
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed * 17 + round));
      const world = createWorld();
      await world.open().set(NAME, bytes('before'));
      world.aws.gate = scheduler.gate;
      const late = { pause: scheduler.pause, timeout: 60_000, hedgeAfter: 60_000 };
      const ends = await scheduler.run([
        () => world.open(late).set(NAME, bytes('old')),
        () => promoted(world, scheduler.pause).set(NAME, bytes('new')),
      ]);
      world.aws.gate = () => undefined;
      const complaints = ends.flatMap((end) => {
        if (end.status === 'rejected') return [String(end.reason)];
        return end.value.behind.map(({ error }) => error.code);
      });
      told += Math.min(complaints.length, 1);
      const where = `round ${round} of seed ${seed}`;
      if (complaints.length > 0)
        expect(
          complaints.every((code) => /conflict/.test(code)),
          where,
        ).toBe(true);
      else
        expect(
          (await everywhere(world.open())).map((one) => one.split(' ')[0]),
          where,
        ).toEqual(['3', '3']);
    }
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(count);
    tried('writers of two homes, interleavings', count);
  });
});

describe('a descriptor that names another home', () => {
  it('refuses what an old waxseal.json would write, costs no call, and lets the new one write', async () => {
    const world = createWorld();
    describeHome(world, HOME, HOME);
    await world.open().set(NAME, bytes('one'));
    await world.open().publish();
    for (const region of [HOME, REPLICA]) describeHome(world, region, REPLICA);
    world.aws.calls.length = 0;
    const error = await rejection(world.open().set(NAME, bytes('two')), 'conflict');
    expect(error.message).toContain(`home of ${VAULT} is ${REPLICA}`);
    expect(error.hint).toContain('update waxseal.json');
    expect(world.aws.calls.map(({ region, operation }) => `${region} ${operation}`)).toEqual([
      `${HOME} read`,
    ]);
    await rejection(world.open().delete(NAME), 'conflict');
    await rejection(world.open().publish(), 'conflict');
    expect(await promoted(world).set(NAME, bytes('two'))).toMatchObject({ revision: 2, behind: [] });
    expect(equal(world)).toBe(true);
    // Reading goes on as before, from either home.
    expect(text((await world.open().get(NAME)).value)).toBe('two');
  });

  it.each([
    ['missing', undefined],
    ['no JSON', 'not a descriptor'],
    ['no object', 'null'],
    ["another vault's", JSON.stringify({ wx: 1, vault: '/acme/other', home: REPLICA })],
    ['without a home', JSON.stringify({ wx: 1, vault: VAULT })],
    ['with a home that is no region', JSON.stringify({ wx: 1, vault: VAULT, home: 'nowhere\u001b[2J' })],
  ])('%s: nothing is concluded from it', async (_what, value) => {
    const world = createWorld();
    if (value !== undefined) world.aws.plant(HOME, DESCRIPTOR, value);
    expect(await world.open().set(NAME, bytes('one'))).toMatchObject({ revision: 1 });
  });
});
