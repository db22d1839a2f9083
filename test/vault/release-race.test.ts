import { describe, expect, it } from 'vitest';
import type { Region, StoredParameter, Vault } from '../../src/vault/index.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import { bytes, createWorld, HOME, REPLICA, text, type World } from '../support/world.ts';

/** How often a read shows what was there one write before, as an eventually consistent store may. */
const STALE = 0.15;

/** A region whose reads are now and then stale. */
function staleRegion(world: World, name: string, random: () => number): Region {
  const region = world.aws.region(name, world.kmsKey);
  const maybeOld = (stored: StoredParameter): StoredParameter => {
    if (random() >= STALE) return stored;
    const before = world.aws
      .versions(name, stored.name)
      .find(({ version }) => version === stored.version - 1);
    return before ?? stored;
  };
  const { parameters } = region;
  return {
    ...region,
    parameters: {
      ...parameters,
      read: async (names, signal) => {
        const found = await parameters.read(names, signal);
        // What is asked for by its version is that version.
        return new Map([...found].map(([asked, one]) => [asked, asked.includes(':') ? one : maybeOld(one)]));
      },
      async *list(path, signal) {
        for await (const stored of parameters.list(path, signal)) yield maybeOld(stored);
      },
    },
  };
}

async function values(vault: Vault): Promise<Record<string, string>> {
  const { secrets } = await vault.boot();
  return Object.fromEntries([...secrets].map(([name, { value }]) => [name, text(value)]));
}

describe.each([2, 4])('%i writers that publish at once', (writers) => {
  const count = rounds(writers === 2 ? 30 : 15, writers === 2 ? 150 : 50);

  it('end with a release that is equal to the entries, in both regions', async () => {
    let publishes = 0;
    for (let round = 0; round < count; round += 1) {
      const random = randomNumbers(seed * 7 + round);
      const scheduler = createScheduler(random);
      const world = createWorld();
      // Large enough for parts, so that publishers overwrite each other's.
      const big = Array.from({ length: 40 }, (_, i) => ({
        name: `BIG_${i}`,
        value: bytes(Buffer.from(Array.from({ length: 48 }, () => random() * 256)).toString('base64')),
      }));
      await world.open().import(big);
      await world.open().publish();
      const open = (): Vault =>
        world.open({
          regions: [staleRegion(world, HOME, random), staleRegion(world, REPLICA, random)],
          pause: scheduler.pause,
          timeout: 60_000,
          hedgeAfter: 60_000,
        });
      world.aws.gate = scheduler.gate;
      const ends = await scheduler.run(
        Array.from({ length: writers }, (_, i) => async () => {
          const vault = open();
          await vault.set(`OWN_${i}`, bytes(`${i}`));
          await vault.set('SHARED', bytes(`by ${i}`));
          return vault.publish();
        }),
      );
      world.aws.gate = () => undefined;
      for (const end of ends) {
        if (end.status === 'rejected')
          throw new Error(`round ${round} of seed ${seed}`, { cause: end.reason });
        publishes += end.value.changed ? 1 : 0;
      }
      const state = await world.open().compareRelease();
      expect(state, `round ${round} of seed ${seed}`).toMatchObject({ added: [], changed: [], removed: [] });
      const entries = Object.fromEntries(
        [...(await world.open().load())].map(([name, { value }]) => [name, text(value)]),
      );
      for (const region of [HOME, REPLICA]) {
        const regions = [world.aws.region(region, world.kmsKey)] as const;
        expect(await values(world.open({ regions })), `${region}, round ${round} of seed ${seed}`).toEqual(
          entries,
        );
      }
    }
    expect(publishes).toBeGreaterThanOrEqual(count);
    tried(`${writers} publishers at once, interleavings with stale reads`, count);
  });
});
