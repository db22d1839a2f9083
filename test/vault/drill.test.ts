import { describe, expect, it } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import type { DrilledRegion, DrillReport, Vault } from '../../src/vault/index.ts';
import type { Call } from '../support/memory-aws.ts';
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

const THIRD = 'ap-southeast-2';
const HEAD = parameter('.waxseal/release');
const VALUE = 'hunter2-never-in-a-report';

/** A vault with two published secrets. */
async function inhabited(...more: string[]): Promise<World & { readonly vault: Vault }> {
  const world = createWorld();
  const regions = [HOME, REPLICA, ...more].map((name) => world.aws.region(name, world.kmsKey));
  const [home, ...replicas] = regions;
  if (home === undefined) throw new Error('a vault has a home');
  const vault = world.open({ regions: [home, ...replicas] });
  await vault.set('A', bytes(VALUE));
  await vault.set('B', bytes(VALUE));
  await vault.publish();
  return { ...world, vault };
}

function of(report: DrillReport, region: string): DrilledRegion {
  const found = report.regions.find((one) => one.region === region);
  if (found === undefined) throw new Error(`${region} is not in the report`);
  return found;
}

/** Cuts a region off from a writer, not from the drill. */
async function without(world: World, region: string, work: () => Promise<unknown>): Promise<void> {
  world.aws.gate = failing((call) => call.region === region, 'unreachable');
  await work();
  world.aws.gate = () => undefined;
}

describe('a drill', () => {
  it('starts from each region alone, whose own KMS is asked each time, and writes nothing', async () => {
    const { aws, vault, kmsKey } = await inhabited();
    aws.calls.length = 0;
    const progress: string[] = [];
    const report = await vault.drill({ onProgress: ({ done, total }) => progress.push(`${done}/${total}`) });
    const seen = aws.calls.map(({ region, operation }) => `${region} ${operation}`);
    // Home is not asked for anything before the replica has started.
    expect(seen.slice(0, 2)).toEqual([`${REPLICA} read`, `${REPLICA} unwrap`]);
    const lookAt = (region: string): string[] =>
      ['list', 'unwrap', 'read', 'unwrap'].map((operation) => `${region} ${operation}`);
    expect(seen.slice(2, -4).sort()).toEqual([...lookAt(HOME), ...lookAt(REPLICA)].sort());
    expect(seen.slice(-4)).toEqual([
      `${HOME} read`,
      `${HOME} unwrap`,
      `${REPLICA} read`,
      `${REPLICA} unwrap`,
    ]);
    expect(progress).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    expect(report).toMatchObject({ home: HOME, comparedWith: HOME, release: 1, carried: true });
    for (const region of [HOME, REPLICA]) {
      expect(of(report, region)).toMatchObject({
        kmsKeyId: kmsKey,
        alone: { ok: true, secrets: 2, release: 1 },
        entries: { compared: 2, equal: 2, behind: 0, missing: 0, diverged: 0, ahead: 0, unreadable: 0 },
        differing: [],
        lost: [],
        newestLostSeconds: undefined,
        writeProblem: undefined,
        carries: true,
      });
    }
    expect([of(report, HOME).failover, of(report, REPLICA).failover?.ok]).toEqual([undefined, true]);
  });

  it('says what would have been lost, how old it is, and never a value', async () => {
    const world = await inhabited();
    let now = Date.parse('2030-01-01T00:00:00Z');
    const writer = world.open({ now: () => now });
    await without(world, REPLICA, async () => {
      await writer.set('A', bytes(`${VALUE} 2`));
      await writer.set('A', bytes(`${VALUE} 3`));
      now += 60_000;
      await writer.set('NEW', bytes(VALUE));
      await writer.delete('B');
      await writer.publish();
    });
    now += 7_500;
    const report = await world.open({ now: () => now }).drill();
    expect(report.carried).toBe(false);
    const replica = of(report, REPLICA);
    expect(replica).toMatchObject({
      alone: { ok: true, release: 1 },
      entries: { compared: 3, equal: 0, behind: 2, missing: 1, diverged: 0 },
      differing: ['A', 'B', 'NEW'],
      newestLostSeconds: 7,
      carries: false,
    });
    expect(replica.lost.map(({ name, revision, has, deleted }) => [name, revision, has, deleted])).toEqual([
      ['A', 3, 1, false],
      ['B', 2, 1, true],
      ['NEW', 1, undefined, false],
    ]);
    expect(of(report, HOME)).toMatchObject({ alone: { release: 2 }, carries: true, lost: [] });
    expect(JSON.stringify(report)).not.toContain(VALUE);
  });

  it('misses no deleted name in a region that never had it', async () => {
    const world = await inhabited();
    await without(world, REPLICA, async () => {
      await world.open().set('GONE', bytes(VALUE));
      await world.open().delete('GONE');
      await world.open().publish();
    });
    await world.open().publish();
    const replica = of(await world.open().drill(), REPLICA);
    expect(replica).toMatchObject({ carries: true, lost: [], entries: { missing: 0 } });
  });

  it('tells a copy that home was not made on from one that lags, and one that is not authentic', async () => {
    const world = await inhabited();
    const { aws, kmsKey } = world;
    // While home was away somebody made the replica the home, on purpose or not.
    const swapped = world.open({ regions: [aws.region(REPLICA, kmsKey)] });
    await swapped.set('A', bytes('theirs'));
    await swapped.set('ONLY_THERE', bytes('theirs'));
    await without(world, REPLICA, async () => {
      await world.open().set('A', bytes('ours'));
      await world.open().set('A', bytes('ours again'));
    });
    aws.plant(REPLICA, parameter('B'), 'not an entry');
    const replica = of(await world.open().drill(), REPLICA);
    expect(replica.entries).toEqual({
      compared: 3,
      equal: 0,
      behind: 0,
      missing: 0,
      diverged: 1,
      ahead: 1,
      unreadable: 1,
    });
    expect(replica.lost.map(({ name, revision, has }) => [name, revision, has])).toEqual([
      ['A', 3, 2],
      ['B', 1, undefined],
    ]);
    // Applications start from the release, which is the same.
    expect(replica.carries).toBe(true);
  });

  it('asks no more rights than a reader has', async () => {
    const world = await inhabited();
    await without(world, REPLICA, async () => {
      for (const value of ['2', '3', '4']) await world.vault.set('A', bytes(value));
    });
    world.aws.gate = failing(({ operation }) => operation === 'history', 'denied');
    expect(of(await world.vault.drill(), REPLICA).entries).toMatchObject({
      equal: 1,
      behind: 1,
      diverged: 0,
    });
  });

  it('finds a KMS key that is disabled in one region: what home opened is no help', async () => {
    const { aws, vault } = await inhabited();
    await vault.load();
    aws.gate = failing((call) => call.region === REPLICA && call.operation === 'unwrap', 'key_unusable');
    const report = await vault.drill();
    expect(report.carried).toBe(false);
    const replica = of(report, REPLICA);
    expect([replica.failover?.ok, replica.alone.ok, replica.carries]).toEqual([false, false, false]);
    expect(replica.failover).toMatchObject({ error: { code: 'key_unusable' } });
    expect(replica.entriesError?.code).toBe('key_unusable');
    expect(replica.writeProblem?.code).toBe('key_unusable');
    expect(of(report, HOME).carries).toBe(true);
  });

  it('finds a region without data key record, and makes none', async () => {
    const { aws, vault } = await inhabited();
    aws.gate = (call) => (call.region === REPLICA && isRecord(call) ? { fail: gone() } : undefined);
    const report = await vault.drill();
    expect(of(report, REPLICA).writeProblem?.code).toBe('not_found');
    expect(report.carried).toBe(true);
    const empty = createWorld();
    expect(of(await empty.open().drill(), HOME).writeProblem?.code).toBe('not_found');
    expect(empty.aws.calls.some(({ operation }) => /write|generate/.test(operation))).toBe(false);
  });

  it('goes on without home, against the newest release that there is', async () => {
    const world = await inhabited(THIRD);
    await without(world, REPLICA, async () => {
      await world.vault.set('A', bytes('newer'));
      await world.vault.publish();
    });
    world.aws.gate = failing((call) => call.region === HOME, 'unreachable');
    const report = await world.vault.drill();
    expect(report).toMatchObject({ home: HOME, comparedWith: THIRD, release: 2, carried: false });
    expect(of(report, HOME).alone).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(of(report, REPLICA)).toMatchObject({
      carries: false,
      differing: ['A'],
      lost: [{ name: 'A', revision: 2, has: 1 }],
    });
    expect(of(report, THIRD)).toMatchObject({ carries: true, lost: [] });
  });

  it('compares with nothing when no region loads', async () => {
    const { aws, vault } = await inhabited();
    aws.gate = () => ({ fail: new WaxsealError('unreachable', 'injected') });
    const report = await vault.drill();
    expect(report).toMatchObject({ comparedWith: undefined, release: undefined, carried: false });
  });

  it('looks again before it blames a region for a write that is on its way', async () => {
    const world = await inhabited();
    const { aws } = world;
    let starts = 0;
    let busy = false;
    aws.gate = async ({ operation, names }) => {
      if (busy || operation !== 'read' || !names.includes(HEAD)) return undefined;
      starts += 1;
      // The replica is asked after home in the second pass: in between somebody publishes.
      if (starts !== 3) return undefined;
      busy = true;
      await world.open().set('A', bytes('newer'));
      await world.open().publish();
      busy = false;
      return undefined;
    };
    const report = await world.vault.drill();
    expect(starts).toBeGreaterThan(3);
    expect(report).toMatchObject({ release: 2, carried: true });
  });

  it('of a vault that nobody published or replicated says so', async () => {
    const { open, aws, kmsKey } = createWorld();
    await open().set('A', bytes('1'));
    expect(await open().drill()).toMatchObject({ release: undefined, carried: true });
    const lonely = await open({ regions: [aws.region(HOME, kmsKey)] }).drill();
    expect([lonely.carried, of(lonely, HOME).carries]).toEqual([false, true]);
  });

  it('ends when it is given up', async () => {
    const { aws, vault } = await inhabited();
    const stop = new AbortController();
    aws.gate = ({ operation }) => {
      if (operation === 'list') stop.abort();
      return undefined;
    };
    await rejection(vault.drill({ signal: stop.signal }), 'cancelled');
  });
});

function isRecord({ operation, names }: Call): boolean {
  return operation === 'read' && names.includes(parameter('.waxseal/data-key'));
}

function gone(): WaxsealError {
  return new WaxsealError('not_found', 'injected not_found');
}
