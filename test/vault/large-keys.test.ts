/** Rotating the data key, and rewrapping, with large secrets among many small ones. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatDataKeyId, parseEntry, sameEntry } from '../../src/envelope/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import type { MemoryAws } from '../support/memory-aws.ts';
import { HEAD, RECORD, recordId, sealedUnder } from '../support/rotated.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import {
  bytes,
  createWorld,
  failing,
  HOME,
  parameter,
  REPLICA,
  VAULT,
  type World,
} from '../support/world.ts';

const BOTH = [HOME, REPLICA];
const FOLDER = `${VAULT}/.waxseal/large/`;
const random = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));
const parts = (aws: MemoryAws, region: string): string[] =>
  aws
    .names(region)
    .filter((name) => name.startsWith(FOLDER))
    .map((name) => name.slice(FOLDER.length));
const revisions = (aws: MemoryAws, region: string, name: string): number[] =>
  [
    ...new Set(
      parts(aws, region)
        .filter((part) => part.startsWith(`${name}/`))
        .map((part) => Number(part.slice(name.length + 1).split('.')[0])),
    ),
  ].sort((a, b) => a - b);

type Values = Map<string, Uint8Array>;

/** Forty small secrets and three large ones, one of them deleted; published. */
async function filled(vault: Vault): Promise<Values> {
  const values: Values = new Map();
  for (let i = 0; i < 40; i += 1) values.set(`SMALL_${i}`, bytes(`value ${i}`));
  values.set('CERT', random(4_000));
  values.set('KEYS', random(65_536));
  await vault.import([...values].map(([name, value]) => ({ name, value })));
  await vault.set('GONE', random(5_000));
  await vault.publish();
  values.set('CERT', random(7_000));
  await vault.set('CERT', values.get('CERT') ?? bytes(''), { expiresAt: 2_000_000_000_000 });
  await vault.delete('GONE');
  await vault.publish();
  return values;
}

async function expectValues(vault: Vault, values: Values): Promise<void> {
  for (const region of BOTH) {
    for (const [name, value] of values) {
      expect(Buffer.compare((await vault.get(name, { region })).value, value), `${name} ${region}`).toBe(0);
    }
  }
  const { secrets } = await vault.boot({ large: () => true });
  expect(new Map([...secrets].map(([name, { value }]) => [name, value]))).toEqual(
    new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

describe('a rotation of the data key', () => {
  it('seals large secrets anew with their parts, and those of the past go', async () => {
    const world = createWorld();
    const values = await filled(world.open());
    const old = recordId(world, HOME);
    const plan = await world.open().planRotation();
    expect(plan).toMatchObject({ kind: 'new', entries: 43 });
    // Besides the record, the entries and the release: 3 parts of CERT and 22 of KEYS.
    const { writes: released } = await world.open().publish({ atLeast: 3 });
    expect((await world.open().planRotation()).writes).toBe(1 + 43 + 3 + 22 + released);

    const result = await world.open().rotate();
    expect(result).toMatchObject({ kind: 'new', entries: 43, problems: [], left: 0, behind: [] });
    const now = recordId(world, HOME);
    expect(now).not.toBe(old);
    for (const region of BOTH) {
      const under = sealedUnder(world, region, [...values.keys(), 'GONE']);
      expect(new Set(Object.values(under))).toEqual(new Set([now]));
      // Whoever read the revision before still finds its parts.
      expect(revisions(world.aws, region, 'CERT')).toEqual([2, 3]);
      expect(revisions(world.aws, region, 'KEYS')).toEqual([1, 2]);
      expect(revisions(world.aws, region, 'GONE')).toEqual([]);
    }
    await expectValues(world.open(), values);
    expect(await world.open().get('CERT')).toMatchObject({ expiresAt: 2_000_000_000_000, revision: 3 });
    expect(await world.open().verify({ history: true })).toMatchObject({ authentic: true, equal: true });

    await world.open().rotate();
    expect(revisions(world.aws, REPLICA, 'KEYS')).toEqual([2, 3]);
    await expectValues(world.open(), values);
  });

  it('goes on past a large secret that has lost a part, and tells of it', async () => {
    const world = createWorld();
    const values = await filled(world.open());
    for (const region of BOTH) {
      const lost = parts(world.aws, region).find((part) => part.startsWith('CERT/2.')) ?? '';
      world.aws.remove(region, FOLDER + lost);
    }
    const result = await world.open().rotate();
    expect(result).toMatchObject({ kind: 'new', entries: 42, left: 0 });
    expect(result.problems.map(({ name, error }) => [name, error.code])).toEqual([
      ['CERT', 'large_incomplete'],
    ]);
    values.delete('CERT');
    for (const [name, value] of values) expect((await world.open().get(name)).value).toEqual(value);
    // Set again, it is under the new data key like everything else.
    await world.open().set('CERT', random(7_000));
    expect(sealedUnder(world, HOME, ['CERT'])[parameter('CERT')]).toBe(recordId(world, HOME));
  });

  it('published by hand, leaves a release that starts with what it held', async () => {
    const world = createWorld();
    const vault = world.open();
    const value = random(5_000);
    await vault.set('CERT', value);
    await vault.publish();
    await vault.set('CERT', random(6_000));
    await world.open().rotate({ publishes: false });
    const booted = await world.open().boot({ large: () => true });
    expect(booted.secrets.get('CERT')).toMatchObject({ value, revision: 1 });
  });

  it('is finished where it was cut off at any call, and no value is lost', async () => {
    const counts = { small: 12, full: 200 };
    const tries = rounds(counts.small, counts.full);
    tried('rotations with large secrets cut off', tries);
    const draw = randomNumbers(seed);
    for (let i = 0; i < tries; i += 1) {
      const world = createWorld();
      const vault = world.open();
      const values: Values = new Map([
        ['A', bytes('a')],
        ['CERT', random(7_000)],
        ['KEYS', random(10_000)],
      ]);
      for (const [name, value] of values) await vault.set(name, value);
      await vault.publish();
      let left = Math.floor(draw() * 60);
      world.aws.gate = (call) => {
        left -= 1;
        return left < 0 ? failing(() => true, 'denied')(call) : undefined;
      };
      await world
        .open()
        .rotate()
        .catch(() => {});
      world.aws.gate = () => undefined;
      await world.open().rotate();
      await expectValues(world.open(), values);
      const id = recordId(world, HOME);
      for (const region of BOTH) {
        const under = sealedUnder(world, region, [...values.keys()]);
        expect(new Set(Object.values(under)), `seed ${seed} try ${i}`).toEqual(new Set([id]));
      }
    }
  });

  it('yields to whoever sets a large secret meanwhile', async () => {
    const tries = rounds(15, 300);
    tried('rotations among writers of large secrets', tries);
    for (let i = 0; i < tries; i += 1) {
      const world = createWorld();
      await world.open().set('CERT', random(5_000));
      await world.open().publish();
      const scheduler = createScheduler(randomNumbers(seed + i));
      world.aws.gate = scheduler.gate;
      const open = (): Vault => world.open({ pause: scheduler.pause, timeout: 60_000, hedgeAfter: 60_000 });
      const value = random(8_000);
      const ends = await scheduler.run([
        async () => {
          await open().rotate();
        },
        async () => {
          const vault = open();
          await vault.set('CERT', value);
          await vault.publish();
        },
      ]);
      world.aws.gate = () => undefined;
      for (const end of ends) {
        if (end.status === 'rejected') throw new Error(`seed ${seed + i}`, { cause: end.reason });
      }
      await world.open().publish();
      for (const region of BOTH) {
        expect((await world.open().get('CERT', { region })).value, `seed ${seed + i}`).toEqual(value);
      }
      expect((await world.open().boot({ large: () => true })).secrets.get('CERT')?.value).toEqual(value);
    }
  });
});

interface Stage {
  readonly world: World;
  readonly newKey: string;
  /** Both keys are accepted. */
  readonly both: () => Vault;
  /** The new key alone. */
  readonly alone: () => Vault;
}

function stage(): Stage {
  const world = createWorld();
  const { aws, kmsKey, open } = world;
  const newKey = aws.createKey();
  const regions = (own: string, ...accepted: readonly string[]) =>
    [aws.region(HOME, own, ...accepted), aws.region(REPLICA, own, ...accepted)] as const;
  return {
    world,
    newKey,
    both: () => open({ regions: regions(kmsKey, newKey) }),
    alone: () => open({ regions: regions(newKey) }),
  };
}

describe('a rewrap', () => {
  it('changes the wrapping of entries alone: no part is read or written', async () => {
    const { world, newKey, both, alone } = stage();
    const { aws, kmsKey } = world;
    const values = await filled(both());
    const before = new Map(BOTH.map((region) => [region, parts(aws, region)]));
    const entry = parseEntry(aws.versions(HOME, parameter('KEYS')).at(-1)?.value ?? '');
    const plan = await both().planRewrap({ to: newKey });
    const counts = { entries: 42, tombstones: 1, dataKey: 1, release: 1, pinned: 0 };
    expect(plan).toMatchObject({
      problems: [],
      regions: [
        { region: HOME, counts, writes: 45 },
        { region: REPLICA, counts, writes: 45 },
      ],
    });
    aws.calls.length = 0;
    expect(await both().rewrap({ to: newKey })).toMatchObject({ left: 0, problems: [], failed: {} });
    const touched = aws.calls.filter(({ operation }) => operation === 'read' || operation === 'write');
    expect(touched.flatMap(({ names }) => names).filter((name) => name.startsWith(FOLDER))).toEqual([]);
    for (const region of BOTH) {
      expect(parts(aws, region)).toEqual(before.get(region));
      for (const part of parts(aws, region)) expect(aws.versions(region, FOLDER + part)).toHaveLength(1);
    }
    const after = parseEntry(aws.versions(HOME, parameter('KEYS')).at(-1)?.value ?? '');
    expect(sameEntry(entry, after)).toBe(true);
    expect([entry, after].map(({ wrapping }) => wrapping.kmsKeyId)).toEqual([kmsKey, newKey]);
    await expectValues(alone(), values);
  });

  it('is counted right: parts carry no key', async () => {
    const { world, newKey, both } = stage();
    await filled(both());
    const usage = (key: string) => both().keyUsage(key);
    const current = { entries: 42, tombstones: 1, dataKey: 1, release: 1, pinned: 0 };
    expect(await usage(world.kmsKey)).toMatchObject({
      problems: [],
      regions: [{ current, history: 3 }, { current }],
    });
    await both().rewrap({ to: newKey });
    const none = { entries: 0, tombstones: 0, dataKey: 0, release: 0, pinned: 0 };
    expect((await usage(world.kmsKey)).regions.map((one) => one.current)).toEqual([none, none]);
    expect((await usage(newKey)).regions.map((one) => one.current)).toEqual([current, current]);
  });

  it('keeps pinned releases, staged values and those of the release before loadable under the new key alone', async () => {
    const { world, newKey, both, alone } = stage();
    const vault = both();
    const [pinned, published, staged] = [random(5_000), random(6_000), random(7_000)];
    await vault.set('CERT', pinned);
    await vault.publish();
    await vault.pin(1);
    await vault.set('CERT', published);
    await vault.publish();
    await vault.set('CERT', staged);
    await both().rewrap({ to: newKey });
    const large = (): boolean => true;
    expect((await alone().boot({ large, pin: 1 })).secrets.get('CERT')?.value).toEqual(pinned);
    const booted = await alone().boot({ large });
    expect(booted.secrets.get('CERT')?.value).toEqual(published);
    const kept = await alone().bootFrom(booted.sealed ?? expect.fail(), { large });
    expect(kept.secrets.get('CERT')?.value).toEqual(published);
    expect((await alone().get('CERT')).value).toEqual(staged);
    expect(await alone().verify()).toMatchObject({ authentic: true, complete: true, equal: true });
    // A backup of now holds what is pinned, too, though its entry was last written under the old key.
    let file = '';
    const backup = await alone().backup(async (piece) => {
      file += piece;
    });
    expect(backup).toMatchObject({ versions: 3, leftOut: 0 });
    const { aws } = createWorld();
    const region = (name: string) => ({
      ...aws.region(name, newKey),
      keys: world.aws.region(name, newKey).keys,
    });
    const restored = (): Vault => world.open({ regions: [region(HOME), region(REPLICA)] });
    await restored().restore(async function* () {
      yield file;
    });
    expect((await restored().boot({ large, pin: 1 })).secrets.get('CERT')?.value).toEqual(pinned);

    await alone().rollback(1);
    expect((await alone().get('CERT')).value).toEqual(pinned);
  });
});

it('the head and the record are where the tests look for them', async () => {
  const world = createWorld();
  await world.open().set('CERT', random(5_000));
  await world.open().publish();
  for (const name of [HEAD, RECORD]) expect(world.aws.versions(HOME, name)).toHaveLength(1);
  expect(formatDataKeyId(parseEntry(world.aws.versions(HOME, HEAD)[0]?.value ?? '').core.dataKeyId)).toBe(
    recordId(world, HOME),
  );
});
