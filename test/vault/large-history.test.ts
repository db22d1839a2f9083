/** The past of a large secret: publishes remove the parts of what is past, and everything says so plainly. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HistoryItem, Vault } from '../../src/vault/index.ts';
import { THIRD, threeRegions } from '../support/three-regions.ts';
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

const FOLDER = `${VAULT}/.waxseal/large/`;
const random = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));

function drop({ aws }: World, region: string, name: string, revision: number): void {
  for (const full of aws.names(region)) {
    if (full.startsWith(`${FOLDER}${name}/${revision}.`)) aws.remove(region, full);
  }
}

interface Past {
  readonly world: World;
  /** By revision, from 1. */
  readonly values: readonly (Uint8Array | undefined)[];
}

/** Revisions 1 and 2 are large, 3 is small, 4 to 6 are large; each was published. */
async function published(world = createWorld()): Promise<Past> {
  const vault = world.open();
  const sizes = [5_000, 7_000, 5, 6_000, 10_000, 8_000];
  const values = sizes.map(random);
  for (const value of values) {
    await vault.set('CERT', value);
    await vault.publish();
  }
  return { world, values: [undefined, ...values] };
}

const told = (items: readonly HistoryItem[]): unknown =>
  items.map(({ revision, value, partsGone, problem, linked }) => [
    revision,
    value === undefined ? 'none' : value.byteLength,
    partsGone === true ? 'gone' : '',
    problem?.code,
    linked,
  ]);

const writes = ({ aws }: World): number =>
  aws.calls.filter(({ operation }) => operation === 'write' || operation === 'remove').length;

describe('the history of a large secret', () => {
  it('shows the values that are kept, and of the others that their parts are not', async () => {
    const { world } = await published();
    expect(told(await world.open().history('CERT', { values: true }))).toEqual([
      [6, 8_000, '', undefined, true],
      [5, 10_000, '', undefined, true],
      [4, 'none', 'gone', undefined, true],
      [3, 5, '', undefined, true],
      [2, 'none', 'gone', undefined, true],
      [1, 'none', 'gone', undefined, true],
    ]);
    const items = await world.open().history('CERT');
    expect(items.map(({ partsGone }) => partsGone === true)).toEqual([false, false, true, false, true, true]);
    expect(items.every(({ value }) => value === undefined)).toBe(true);
  });

  it('takes a part from another region, and one that is in none is told of', async () => {
    const { world } = await published(threeRegions());
    for (const region of [HOME, REPLICA]) drop(world, region, 'CERT', 5);
    const shown = async (): Promise<unknown> => (await world.open().history('CERT', { values: true }))[1];
    expect(await shown()).toMatchObject({ revision: 5, problem: undefined });
    expect(await shown()).not.toHaveProperty('partsGone');
    drop(world, THIRD, 'CERT', 5);
    expect(await shown()).toMatchObject({
      revision: 5,
      problem: undefined,
      partsGone: true,
      value: undefined,
    });
  });

  it('of a text that somebody put where a part was says what it says of one that is gone', async () => {
    const { world } = await published();
    const [part = ''] = world.aws.names(HOME).filter((name) => name.startsWith(`${FOLDER}CERT/6.`));
    for (const region of [HOME, REPLICA]) world.aws.plant(region, part, 'AAAA');
    const [newest] = await world.open().history('CERT', { values: true });
    expect(newest).toMatchObject({ revision: 6, problem: undefined, partsGone: true });
  });

  it('costs one listing for all that is past, and none for small ones', async () => {
    const world = createWorld();
    const vault = world.open();
    for (let i = 0; i < 30; i += 1) {
      await vault.set('CERT', random(4_000));
      await vault.publish();
    }
    world.aws.calls.length = 0;
    await world.open().history('CERT', { values: true });
    const count = (operation: string): number =>
      world.aws.calls.filter((call) => call.operation === operation).length;
    // One a region, since what home lacks another might have; the two newest are read.
    expect([count('list'), count('read'), count('history')]).toEqual([2, 2, 1]);
    await vault.set('SMALL', bytes('1'));
    world.aws.calls.length = 0;
    await world.open().history('SMALL', { values: true });
    expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['history', 'unwrap']);
  });

  it('where parts may not be listed is shown all the same', async () => {
    const { world } = await published();
    world.aws.gate = failing(({ operation }) => operation === 'list', 'denied');
    const items = await world.open().history('CERT', { values: true });
    expect(items.map(({ partsGone }) => partsGone === true)).toEqual([false, false, true, false, true, true]);
    expect((await world.open().history('CERT')).every(({ problem }) => problem === undefined)).toBe(true);
  });

  it('does not take a stale listing for what is gone', async () => {
    const world = createWorld();
    await world.open().set('CERT', random(5_000));
    const names = world.aws.names(HOME).filter((name) => name.startsWith(FOLDER));
    const kept = names.map((name) => [name, world.aws.versions(HOME, name).at(-1)?.value ?? ''] as const);
    for (const name of names) for (const region of [HOME, REPLICA]) world.aws.remove(region, name);
    world.aws.gate = ({ operation, names: [first = ''] }) => {
      if (operation === 'read' && first.startsWith(FOLDER)) {
        for (const [name, text] of kept) world.aws.plant(HOME, name, text);
      }
      return undefined;
    };
    const [item] = await world.open().history('CERT');
    expect(item).not.toHaveProperty('partsGone');
  });
});

describe('going back to a large secret of the past', () => {
  it('gives a kept value again, large or small, on top of what stands', async () => {
    const { world, values } = await published();
    for (const [revision, now] of [
      [5, 7],
      [3, 8],
    ] as const) {
      const result = await world.open().rollbackSecret('CERT', revision);
      expect(result).toMatchObject({ revision: now, from: revision, changed: true, linked: true });
      for (const region of [HOME, REPLICA]) {
        expect((await world.open().get('CERT', { region })).value).toEqual(values[revision]);
      }
    }
    expect(await world.open().rollbackSecret('CERT', 3)).toMatchObject({ changed: false });
  });

  it('refuses one whose parts are gone, says what helps, and writes nothing', async () => {
    const { world } = await published();
    const before = writes(world);
    for (const act of [
      (vault: Vault) => vault.rollbackSecret('CERT', 2),
      (vault: Vault) => vault.revision('CERT', 2),
    ]) {
      const error = await rejection(act(world.open()), 'large_incomplete');
      expect(error.message).toBe(
        'the value of revision 2 of CERT lay in several parameters, which are no longer kept',
      );
      expect(error.hint).toMatch(/pinned release.*backup/);
    }
    expect(writes(world)).toBe(before);
  });

  it('finds the parts that a pinned release keeps', async () => {
    const world = createWorld();
    const vault = world.open();
    const value = random(5_000);
    await vault.set('CERT', value);
    await vault.publish();
    await vault.pin(1);
    for (let i = 0; i < 4; i += 1) {
      await vault.set('CERT', random(4_000));
      await vault.publish();
    }
    expect(told(await vault.history('CERT', { values: true }))).toEqual([
      [5, 4_000, '', undefined, true],
      [4, 4_000, '', undefined, true],
      [3, 'none', 'gone', undefined, true],
      [2, 'none', 'gone', undefined, true],
      [1, 5_000, '', undefined, true],
    ]);
    await vault.rollbackSecret('CERT', 1);
    expect((await world.open().get('CERT')).value).toEqual(value);
  });

  it('goes on top of one that stands and has lost a part', async () => {
    const { world, values } = await published();
    for (const region of [HOME, REPLICA]) drop(world, region, 'CERT', 6);
    const error = await rejection(world.open().revision('CERT', 'now'), 'large_incomplete');
    expect(error.message).toMatch(/^part 1 of CERT, revision 6, is in no region/);
    expect(await world.open().rollbackSecret('CERT', 5)).toMatchObject({ revision: 7, from: 5 });
    expect((await world.open().get('CERT')).value).toEqual(values[5]);
  });

  it('undeletes, also after more was published, and after it was small and deleted twice', async () => {
    const { world, values } = await published();
    const vault = world.open();
    await vault.delete('CERT');
    await vault.publish();
    for (let i = 0; i < 3; i += 1) {
      await vault.set('OTHER', random(4_000));
      await vault.publish();
    }
    expect(await vault.revision('CERT', 'before-deletion')).toMatchObject({ revision: 6, value: values[6] });
    await world.open().undelete('CERT');
    await vault.publish();
    expect((await world.open().get('CERT')).value).toEqual(values[6]);
    await vault.delete('CERT');
    await vault.publish();
    expect(await world.open().undelete('CERT')).toMatchObject({ from: 8 });
    for (const region of [HOME, REPLICA]) {
      expect((await world.open().get('CERT', { region })).value).toEqual(values[6]);
    }
  });

  it('compares revisions by their values', async () => {
    const { world, values } = await published();
    const vault = world.open();
    expect((await vault.revision('CERT', 5)).value).toEqual(values[5]);
    expect((await vault.revision('CERT', 'now')).value).toEqual(values[6]);
    expect((await vault.revision('CERT', 3)).value).toEqual(values[3]);
  });
});
