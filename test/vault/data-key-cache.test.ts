/** How long and how often an open data key serves before KMS is asked again, and that it is wiped then. */
import { describe, expect, it, vi } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { createDataKeyCache } from '../../src/vault/data-key-cache.ts';
import type { DataKeyPolicy } from '../../src/vault/index.ts';
import { bytes, createWorld, HOME } from '../support/world.ts';

const VALUE = bytes('a value of 24 characters');

/** A vault with a policy, and how often it had KMS open a data key. */
async function reading(policy: DataKeyPolicy): Promise<{
  readonly get: () => Promise<unknown>;
  readonly opened: () => number;
  readonly use: () => unknown;
  later(ms: number): void;
}> {
  const world = createWorld();
  await world.open().set('A', VALUE);
  let now = 1_800_000_000_000;
  const vault = world.open({ dataKeys: policy, now: () => now });
  world.aws.calls.length = 0;
  return {
    get: () => vault.get('A'),
    opened: () => world.aws.calls.filter(({ operation }) => operation === 'unwrap').length,
    use: () => vault.dataKeyUse(),
    later: (ms) => {
      now += ms;
    },
  };
}

describe('an open data key', () => {
  it('serves for five minutes unless it is said otherwise', async () => {
    const { get, opened, later, use } = await reading({});
    for (let n = 0; n < 50; n += 1) await get();
    later(299_999);
    await get();
    expect(opened()).toBe(1);
    later(1);
    await get();
    expect(opened()).toBe(2);
    expect(use()).toEqual({ opened: 2, reused: 50, retired: 1 });
  });

  it('serves for a time, also where the clock is put back', async () => {
    const { get, opened, later } = await reading({ maxAge: 1_000 });
    await get();
    later(-86_400_000);
    await get();
    expect(opened()).toBe(2);
    await get();
    expect(opened()).toBe(2);
  });

  it('serves so many times', async () => {
    const { get, opened, use } = await reading({ maxUses: 4 });
    for (let n = 0; n < 12; n += 1) await get();
    expect(opened()).toBe(3);
    expect(use()).toEqual({ opened: 3, reused: 9, retired: 2 });
  });

  it('serves so many bytes, and once for what is larger than that', async () => {
    // A value and its tag.
    const { get, opened } = await reading({ maxBytes: 2 * (VALUE.byteLength + 16) });
    for (let n = 0; n < 6; n += 1) await get();
    expect(opened()).toBe(3);
    const small = await reading({ maxBytes: 1 });
    for (let n = 0; n < 3; n += 1) await small.get();
    expect(small.opened()).toBe(3);
  });

  it('that may be used once is asked for by each of many readers at once, and by a publish and its parts', async () => {
    const { get, opened } = await reading({ maxUses: 1 });
    await Promise.all(Array.from({ length: 20 }, get));
    expect(opened()).toBe(20);
    const world = createWorld();
    const vault = world.open({ dataKeys: { maxUses: 1, maxBytes: 1 } });
    for (let n = 0; n < 8; n += 1) await vault.set(`S${n}`, bytes(`${n} `.repeat(900 - n)));
    await vault.publish();
    expect((await vault.boot()).secrets.size).toBe(8);
    expect((await world.open().boot()).secrets.size).toBe(8);
  });

  it('is refused by KMS, when its time is over, to whoever lost the right to it', async () => {
    const world = createWorld();
    await world.open().set('A', VALUE);
    let now = 1_800_000_000_000;
    const vault = world.open({ now: () => now });
    await vault.get('A');
    const fail = new WaxsealError('key_unusable', 'injected');
    world.aws.gate = ({ operation }) => (operation === 'unwrap' ? { fail } : undefined);
    await vault.get('A', { region: HOME });
    now += 300_000;
    await expect(vault.get('A', { region: HOME })).rejects.toMatchObject({ code: 'key_unusable' });
  });
});

describe('a data key that is no longer open', () => {
  const id = { generation: 1, createdAt: 1_763_788_000, random: '9f86d081884c7d65' };
  const plain = (): Uint8Array => Uint8Array.from({ length: 32 }, (_, n) => n + 1);
  const wiped = new Uint8Array(32);

  it('is wiped: by age though nobody asks, at the end, and for another in its place', async () => {
    vi.useFakeTimers();
    try {
      const cache = createDataKeyCache({ maxAge: 1_000 }, Date.now);
      const first = plain();
      cache.keep(id, 'k', first, 0);
      vi.advanceTimersByTime(999);
      expect(first).toEqual(plain());
      vi.advanceTimersByTime(2);
      expect(first).toEqual(wiped);
      const [second, third] = [plain(), plain()];
      cache.keep(id, 'k', second, 0);
      cache.keep(id, 'k', third, 0);
      vi.advanceTimersByTime(1);
      expect(second).toEqual(wiped);
      expect(third).toEqual(plain());
      cache.close();
      expect(third).toEqual(wiped);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not wiped under the hands of whoever was given it in the same turn', async () => {
    const cache = createDataKeyCache({ maxUses: 1 }, Date.now);
    const given = cache.keep(id, 'k', plain(), 0);
    expect(cache.take(id, 'k', 0)).toBeUndefined();
    await Promise.resolve();
    expect(given.key).toEqual(plain());
    await new Promise((resolve) => setImmediate(resolve));
    expect(given.key).toEqual(wiped);
  });
});
