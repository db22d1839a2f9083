/** A clock of its own, and Parameter Store's quota of writes as AWS keeps it, on that clock. */
import { WaxsealError } from '../../src/errors.ts';
import type { Call, Verdict } from './memory-aws.ts';

const START = 1_800_000_000_000;

/** A clock that moves to the next waker as soon as nobody does anything else. */
export function virtualClock(): {
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
export function quota(
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
