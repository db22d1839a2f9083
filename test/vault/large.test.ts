/** Secrets that do not fit into one parameter: the same promises, over several. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_PARAMETER_NAME } from '../../src/secret-name.ts';
import type { Vault } from '../../src/vault/index.ts';
import {
  bytes,
  createWorld,
  failing,
  HOME,
  REPLICA,
  rejection,
  VAULT,
  type World,
} from '../support/world.ts';

const LARGE = 65_536;

/** The parts that a region holds of a secret, by the ends of their names. */
function partsIn(world: World, region: string, name: string): string[] {
  const folder = `${VAULT}/.waxseal/large/${name}/`;
  return world.aws
    .names(region)
    .filter((full) => full.startsWith(folder))
    .map((full) => full.slice(folder.length));
}

const revisions = (world: World, region: string, name: string): number[] =>
  [...new Set(partsIn(world, region, name).map((part) => Number(part.split('.')[0])))].sort((a, b) => a - b);

async function put(vault: Vault, name: string, value: Uint8Array): Promise<void> {
  await vault.set(name, value);
  await vault.publish();
}

describe('a large secret', () => {
  it.each([2_700, 3_072, 8_192, 30_000, LARGE])('of %i random bytes comes back as it was', async (size) => {
    const world = createWorld();
    const value = Uint8Array.from(randomBytes(size));
    const written = await world.open().set('KEY_FILE', value);
    expect(written).toMatchObject({ revision: 1, changed: true, behind: [] });

    const read = await world.open().get('KEY_FILE');
    expect(Buffer.compare(read.value, value)).toBe(0);
    expect(read.binary).toBe(true);
    expect((await world.open().load()).get('KEY_FILE')?.value).toEqual(value);
    // Every parameter is a standard one.
    for (const region of [HOME, REPLICA]) {
      for (const name of world.aws.names(region)) {
        expect(world.aws.versions(region, name).at(-1)?.value.length).toBeLessThanOrEqual(4096);
      }
      expect(partsIn(world, region, 'KEY_FILE')).toHaveLength(Math.ceil((size + 16) / 3072));
    }
  });

  it('that compresses may fit into one parameter after all, and then does', async () => {
    const world = createWorld();
    await world.open().set('JSON', bytes('{"key":"value"}'.repeat(2000)));
    expect(partsIn(world, HOME, 'JSON')).toEqual([]);
  });

  it('above the limit is refused before anything is written, and told where it may go', async () => {
    const world = createWorld();
    const error = await rejection(
      world.open().set('A', Uint8Array.from(randomBytes(LARGE + 1))),
      'value_too_large',
    );
    expect(error.hint).toContain('waxseal file encrypt');
    expect(world.aws.names(HOME)).toEqual([]);
  });

  it.each([
    ['long', 'x'.repeat(MAX_PARAMETER_NAME - 51 - VAULT.length - 1), 'x'],
    ['deep', `${'a/'.repeat(15 - 3 - VAULT.split('/').length)}a`, '/a'],
  ])(
    'has as %s a name as its parts can bear, and with a longer one nothing is written',
    async (_, name, more) => {
      const world = createWorld();
      const value = Uint8Array.from(randomBytes(7_000));
      expect((await world.open().set(name, value)).parts).toBe(3);
      expect((await world.open().get(name)).value).toEqual(value);

      const before = world.aws.names(HOME);
      await rejection(world.open().set(`${name}${more}`, value), 'value_too_large');
      expect(world.aws.names(HOME)).toEqual(before);
      await world.open().set(`${name}${more}`, bytes('small'));
    },
  );

  it('is loaded by a start that asks for it, and left out by one that does not', async () => {
    const world = createWorld();
    const value = Uint8Array.from(randomBytes(20_000));
    await put(world.open(), 'CERT', value);
    await put(world.open(), 'SMALL', bytes('x'));

    const plain = await world.open().boot();
    expect([...plain.secrets.keys()]).toEqual(['SMALL']);
    expect(plain.leftOut).toEqual(['CERT']);
    const whole = await world.open().boot({ large: () => true });
    expect(whole.secrets.get('CERT')?.value).toEqual(value);
    expect(whole.leftOut).toEqual([]);

    const kept = await world.open().bootFrom(whole.sealed ?? expect.fail(), { large: () => true });
    expect(kept.secrets.get('CERT')?.value).toEqual(value);
  });

  it('is started with as the release names it, though two newer ones are staged', async () => {
    const world = createWorld();
    const vault = world.open();
    const values = [1, 2, 3, 4].map(() => Uint8Array.from(randomBytes(9_000)));
    for (const value of values) await vault.set('CERT', value);
    await vault.publish();
    for (const _ of values) await vault.set('CERT', Uint8Array.from(randomBytes(9_000)));
    expect((await world.open().boot({ large: () => true })).secrets.get('CERT')?.value).toEqual(values[3]);
  });

  it('keeps the parts of its published revision and of the one before, in every region', async () => {
    const world = createWorld();
    const vault = world.open();
    for (let i = 0; i < 5; i += 1) await put(vault, 'CERT', Uint8Array.from(randomBytes(7_000)));
    expect(revisions(world, HOME, 'CERT')).toEqual([4, 5]);
    expect(revisions(world, REPLICA, 'CERT')).toEqual([4, 5]);
    await put(vault, 'CERT', bytes('small again'));
    expect(revisions(world, HOME, 'CERT')).toEqual([5]);
    await vault.delete('CERT');
    await vault.publish();
    expect(revisions(world, HOME, 'CERT')).toEqual([]);
  });

  it('keeps the parts that a pinned release names', async () => {
    const world = createWorld();
    const vault = world.open();
    const pinned = Uint8Array.from(randomBytes(7_000));
    await put(vault, 'CERT', pinned);
    await vault.pin(1);
    for (let i = 0; i < 4; i += 1) await put(vault, 'CERT', Uint8Array.from(randomBytes(7_000)));
    expect(revisions(world, HOME, 'CERT')).toEqual([1, 4, 5]);
    const booted = await world.open().boot({ pin: 1, large: () => true });
    expect(booted.secrets.get('CERT')?.value).toEqual(pinned);
  });

  it('is read though the region that answers lost a part, from another one', async () => {
    const world = createWorld();
    const value = Uint8Array.from(randomBytes(20_000));
    await put(world.open(), 'CERT', value);
    const [first = ''] = partsIn(world, HOME, 'CERT');
    world.aws.remove(HOME, `${VAULT}/.waxseal/large/CERT/${first}`);
    expect((await world.open().get('CERT')).value).toEqual(value);
    expect((await world.open().boot({ large: () => true })).secrets.get('CERT')?.value).toEqual(value);

    world.aws.plant(REPLICA, `${VAULT}/.waxseal/large/CERT/${first}`, 'AAAA');
    const error = await rejection(world.open().get('CERT'), 'large_incomplete');
    expect(error.message).toContain('CERT');
  });

  it('goes back to the value before, and comes back after it was deleted', async () => {
    const world = createWorld();
    const vault = world.open();
    const [old, young] = [Uint8Array.from(randomBytes(9_000)), Uint8Array.from(randomBytes(9_000))];
    await put(vault, 'CERT', old);
    await put(vault, 'CERT', young);
    await vault.rollbackSecret('CERT', 1);
    await vault.publish();
    expect((await world.open().get('CERT')).value).toEqual(old);
    await vault.delete('CERT');
    await vault.publish();
    await vault.undelete('CERT');
    expect((await world.open().get('CERT')).value).toEqual(old);
  });

  it('comes back with a release of the past, or nothing does', async () => {
    const world = createWorld();
    const vault = world.open();
    const values = [1, 2, 3, 4].map(() => Uint8Array.from(randomBytes(9_000)));
    for (const value of values.slice(0, 2)) await put(vault, 'CERT', value);
    await vault.rollback(1);
    expect((await world.open().get('CERT')).value).toEqual(values[0]);

    for (const value of values.slice(2)) await put(vault, 'CERT', value);
    await put(vault, 'OTHER', bytes('1'));
    await rejection(vault.rollback(1), 'large_incomplete');
    expect((await world.open().get('CERT')).value).toEqual(values[3]);
    expect((await world.open().get('OTHER')).value).toEqual(bytes('1'));
  });

  it('comes back with the release before, however often it was set without a publish', async () => {
    const world = createWorld();
    const vault = world.open();
    const value = Uint8Array.from(randomBytes(9_000));
    await put(vault, 'CERT', value);
    for (let i = 0; i < 4; i += 1) await vault.set('CERT', Uint8Array.from(randomBytes(9_000)));
    await vault.publish();
    // Neither leaves it out.
    expect(await vault.publish()).toMatchObject({ release: 2, changed: false });
    const { past } = await vault.sync({});
    expect(past).toBeUndefined();
    await vault.rollback(1);
    for (const region of [HOME, REPLICA]) {
      expect((await world.open().get('CERT', { region })).value).toEqual(value);
    }
    // Of the releases further back nothing stays.
    await put(vault, 'CERT', Uint8Array.from(randomBytes(9_000)));
    await put(vault, 'CERT', Uint8Array.from(randomBytes(9_000)));
    const parts = world.aws.names(HOME).filter((name) => name.includes('/.waxseal/large/CERT/'));
    expect([...new Set(parts.map((name) => Number(/CERT\/(\d+)\./.exec(name)?.[1])))].sort()).toEqual([7, 8]);
  });

  it('is named in the list of releases that nothing can go back to for it', async () => {
    const world = createWorld();
    const vault = world.open();
    const list = async (): Promise<unknown> =>
      (await world.open().releases()).map(({ number, pinned, partsGone }) => [number, pinned, partsGone]);
    await put(vault, 'A', bytes('1'));
    expect(await list()).toEqual([[1, false, []]]);
    for (let i = 0; i < 4; i += 1) {
      await put(vault, 'CERT', Uint8Array.from(randomBytes(7_000)));
      if (i === 0) await vault.pin(2);
    }
    await put(vault, 'A', bytes('2'));
    const told = [
      [6, false, []],
      [5, false, []],
      [4, false, []],
      [3, false, ['CERT']],
      [2, true, []],
      [1, false, []],
    ];
    expect(await list()).toEqual(told);
    await rejection(vault.rollback(3), 'large_incomplete');
    // A pinned release outlasts the history of the head.
    for (let i = 0; i < 100; i += 1) await put(vault, 'A', bytes(`more ${i}`));
    const [oldest] = (await world.open().releases()).slice(-1);
    expect(oldest).toMatchObject({ number: 2, pinned: true, partsGone: [], secrets: 2 });
    await vault.rollback(2);
    expect((await world.open().get('A')).value).toEqual(bytes('1'));
    // Who may not list is told of the releases all the same.
    world.aws.gate = failing(({ operation }) => operation === 'list', 'denied');
    expect((await world.open().releases())[0]).toMatchObject({ pinned: undefined, partsGone: undefined });
  });

  it('of a pinned release is there after 150 more versions of it, in every region', async () => {
    const world = createWorld();
    const vault = world.open();
    const pinned = Uint8Array.from(randomBytes(7_000));
    await put(vault, 'CERT', pinned);
    await vault.pin(1);
    for (let i = 0; i < 150; i += 1) await vault.set('CERT', bytes(`small ${i}`));
    await put(vault, 'CERT', bytes('the last'));
    for (const region of [HOME, REPLICA]) {
      const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
      const booted = await alone.boot({ pin: 1, large: () => true });
      expect(booted.secrets.get('CERT')?.value).toEqual(pinned);
    }

    // A region that is added, or lost what it had, gets it too.
    for (const name of world.aws.names(REPLICA)) {
      if (name.includes('/.waxseal/pinned/') || name.includes('/.waxseal/large/'))
        world.aws.remove(REPLICA, name);
    }
    await world.open().sync();
    const alone = world.open({ regions: [world.aws.region(REPLICA, world.kmsKey)] });
    expect((await alone.boot({ pin: 1, large: () => true })).secrets.get('CERT')?.value).toEqual(pinned);
  });
});
