import { describe, expect, it } from 'vitest';
import type { EntryStatus, Vault } from '../../src/vault/index.ts';
import { ALL, THIRD, type ThreeRegions, threeRegions } from '../support/three-regions.ts';
import { bytes, failing, HOME, parameter, REPLICA } from '../support/world.ts';

const RECORD = parameter('.waxseal/data-key');
const HEAD = parameter('.waxseal/release');

/** A vault with A and B everywhere, published. */
async function filled(): Promise<ThreeRegions> {
  const world = threeRegions();
  const vault = world.open();
  await vault.set('A', bytes('one'));
  await vault.set('B', bytes('one'));
  await vault.publish();
  world.counted();
  return world;
}

function states(entry: EntryStatus | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(entry?.cells ?? {}).map(([region, { state }]) => [region, state]));
}

async function entry(vault: Vault, name: string): Promise<EntryStatus | undefined> {
  return (await vault.status()).entries.find((one) => one.name === name);
}

describe('status', () => {
  it('of equal regions costs one listing each and one Decrypt', async () => {
    const world = await filled();
    const status = await world.open().status();
    expect(world.counted()).toEqual(
      [...ALL.map((region) => `list ${region}: 1`), `unwrap ${HOME}: 1`].sort(),
    );
    expect(status.equal).toBe(true);
    expect(status.entries.map(({ name, revision, drift }) => [name, revision, drift])).toEqual([
      ['A', 1, false],
      ['B', 1, false],
    ]);
    expect(
      status.regions.map(({ region, home, release, dataKey }) => [
        region,
        home,
        release.state,
        release.number,
        dataKey.state,
      ]),
    ).toEqual([
      [HOME, true, 'equal', 1, 'equal'],
      [REPLICA, false, 'equal', 1, 'equal'],
      [THIRD, false, 'equal', 1, 'equal'],
    ]);
    expect(new Set(status.regions.map(({ release }) => release.digest)).size).toBe(1);
  });

  it('knows the direct parent without a further call, and asks one history for what is further back', async () => {
    const world = await filled();
    await world.only(HOME, REPLICA).set('A', bytes('two'));
    world.counted();
    expect(states(await entry(world.open(), 'A'))).toEqual({
      [HOME]: 'equal',
      [REPLICA]: 'equal',
      [THIRD]: 'behind',
    });
    expect(world.counted().filter((call) => call.startsWith('history'))).toEqual([]);
    await world.only(HOME, REPLICA).set('A', bytes('three'));
    world.counted();
    expect(states(await entry(world.open(), 'A'))).toEqual({
      [HOME]: 'equal',
      [REPLICA]: 'equal',
      [THIRD]: 'behind',
    });
    expect(world.counted().filter((call) => call.startsWith('history'))).toEqual([`history ${HOME}: 1`]);
  });

  it('tells a replica that goes on from home from one that does not', async () => {
    const world = await filled();
    for (const value of ['two', 'three']) await world.only(REPLICA).set('A', bytes(value));
    await world.only(THIRD).set('B', bytes('there'));
    await world.only(HOME).set('B', bytes('here'));
    await world.only(HOME).set('B', bytes('here again'));
    const { entries, equal } = await world.open().status();
    expect(entries.map(states)).toEqual([
      { [HOME]: 'equal', [REPLICA]: 'ahead', [THIRD]: 'equal' },
      { [HOME]: 'equal', [REPLICA]: 'behind', [THIRD]: 'diverged' },
    ]);
    expect(equal).toBe(false);
    // A listing asks for no history, and says what the numbers say.
    world.counted();
    const { secrets } = await world.open().list();
    expect(secrets[1]?.copies).toEqual({ [HOME]: 'equal', [REPLICA]: 'behind', [THIRD]: 'behind' });
    expect(world.counted().some((call) => call.startsWith('history'))).toBe(false);
  });

  it('finds the chain in another region when the one that holds the newer was skipped', async () => {
    const world = await filled();
    for (let n = 2; n <= 4; n += 1) await world.only(THIRD).set('A', bytes(`${n}`));
    const [first, , , last] = world.aws.versions(THIRD, parameter('A'));
    // Home has the first and the last, the third region all of them.
    world.aws.plant(HOME, parameter('A'), last?.value ?? '');
    expect(first).toBeDefined();
    expect(states(await entry(world.open(), 'A'))).toEqual({
      [HOME]: 'equal',
      [REPLICA]: 'behind',
      [THIRD]: 'equal',
    });
  });

  it('shows what is missing, not to be trusted, and void', async () => {
    const world = await filled();
    await world.only(HOME, REPLICA).set('C', bytes('one'));
    world.aws.plant(REPLICA, parameter('A'), 'not an entry');
    world.aws.plant(THIRD, parameter('A'), world.aws.versions(HOME, parameter('B'))[0]?.value ?? '');
    world.aws.plant(HOME, parameter('B'), world.aws.versions(HOME, parameter('B'))[0]?.value ?? '');
    const { entries } = await world.open().status();
    expect(entries.map(states)).toEqual([
      { [HOME]: 'equal', [REPLICA]: 'unreadable', [THIRD]: 'unreadable' },
      { [HOME]: 'equal', [REPLICA]: 'equal', [THIRD]: 'equal' },
      { [HOME]: 'equal', [REPLICA]: 'equal', [THIRD]: 'missing' },
    ]);
    expect(entries[0]?.cells[REPLICA]?.problem?.code).toBe('malformed');
    expect(entries[0]?.cells[THIRD]?.problem?.code).toBe('misplaced');
    expect(entries[1]).toMatchObject({ drift: false, cells: { [HOME]: { void: true, revision: 1 } } });
  });

  it('compares the others where home cannot be trusted, and calls them ahead of it', async () => {
    const world = await filled();
    await world.only(REPLICA).set('A', bytes('two'));
    world.aws.plant(HOME, parameter('A'), 'not an entry');
    expect(states(await entry(world.open(), 'A'))).toEqual({
      [HOME]: 'unreadable',
      [REPLICA]: 'ahead',
      [THIRD]: 'behind',
    });
  });

  it('says of a deleted secret whether every region knows; a tombstone that is missing is no drift', async () => {
    const world = await filled();
    await world.only(HOME).set('C', bytes('one'));
    await world.only(HOME).delete('C');
    expect(await entry(world.open(), 'C')).toMatchObject({ tombstone: 'pending', drift: false });
    await world.only(HOME, REPLICA).delete('A');
    expect(await entry(world.open(), 'A')).toMatchObject({ tombstone: 'pending', drift: true });
    await world.open().delete('B');
    expect(await entry(world.open(), 'B')).toMatchObject({ tombstone: 'everywhere', drift: false });
  });

  it('finds no drift in a purge that was cut off, wherever it left the tombstone', async () => {
    const world = await filled();
    await world.open().delete('B');
    await world.open().publish();
    world.aws.remove(HOME, parameter('B'));
    world.aws.remove(REPLICA, parameter('B'));
    const status = await world.open().status();
    expect(status).toMatchObject({ equal: true });
    expect(status.entries[1]).toMatchObject({ name: 'B', tombstone: 'pending', drift: false });
    expect(await world.open().planSync()).toMatchObject({ actions: [], leftovers: [] });
    expect(await world.open().purge('B')).toMatchObject({ removed: [THIRD] });
    expect((await world.open().status()).entries).toHaveLength(1);
  });

  it('goes on without a region that does not answer, home too', async () => {
    const world = await filled();
    for (const down of ALL) {
      world.aws.gate = failing(({ region }) => region === down, 'unreachable');
      const status = await world.open().status();
      expect(status.equal).toBe(false);
      expect(status.regions.find(({ region }) => region === down)).toMatchObject({
        error: { code: 'unreachable' },
        release: { state: 'unreachable' },
        dataKey: { state: 'unreachable' },
      });
      expect(Object.values(states(status.entries[0])).sort()).toEqual(['equal', 'equal', 'unreachable']);
    }
  });

  it('believes the numbers where histories may not be read, and says so', async () => {
    const world = await filled();
    for (const value of ['two', 'three']) await world.only(HOME, REPLICA).set('A', bytes(value));
    world.aws.gate = failing(({ operation }) => operation === 'history', 'denied');
    expect(await entry(world.open(), 'A')).toMatchObject({
      problem: { code: 'denied' },
      cells: { [THIRD]: { state: 'behind' } },
    });
  });

  it('compares data key records and releases', async () => {
    const world = await filled();
    world.aws.plant(REPLICA, RECORD, 'not a record');
    const other = threeRegions();
    await other.open().set('A', bytes('one'));
    world.aws.plant(THIRD, RECORD, other.aws.versions(HOME, RECORD)[0]?.value ?? '');
    await world.only(HOME, REPLICA).set('A', bytes('two'));
    await world.only(HOME).publish();
    world.aws.plant(THIRD, HEAD, 'not a head');
    const { regions } = await world.open().status();
    expect(regions.map(({ dataKey, release }) => [dataKey.state, release.state, release.number])).toEqual([
      ['equal', 'equal', 2],
      ['unreadable', 'behind', 1],
      ['differs', 'unreadable', undefined],
    ]);
  });

  it('tells a release that home knows nothing of from an older one', async () => {
    const world = await filled();
    await world.only(REPLICA).set('A', bytes('there'));
    await world.only(REPLICA).publish();
    await world.only(HOME).set('A', bytes('here'));
    await world.only(HOME).publish();
    expect((await world.open().status()).regions.map(({ release }) => release.state)).toEqual([
      'equal',
      'diverged',
      'behind',
    ]);
  });
});

describe('the status of releases alone', () => {
  it('costs one call a region and asks KMS nothing', async () => {
    const world = await filled();
    const status = await world.open().releaseStatus();
    expect(world.counted()).toEqual(ALL.map((region) => `read ${region}: 1`).sort());
    expect(status.equal).toBe(true);
    await world.only(HOME, REPLICA).set('A', bytes('two'));
    await world.only(HOME, REPLICA).publish();
    world.aws.gate = failing(({ region }) => region === REPLICA, 'timeout');
    const { regions, equal } = await world.open().releaseStatus();
    expect(equal).toBe(false);
    expect(regions.map(({ region, state, number }) => [region, state, number])).toEqual([
      [HOME, 'equal', 2],
      [REPLICA, 'unreachable', undefined],
      [THIRD, 'behind', 1],
    ]);
  });
});
