import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoredParameter, Vault } from '../../src/vault/index.ts';
import type { Call } from '../support/memory-aws.ts';
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

const HEAD = parameter('.waxseal/release');

/** Secrets of 32 random bytes as base64: they hardly compress, so that some make several parts. */
async function fill(vault: Vault, count: number): Promise<ReadonlyMap<string, string>> {
  const values = new Map(
    Array.from({ length: count }, (_, i) => [`SECRET_${i}`, randomBytes(32).toString('base64')]),
  );
  await vault.import([...values].map(([name, value]) => ({ name, value: bytes(value) })));
  return values;
}

function callsOf(world: World): readonly string[] {
  return world.aws.calls.map(({ region, operation, names }) => `${operation} ${names.length} ${region}`);
}

async function booted(
  vault: Vault,
  options: Parameters<Vault['boot']>[0] = {},
): Promise<Record<string, string>> {
  const { secrets } = await vault.boot(options);
  return Object.fromEntries([...secrets].map(([name, { value }]) => [name, text(value)]));
}

function rewind(world: World, region: string, name: string, version: number): void {
  const old = world.aws.versions(region, name).find((one: StoredParameter) => one.version === version);
  world.aws.plant(region, name, old?.value ?? '');
}

describe('booting', () => {
  it.each([
    [1, 0],
    [10, 0],
    [100, 2],
    [300, 4],
  ])('%i secrets: one read and one Decrypt, in each region', async (count, leastParts) => {
    const world = createWorld();
    const values = await fill(world.open(), count);
    const published = await world.open().publish();
    expect(published).toMatchObject({ release: 1, changed: true, secrets: count, behind: [], problems: [] });
    expect(published.writes).toBeGreaterThan(leastParts);
    for (const region of [HOME, REPLICA]) {
      world.aws.calls.length = 0;
      const regions = [world.aws.region(region, world.kmsKey)] as const;
      const { secrets, release } = await world.open({ regions }).boot();
      expect(callsOf(world)).toEqual([`read 10 ${region}`, `unwrap 0 ${region}`]);
      expect(release).toBe(1);
      expect(new Map([...secrets].map(([name, { value }]) => [name, text(value)]))).toEqual(values);
    }
  });

  it('1,000 secrets: one more read for the parts above nine', async () => {
    const world = createWorld();
    const values = await fill(world.open(), 1000);
    await world.open().publish();
    world.aws.calls.length = 0;
    const { secrets } = await world.open().boot();
    expect(secrets.size).toBe(values.size);
    expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['read', 'unwrap', 'read']);
  });

  it('opens the data key beside the reading when it is known', async () => {
    const world = createWorld();
    await fill(world.open(), 3);
    await world.open().publish();
    const { seen } = await world.open().boot();
    world.aws.calls.length = 0;
    const both: string[] = [];
    let release: () => void = () => {};
    const held = new Promise<void>((go) => {
      release = go;
    });
    world.aws.gate = async ({ operation }) => {
      both.push(operation);
      if (both.length === 2) release();
      await held;
      return undefined;
    };
    expect(Object.keys(await booted(world.open(), { seen }))).toHaveLength(3);
    expect(both.sort()).toEqual(['read', 'unwrap']);
  });

  it('asks once more when the known data key is another', async () => {
    const world = createWorld();
    await fill(world.open(), 1);
    await world.open().publish();
    const { seen } = await world.open().boot();
    const other = createWorld();
    await fill(other.open(), 1);
    await other.open().publish();
    other.aws.calls.length = 0;
    expect(Object.keys(await booted(other.open(), { seen }))).toHaveLength(1);
    expect(other.aws.calls.map(({ operation }) => operation).sort()).toEqual(['read', 'unwrap', 'unwrap']);
  });

  it('reads entries where nothing was ever published, and only then', async () => {
    const world = createWorld();
    await world.open().set('A', bytes('entry'));
    expect(await booted(world.open())).toEqual({ A: 'entry' });
    expect((await world.open().boot()).release).toBeUndefined();
    await rejection(world.open().boot({ floor: 1 }), 'release_missing');
    await rejection(world.open().boot({ pin: 1 }), 'release_missing');
    await rejection(createWorld().open().boot(), 'vault_unknown');
  });

  it('leaves out what was deleted, and what was not published yet', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.set('B', bytes('2'));
    await vault.delete('A');
    await vault.publish();
    await vault.set('C', bytes('3'));
    expect(await booted(world.open())).toEqual({ B: '2' });
    expect(await vault.compareRelease()).toMatchObject({
      release: 1,
      added: ['C'],
      changed: [],
      removed: [],
    });
  });

  it('fails over and hedges like any other read', async () => {
    const world = createWorld();
    await fill(world.open(), 2);
    await world.open().publish();
    world.aws.gate = failing(({ region }: Call) => region === HOME, 'unreachable');
    expect((await world.open().boot()).region).toBe(REPLICA);
    world.aws.gate = ({ region }) => (region === HOME ? new Promise(() => {}) : undefined);
    expect((await world.open({ hedgeAfter: 5 }).boot()).region).toBe(REPLICA);
    await rejection(
      world.open({ regions: [world.aws.region(HOME, world.kmsKey)], timeout: 50 }).boot(),
      'timeout',
    );
  });
});

describe('publishing', () => {
  it.each([1, 40, 300])(
    '%i secrets: compareRelease knows beforehand how many parameters it writes',
    async (count) => {
      const vault = createWorld().open();
      await fill(vault, count);
      const { writes } = await vault.compareRelease();
      expect(await vault.publish()).toMatchObject({ writes });
      expect(await vault.compareRelease()).toMatchObject({ writes: 0 });
    },
  );

  it('writes nothing when the release holds all of it already', async () => {
    const world = createWorld();
    await fill(world.open(), 60);
    expect((await world.open().publish()).changed).toBe(true);
    const writes = world.aws.calls.filter(({ operation }) => operation === 'write').length;
    expect(await world.open().publish()).toMatchObject({ release: 1, changed: false, writes: 0 });
    expect(world.aws.calls.filter(({ operation }) => operation === 'write')).toHaveLength(writes);
  });

  it('a reader finds the release before or the one after, at any point, in both regions', async () => {
    const world = createWorld();
    const before = Object.fromEntries(await fill(world.open(), 100));
    await world.open().publish();
    const after = { ...before, ...Object.fromEntries(await fill(world.open(), 100)), MORE: 'x'.repeat(2000) };
    await world.open().set('MORE', bytes('x'.repeat(2000)));
    const seen = new Set<string>();
    world.aws.gate = async ({ operation }) => {
      if (operation !== 'write') return undefined;
      const gate = world.aws.gate;
      world.aws.gate = () => undefined;
      for (const region of [HOME, REPLICA]) {
        const regions = [world.aws.region(region, world.kmsKey)] as const;
        const found = await booted(world.open({ regions }));
        expect([before, after]).toContainEqual(found);
        seen.add(`${region} ${Object.hasOwn(found, 'MORE') ? 'after' : 'before'}`);
      }
      world.aws.gate = gate;
      return undefined;
    };
    await world.open().publish();
    world.aws.gate = () => undefined;
    expect([...seen].sort()).toEqual([`${HOME} after`, `${HOME} before`, `${REPLICA} before`].sort());
    expect(await booted(world.open())).toEqual(after);
  });

  it('takes its own writes from memory where the listing is stale, and re-reads what looks older', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.set('B', bytes('1'));
    await vault.publish();
    await world.open().set('B', bytes('2'));
    await world.open().publish();
    await vault.set('A', bytes('2'));
    // A listing that shows what was there before all of it.
    const old = new Map(['A', 'B'].map((name) => [name, world.aws.versions(HOME, parameter(name))[0]]));
    const home = world.aws.region(HOME, world.kmsKey);
    const stale = {
      ...home,
      parameters: {
        ...home.parameters,
        async *list() {
          for (const stored of old.values()) if (stored !== undefined) yield stored;
        },
      },
    };
    const writer = world.open({ regions: [stale, world.aws.region(REPLICA, world.kmsKey)] });
    await writer.set('A', bytes('3'));
    await writer.publish();
    expect(await booted(world.open())).toEqual({ A: '3', B: '2' });
  });

  it('keeps what was published of an entry that is not to be trusted any more, and says so', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('good'));
    await vault.set('B', bytes('1'));
    await vault.publish();
    world.aws.plant(HOME, parameter('A'), 'not an entry');
    await vault.set('B', bytes('2'));
    const { problems } = await world.open().publish();
    expect(problems.map(({ name, error }) => [name, error.code])).toEqual([['A', 'malformed']]);
    expect(await booted(world.open())).toEqual({ A: 'good', B: '2' });
  });

  it('says that home holds an older one than was published, and keeps what was published', async () => {
    const world = createWorld();
    const vault = world.open();
    for (const value of ['1', '2', '3']) await vault.set('A', bytes(value));
    await vault.publish();
    // As whoever may write parameters can: the replica's first copy claims no slot of home.
    const old = world.aws.versions(REPLICA, parameter('A'))[0]?.value ?? '';
    for (const region of [HOME, REPLICA]) {
      const slot = `"slot":"${region === HOME ? REPLICA : HOME}:1"`;
      world.aws.plant(region, parameter('A'), old.replace(/"slot":"[^"]*"/, slot));
    }
    await world.open().set('A', bytes('new'));
    const { problems } = await world.open().publish();
    expect(problems.map(({ name, error }) => [name, error.code])).toEqual([['A', 'conflict']]);
    expect(await booted(world.open())).toEqual({ A: '3' });
    for (const value of ['newer', 'newest']) await world.open().set('A', bytes(value));
    expect(await world.open().publish()).toMatchObject({ problems: [] });
    expect(await booted(world.open())).toEqual({ A: 'newest' });
  });

  it('has at least the number that is asked for, also when nothing changed', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.publish();
    expect(await vault.publish({ atLeast: 1 })).toMatchObject({ release: 1, changed: false });
    expect(await vault.publish({ atLeast: 7 })).toMatchObject({ release: 7, changed: true, behind: [] });
    expect(await vault.publish({ atLeast: 7 })).toMatchObject({ release: 7, changed: false });
    for (const region of [HOME, REPLICA]) {
      const regions = [world.aws.region(region, world.kmsKey)] as const;
      expect(await booted(world.open({ regions }), { floor: 7 })).toEqual({ A: '1' });
    }
    await vault.set('A', bytes('2'));
    expect(await vault.publish()).toMatchObject({ release: 8 });
  });

  it('is mended by the next one when it fails half-way, also a hundred times in a row', async () => {
    const world = createWorld();
    const values = Object.fromEntries(await fill(world.open(), 100));
    await world.open().publish();
    for (let round = 0; round < 120; round += 1) {
      await world.open().set('ROUND', bytes(String(round)));
      world.aws.gate = failing(
        ({ operation, names }) => operation === 'write' && names[0] === HEAD,
        'denied',
      );
      await rejection(world.open().publish(), 'denied');
      world.aws.gate = () => undefined;
      if (round % 20 === 19) expect(await booted(world.open())).toEqual(values);
    }
    // What the live head names was never pruned.
    expect(await booted(world.open())).toEqual(values);
    await world.open().publish();
    expect(await booted(world.open())).toEqual({ ...values, ROUND: '119' });
  });

  it('a replica that is away is reported, and gets it with the next publish', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.publish();
    world.aws.gate = failing(({ region }: Call) => region === REPLICA, 'unreachable');
    await vault.set('A', bytes('2'));
    expect((await vault.publish()).behind.map(({ region }) => region)).toEqual([REPLICA]);
    expect(await vault.compareRelease()).toMatchObject({
      release: 2,
      regions: { [HOME]: 2, [REPLICA]: null },
    });
    world.aws.gate = () => undefined;
    await world.open().set('A', bytes('2'));
    expect(await vault.publish()).toMatchObject({ changed: true, behind: [] });
    expect(await vault.compareRelease()).toMatchObject({ regions: { [HOME]: 3, [REPLICA]: 3 } });
  });
});

describe('what a reader must not believe', () => {
  it('an older release put back is refused by the floor, and a newer one elsewhere is taken', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.publish();
    await vault.set('A', bytes('2'));
    await vault.publish();
    // The whole parameter with its slot: as if the second publish had never been.
    const copy = world.aws.versions(HOME, HEAD)[0]?.value ?? '';
    world.aws.plant(REPLICA, HEAD, copy);
    const regions = [world.aws.region(REPLICA, world.kmsKey)] as const;
    expect(await booted(world.open({ regions }))).toEqual({ A: '1' });
    const error = await rejection(world.open({ regions }).boot({ floor: 2 }), 'release_too_old');
    expect(error.hint).toContain('waxseal release publish --at-least 2');
    expect(await booted(world.open(), { floor: 2 })).toEqual({ A: '2' });
    const turned = [world.aws.region(REPLICA, world.kmsKey), world.aws.region(HOME, world.kmsKey)] as const;
    expect(await booted(world.open({ regions: turned }), { floor: 2 })).toEqual({ A: '2' });
  });

  it('at home the slot tells an old head from a new one', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.publish();
    await vault.set('A', bytes('2'));
    await vault.publish();
    rewind(world, HOME, HEAD, 1);
    expect(await booted(world.open())).toEqual({ A: '2' });
  });

  it("another vault's release, a part of another release, a missing part", async () => {
    const world = createWorld();
    await fill(world.open(), 100);
    await world.open().publish();
    const head = world.aws.versions(HOME, HEAD)[0]?.value ?? '';
    const foreign = world.open({ path: '/acme/other' });
    await foreign.set('A', bytes('1'));
    await foreign.publish();
    const stranger = world.aws.versions(HOME, '/acme/other/.waxseal/release')[0]?.value ?? '';
    // With its own slot it never counted; with one that fits it says itself that it belongs elsewhere.
    world.aws.plant(HOME, HEAD, stranger);
    expect(Object.keys(await booted(world.open()))).toHaveLength(100);
    world.aws.plant(HOME, HEAD, stranger.replace(`${HOME}:1`, `${HOME}:3`));
    await rejection(world.open().boot(), 'misplaced');
    world.aws.plant(HOME, HEAD, 'garbage');
    await rejection(world.open().boot(), 'malformed');
    world.aws.plant(HOME, HEAD, head.replace(`${HOME}:1`, `${HOME}:5`));
    expect(Object.keys(await booted(world.open()))).toHaveLength(100);

    const fresh = createWorld();
    await fill(fresh.open(), 100);
    await fresh.open().publish();
    const other = world.aws.versions(HOME, `${HEAD}/1`)[0]?.value ?? '';
    for (const region of [HOME, REPLICA])
      for (let i = 0; i < 99; i += 1) fresh.aws.plant(region, `${HEAD}/1`, other);
    // The good part is still version 1 of a parameter that kept all of its versions.
    expect(Object.keys(await booted(fresh.open()))).toHaveLength(100);
    for (const region of [HOME, REPLICA])
      for (let i = 0; i < 100; i += 1) fresh.aws.plant(region, `${HEAD}/1`, other);
    await rejection(fresh.open().boot(), 'release_incomplete');
  });
});

describe('the past', () => {
  it('lists releases, rolls back to one, and goes on above it', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'));
    await vault.set('GONE', bytes('x'));
    await vault.publish();
    await vault.set('A', bytes('2'));
    await vault.delete('GONE');
    await vault.set('NEW', bytes('y'));
    await vault.publish();
    expect((await vault.releases()).map(({ number, secrets }) => [number, secrets])).toEqual([
      [2, 2],
      [1, 2],
    ]);
    expect(await vault.planRollback(1)).toEqual({ added: ['GONE'], changed: ['A'], removed: ['NEW'] });
    expect(await vault.rollback(1)).toMatchObject({ release: 3, changed: true });
    expect(await booted(world.open())).toEqual({ A: '1', GONE: 'x' });
    // As new revisions: nothing went down.
    expect((await vault.get('A')).revision).toBe(3);
    expect((await vault.get('GONE')).revision).toBe(3);
    await rejection(vault.rollback(17), 'release_missing');
  });

  it('lists many releases with one look at the history of the head and of each part', async () => {
    const world = createWorld();
    const vault = world.open();
    await fill(vault, 100);
    await vault.publish();
    for (let i = 0; i < 5; i += 1) {
      await vault.set('N', bytes(String(i)));
      await vault.publish();
    }
    world.aws.calls.length = 0;
    expect((await vault.releases()).map(({ secrets }) => secrets)).toEqual([101, 101, 101, 101, 101, 100]);
    const looks = world.aws.calls.flatMap(({ operation, names }) => (operation === 'history' ? names : []));
    expect(looks.length).toBeGreaterThan(1);
    expect(new Set(looks).size).toBe(looks.length);
  });

  it('lies in its head or in parts, and is read, whatever its size', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', Uint8Array.from(randomBytes(2_200)));
    const inParts = new Set<boolean>();
    for (let size = 160; size <= 420; size += 4) {
      const value = Uint8Array.from(randomBytes(size));
      await vault.set('B', value);
      await vault.publish();
      const { secrets, sealed } = await world.open().boot();
      expect(secrets.get('B')?.value, `${size} bytes`).toEqual(value);
      inParts.add((sealed?.parts.length ?? 0) > 0);
    }
    expect(inParts).toEqual(new Set([false, true]));
  });

  it('a pinned release is there after 150 more publishes, in every region', async () => {
    const world = createWorld();
    const vault = world.open();
    const values = Object.fromEntries(await fill(vault, 60));
    await vault.publish();
    await vault.pin(1);
    for (let i = 0; i < 150; i += 1) {
      await vault.set('N', bytes(String(i)));
      await vault.publish();
    }
    await rejection(world.open().planRollback(2), 'release_missing');
    for (const region of [HOME, REPLICA]) {
      const regions = [world.aws.region(region, world.kmsKey)] as const;
      expect(await booted(world.open({ regions }), { pin: 1 })).toEqual(values);
    }
    expect((await vault.planRollback(1)).removed).toEqual(['N']);
    // A pinned copy that lies under another number is not it.
    world.aws.plant(
      HOME,
      `${parameter('.waxseal/pinned/2')}`,
      world.aws.versions(HOME, parameter('.waxseal/pinned/1'))[0]?.value ?? '',
    );
    await rejection(
      world.open({ regions: [world.aws.region(HOME, world.kmsKey)] }).boot({ pin: 2 }),
      'misplaced',
    );
  });
});
