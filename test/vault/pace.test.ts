/** How fast a region is written to, on a clock of its own and against a quota as AWS keeps it. */
import { describe, expect, it } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import type { Call, Verdict } from '../support/memory-aws.ts';
import { bytes, createWorld, HOME, parameter, REPLICA } from '../support/world.ts';

const START = 1_800_000_000_000;

/** A clock that moves to the next waker as soon as nobody does anything else. */
function virtualClock(): {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  seconds(): number;
} {
  let now = START;
  const wakers: { readonly at: number; readonly wake: () => void }[] = [];
  const next = (): void => {
    wakers.sort((a, b) => a.at - b.at);
    const waker = wakers.shift();
    if (waker === undefined) return;
    now = Math.max(now, waker.at);
    waker.wake();
  };
  return {
    now: () => now,
    seconds: () => (now - START) / 1000,
    pause: (ms) =>
      new Promise((wake) => {
        wakers.push({ at: now + ms, wake });
        setImmediate(next);
      }),
  };
}

/** Parameter Store's quota: a bucket that holds one second's worth, in each region. */
function quota(
  now: () => number,
  perSecond: number,
): { gate(call: Call): Verdict; taken: Map<string, number[]>; throttled: number } {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const world = {
    taken: new Map<string, number[]>(),
    throttled: 0,
    gate({ region, operation }: Call): Verdict {
      if (operation !== 'write') return undefined;
      const bucket = buckets.get(region) ?? { tokens: perSecond, at: now() };
      bucket.tokens = Math.min(perSecond, bucket.tokens + ((now() - bucket.at) / 1000) * perSecond);
      bucket.at = now();
      buckets.set(region, bucket);
      if (bucket.tokens < 1) {
        world.throttled += 1;
        return { fail: new WaxsealError('throttled', 'injected', { region }) };
      }
      bucket.tokens -= 1;
      world.taken.set(region, [...(world.taken.get(region) ?? []), now()]);
      return undefined;
    },
  };
  return world;
}

const items = (count: number): { name: string; value: Uint8Array }[] =>
  Array.from({ length: count }, (_, n) => ({ name: `S${n}`, value: bytes(`value ${n}`) }));

describe('an import', () => {
  it.each([
    [3, 200],
    [10, 600],
  ])(
    'of many secrets comes near the quota of %i a second and is hardly throttled',
    async (perSecond, count) => {
      const { aws, open } = createWorld();
      const clock = virtualClock();
      const limited = quota(clock.now, perSecond);
      aws.gate = limited.gate;
      const { added, behind } = await open({ now: clock.now, pause: clock.pause }).import(items(count));
      expect([added.length, behind]).toEqual([count, []]);
      for (let n = 0; n < count; n += 1) expect(aws.versions(HOME, parameter(`S${n}`))).toHaveLength(1);
      const [took, ideal] = [clock.seconds(), count / perSecond];
      expect(took).toBeLessThan(ideal * 1.6 + 10);
      expect(limited.throttled).toBeLessThan(count / 3);
    },
  );

  it('is not held back where AWS takes everything', async () => {
    const { open } = createWorld();
    const clock = virtualClock();
    await open({ now: clock.now, pause: clock.pause }).import(items(50));
    expect(clock.seconds()).toBe(0);
  });

  it('never goes over the rate that it was given, in no region', async () => {
    const { aws, open } = createWorld();
    const clock = virtualClock();
    const unlimited = quota(clock.now, 1_000_000);
    aws.gate = unlimited.gate;
    await open({ now: clock.now, pause: clock.pause, rate: 5 }).import(items(40));
    for (const region of [HOME, REPLICA]) {
      const times = unlimited.taken.get(region) ?? [];
      expect(times.length).toBeGreaterThanOrEqual(40);
      for (const [n, at] of times.entries()) expect(at - (times[n - 5] ?? -1000)).toBeGreaterThanOrEqual(999);
    }
  });

  it('is slowed down in the region that asks for it, whoever writes there', async () => {
    const { aws, open } = createWorld();
    const clock = virtualClock();
    const vault = open({ now: clock.now, pause: clock.pause });
    await vault.set('FIRST', bytes('x'));
    let once = true;
    aws.gate = ({ region, operation }) => {
      if (region !== REPLICA || operation !== 'write' || !once) return undefined;
      once = false;
      return { fail: new WaxsealError('throttled', 'injected', { region }) };
    };
    await vault.set('A', bytes('x'));
    const before = clock.seconds();
    await vault.import(items(30));
    expect(clock.seconds() - before).toBeGreaterThan(30 / 4);
  });
});
