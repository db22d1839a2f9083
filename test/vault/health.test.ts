/** Reading while a region fails: who is asked first, for how long that is remembered, and what no memory may change. */
import { expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { createHealth, type VaultOptions } from '../../src/vault/index.ts';
import type { Call, Verdict } from '../support/memory-aws.ts';
import {
  bytes,
  createWorld,
  failing,
  HOME,
  parameter,
  REPLICA,
  rejection,
  text,
  type World,
} from '../support/world.ts';

const atHome = ({ region }: { region: string }): boolean => region === HOME;
const silentHome = (call: Call): Promise<Verdict> | undefined =>
  atHome(call) ? new Promise(() => {}) : undefined;

/** A vault with a secret `A`, and a clock to move. */
async function filled(): Promise<World & { readonly clock: { now: number }; asked(): readonly string[] }> {
  const world = createWorld();
  await world.open().set('A', bytes('a'));
  world.aws.calls.length = 0;
  const clock = { now: 1_800_000_000_000 };
  const open = (options: Partial<VaultOptions> = {}): ReturnType<World['open']> =>
    world.open({ now: () => clock.now, hedgeAfter: 1, ...options });
  /** The regions that were asked since the last time, each once, in order. */
  const asked = (): readonly string[] => [...new Set(world.aws.calls.splice(0).map(({ region }) => region))];
  return { ...world, open, clock, asked };
}

it('a silent home is waited for once, then asked again after 30 seconds', async () => {
  const { aws, open, clock, asked } = await filled();
  const vault = open();
  aws.gate = silentHome;
  expect((await vault.get('A')).region).toBe(REPLICA);
  expect(asked()).toEqual([HOME, REPLICA]);
  for (let n = 0; n < 20; n += 1) expect((await vault.get('A')).region).toBe(REPLICA);
  clock.now += 29_999;
  expect((await vault.load()).size).toBe(1);
  expect(asked()).toEqual([REPLICA]);
  clock.now += 1;
  expect((await vault.get('A')).region).toBe(REPLICA);
  expect(asked()).toEqual([HOME, REPLICA]);
  expect((await vault.get('A')).region).toBe(REPLICA);
  expect(asked()).toEqual([REPLICA]);
});

it('of many reads at once only one tries a region again', async () => {
  const { aws, open, clock, asked } = await filled();
  const vault = open();
  aws.gate = silentHome;
  await vault.get('A');
  clock.now += 30_000;
  asked();
  await Promise.all(Array.from({ length: 10 }, () => vault.get('A')));
  const { calls } = aws;
  expect(calls.filter(atHome)).toHaveLength(1);
  expect(calls.length).toBeGreaterThanOrEqual(10);
});

it.each<ErrorCode>(['unreachable', 'timeout'])('a home that is %s comes last', async (code) => {
  const { aws, open, asked } = await filled();
  const vault = open();
  aws.gate = failing(atHome, code);
  await vault.get('A');
  asked();
  await vault.get('A');
  expect(asked()).toEqual([REPLICA]);
});

it.each<ErrorCode>(['denied', 'throttled', 'key_unusable'])(
  'a home that answers at once, if only %s, keeps its place',
  async (code) => {
    const { aws, open, asked } = await filled();
    const vault = open({ hedgeAfter: 1000 });
    aws.gate = failing(atHome, code);
    await vault.get('A');
    asked();
    await vault.get('A');
    expect(asked()).toEqual([HOME, REPLICA]);
  },
);

it('a home that answers again has its place again, and so has one that takes a write', async () => {
  const { aws, open, clock, asked } = await filled();
  const vault = open({ hedgeAfter: 1000 });
  aws.gate = failing(atHome, 'unreachable');
  await vault.get('A');
  aws.gate = () => undefined;
  clock.now += 30_000;
  expect((await vault.get('A')).region).toBe(HOME);
  aws.gate = failing(atHome, 'unreachable');
  await vault.get('A');
  aws.gate = () => undefined;
  await vault.set('A', bytes('newer'));
  asked();
  expect((await vault.get('A')).region).toBe(HOME);
  expect(asked()).toEqual([HOME]);
});

it('is asked all the same when the others fail', async () => {
  const { aws, open } = await filled();
  const vault = open({ hedgeAfter: 1000 });
  aws.gate = failing(atHome, 'unreachable');
  await vault.get('A');
  aws.gate = failing((call) => !atHome(call), 'unreachable');
  expect((await vault.get('A')).region).toBe(HOME);
});

it('a replica\'s "not there" is not the last word while home comes second', async () => {
  const { aws, open, asked } = await filled();
  const vault = open({ hedgeAfter: 1000 });
  aws.gate = failing(atHome, 'unreachable');
  await vault.get('A');
  // Made at home by somebody else, and not in the replica yet.
  aws.gate = failing((call) => !atHome(call) && call.operation === 'write', 'unreachable');
  await open().set('NEW', bytes('new'));
  asked();
  const found = await vault.get('NEW');
  expect([text(found.value), found.region]).toEqual(['new', HOME]);
  expect(asked()).toEqual([REPLICA, HOME]);
  aws.gate = () => undefined;
  await vault.get('A');
  // Home's own is, as ever, and no replica is asked behind it.
  expect((await rejection(vault.get('NONE'), 'not_found')).region).toBe(HOME);
});

it('what home was tampered with is not covered up by having failed before', async () => {
  const { aws, open } = await filled();
  const vault = open({ hedgeAfter: 1000 });
  aws.gate = failing(atHome, 'unreachable');
  await vault.get('A');
  aws.gate = failing((call) => !atHome(call), 'unreachable');
  aws.plant(HOME, parameter('A'), 'not an entry');
  await rejection(vault.get('A'), 'malformed');
});

it('a read that was given up says nothing of the region', async () => {
  const { aws, open, asked } = await filled();
  const vault = open({ hedgeAfter: 1000 });
  const stop = new AbortController();
  aws.gate = (call) => {
    stop.abort();
    return silentHome(call);
  };
  await rejection(vault.get('A', { signal: stop.signal }), 'cancelled');
  aws.gate = () => undefined;
  asked();
  await vault.get('A');
  expect(asked()).toEqual([HOME]);
});

it('a time that is yet to come, from a wrong clock, is not believed', () => {
  const health = createHealth(() => 1000);
  health.recall({ [HOME]: 5000, [REPLICA]: 1000 });
  expect([health.isDown(HOME), health.isDown(REPLICA)]).toEqual([false, true]);
  expect(health.failures()).toEqual({ [REPLICA]: 1000 });
});

it('history says which region answered', async () => {
  const { aws, open } = await filled();
  expect((await open({ hedgeAfter: 1000 }).history('A')).map(({ region }) => region)).toEqual([HOME]);
  aws.gate = failing(atHome, 'unreachable');
  expect((await open().history('A')).map(({ region }) => region)).toEqual([REPLICA]);
});
