/** How fast a region is written to, on a clock of its own and against a quota as AWS keeps it. */
import { describe, expect, it } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { quota, virtualClock } from '../support/quota.ts';
import { bytes, createWorld, HOME, parameter, REPLICA } from '../support/world.ts';

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
