/** What a value takes, told before and while it is written. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ImportProgress } from '../../src/vault/index.ts';
import { bytes, createWorld, HOME, REPLICA, rejection, VAULT } from '../support/world.ts';

const SIZES = [0, 1, 2_500, 2_582, 2_583, 2_700, 3_056, 3_057, 5_600, 5_700, 9_000, 30_000, 65_536];

describe('the size of a value', () => {
  it.each(SIZES)('of %i random bytes is what it takes then', async (size) => {
    const world = createWorld();
    const value = Uint8Array.from(randomBytes(size));
    const vault = world.open();
    const told = vault.sizeOf('DATABASE_URL', value);
    const { parts = 0 } = await vault.set('DATABASE_URL', value);
    expect(told).toMatchObject({ parameters: parts + 1, tooLarge: false });

    const advanced = await createWorld().open({ tier: 'advanced' }).set('DATABASE_URL', value);
    expect(told.oneAdvanced).toBe(parts > 0 && advanced.parts === undefined);
  });

  it('counts what it compresses to', () => {
    const vault = createWorld().open();
    expect(vault.sizeOf('A', bytes('{"key":"value"}'.repeat(2000))).parameters).toBe(1);
    expect(vault.sizeOf('A', bytes(randomBytes(8_000).toString('hex'))).parameters).toBeLessThan(5);
  });

  it('above the limit is too large, and asks nobody', () => {
    const world = createWorld();
    const size = world.open().sizeOf('A', Uint8Array.from(randomBytes(65_537)));
    expect(size).toEqual({ parameters: 0, tooLarge: true, oneAdvanced: false });
    expect(world.aws.names(HOME)).toEqual([]);
  });
});

describe('writing a large value', () => {
  it('tells how many parts are written, of all regions', async () => {
    const world = createWorld();
    const told: ImportProgress[] = [];
    const onProgress = (now: ImportProgress): void => void told.push(now);
    await world.open().set('SMALL', bytes('x'), { onProgress });
    expect(told).toEqual([]);
    const { parts = 0 } = await world.open().set('A', Uint8Array.from(randomBytes(20_000)), { onProgress });
    expect(parts).toBe(7);
    expect(told.at(0)).toEqual({ done: 0, total: 14 });
    expect(told.at(-1)).toEqual({ done: 14, total: 14 });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  it('that is stopped between two parts leaves none behind', async () => {
    const world = createWorld();
    await world.open().set('A', bytes('old'));
    const names = [world.aws.names(HOME), world.aws.names(REPLICA)];
    const stop = new AbortController();
    const set = world.open().set('A', Uint8Array.from(randomBytes(60_000)), {
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 6) stop.abort();
      },
    });
    await rejection(set, 'cancelled');
    expect([world.aws.names(HOME), world.aws.names(REPLICA)]).toEqual(names);
    expect((await world.open().get('A')).value).toEqual(bytes('old'));
    expect((await world.open().list()).secrets).toMatchObject([{ name: 'A', revision: 1 }]);
  });

  it('is listed as large, by its entry alone', async () => {
    const world = createWorld();
    await world.open().set('A', Uint8Array.from(randomBytes(9_000)));
    await world.open().set('B', bytes('small'));
    for (const name of world.aws.names(HOME)) {
      if (name.startsWith(`${VAULT}/.waxseal/large/`)) world.aws.remove(HOME, name);
    }
    const { secrets } = await world.open().list();
    expect(secrets.map(({ name, large }) => [name, large])).toEqual([
      ['A', true],
      ['B', undefined],
    ]);
  });
});
