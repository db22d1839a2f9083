/** Writing while home is down: another region decides, loudly and without writing over what home knows. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseEntry, sameEntry } from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import type { Vault, VaultOptions } from '../../src/vault/index.ts';
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

const atHome = ({ region }: Call): boolean => region === HOME;
const HEAD = '.waxseal/release';

let world: World;
let acting: (options?: Partial<VaultOptions>) => Vault;
beforeEach(async () => {
  world = createWorld();
  await world.open().set('A', bytes('a'));
  await world.open().publish();
  acting = (options = {}) => world.open({ actAsHome: REPLICA, ...options });
});

const newest = (region: string, name: string): ReturnType<typeof parseEntry> =>
  parseEntry(world.aws.versions(region, parameter(name)).at(-1)?.value ?? '');

describe('with home down', () => {
  beforeEach(() => {
    world.aws.gate = failing(atHome, 'unreachable');
  });

  it('a write fails without it, and says how it could be done', async () => {
    const error = await rejection(world.open().set('A', bytes('b')), 'unreachable');
    expect(error.hint).toContain(`--act-as-home ${REPLICA}`);
  });

  it('set, delete, publish, pin and rollback are decided there, and home is behind', async () => {
    const vault = acting();
    expect([vault.regions, vault.actsFor]).toEqual([[REPLICA, HOME], HOME]);
    const written = await vault.set('A', bytes('b'));
    expect(written).toMatchObject({
      revision: 2,
      behind: [{ region: HOME, error: { code: 'unreachable' } }],
    });
    expect(newest(REPLICA, 'A').wrapping.slot).toEqual({ region: REPLICA, version: 2 });
    await vault.set('B', bytes('new'));
    expect(await vault.publish()).toMatchObject({ release: 2, behind: [{ region: HOME }] });
    expect(await vault.pin(2)).toMatchObject({ behind: [{ region: HOME }] });
    expect(await vault.delete('B')).toMatchObject({ revision: 2, behind: [{ region: HOME }] });
    expect(await vault.rollback(2)).toMatchObject({ release: 3, behind: [{ region: HOME }] });
    const booted = await world.open().boot();
    expect([booted.release, booted.region]).toEqual([3, REPLICA]);
    expect([...booted.secrets].map(([name, { value }]) => [name, text(value)])).toEqual([
      ['A', 'b'],
      ['B', 'new'],
    ]);
  });

  it('asks a home that does not answer once, not for each write', async () => {
    const vault = acting();
    world.aws.calls.length = 0;
    await vault.import(Array.from({ length: 20 }, (_, n) => ({ name: `S${n}`, value: bytes(`${n}`) })));
    // One for each writer that began before the first had its answer.
    expect(world.aws.calls.filter(atHome).length).toBeLessThanOrEqual(4);
  });

  it('of two that act at once one comes on top of the other', async () => {
    await Promise.all([acting().set('A', bytes('x')), acting().set('A', bytes('y'))]);
    expect(newest(REPLICA, 'A').core.revision).toBe(3);
  });
});

describe('with a home that answers after all', () => {
  it('brings the write to it as to any replica', async () => {
    expect(await acting().set('A', bytes('b'))).toMatchObject({ revision: 2, behind: [] });
    expect(sameEntry(newest(HOME, 'A'), newest(REPLICA, 'A'))).toBe(true);
    expect(newest(HOME, 'A').wrapping.slot.region).toBe(HOME);
    expect((await world.open().get('A')).revision).toBe(2);
  });

  it.each([
    [
      'a newer revision',
      'A',
      async () => world.open().set('A', bytes('newer')),
      () => acting().set('A', bytes('z')),
    ],
    ['a secret', 'C', async () => world.open().set('C', bytes('c')), () => acting().set('C', bytes('z'))],
    [
      'a newer release',
      HEAD,
      async () => {
        await world.open().set('A', bytes('newer'));
        await world.open().publish();
      },
      () => acting().publish(),
    ],
  ])('refuses to write over %s that the replica missed', async (_what, name, atHomeOnly, write) => {
    world.aws.gate = failing((call) => !atHome(call) && call.operation === 'write', 'unreachable');
    await atHomeOnly();
    world.aws.gate = () => undefined;
    const before = [HOME, REPLICA].map((region) => world.aws.versions(region, parameter(name)).length);
    const error = await rejection(write(), 'conflict');
    expect([error.region, error.hint]).toEqual([HOME, expect.stringContaining('region sync')]);
    expect([HOME, REPLICA].map((region) => world.aws.versions(region, parameter(name)).length)).toEqual(
      before,
    );
  });

  it('does not take a home that was only slow to a read for one that is gone', async () => {
    const vault = acting({ hedgeAfter: 1 });
    world.aws.gate = failing((call) => !atHome(call) && call.operation === 'write', 'unreachable');
    await world.open().set('A', bytes('newer'));
    world.aws.gate = failing(() => true, 'timeout');
    await rejection(vault.get('A'), 'timeout');
    world.aws.gate = () => undefined;
    await rejection(vault.set('A', bytes('z')), 'conflict');
  });

  it('does not pin a release while home has another of its number', async () => {
    world.aws.gate = failing(atHome, 'unreachable');
    await acting().set('A', bytes('there'));
    await acting().publish();
    world.aws.gate = failing((call) => !atHome(call), 'unreachable');
    await world.open().set('A', bytes('here'));
    await world.open().publish();
    world.aws.gate = () => undefined;
    await rejection(acting().pin(2), 'conflict');
    expect(world.aws.versions(HOME, parameter('.waxseal/pinned/2'))).toEqual([]);
  });

  it('refuses another revision of the same number: the two have parted', async () => {
    world.aws.gate = failing(atHome, 'unreachable');
    await acting().set('A', bytes('there'));
    world.aws.gate = failing((call) => !atHome(call), 'unreachable');
    await world.open().set('A', bytes('here'));
    world.aws.gate = () => undefined;
    await rejection(acting().set('A', bytes('on top')), 'conflict');
  });

  it('does not make a second data key beside the one that the replica lacks', async () => {
    const fresh = createWorld();
    fresh.aws.gate = failing((call) => !atHome(call), 'unreachable');
    await fresh.open().set('A', bytes('a'));
    fresh.aws.gate = () => undefined;
    const error = await rejection(fresh.open({ actAsHome: REPLICA }).set('B', bytes('b')), 'conflict');
    expect(error.message).toContain('data key');
  });

  it('goes on where home is behind by an earlier write of this kind', async () => {
    world.aws.gate = failing(atHome, 'unreachable');
    await acting().set('A', bytes('b'));
    world.aws.gate = () => undefined;
    expect(await acting().set('A', bytes('c'))).toMatchObject({ revision: 3, behind: [] });
    expect(sameEntry(newest(HOME, 'A'), newest(REPLICA, 'A'))).toBe(true);
  });
});

it('a region that is not of the vault is refused, and home itself changes nothing', () => {
  expect(world.open({ actAsHome: HOME }).actsFor).toBeUndefined();
  try {
    world.open({ actAsHome: 'eu-north-1' });
    expect.fail('it was opened');
  } catch (error) {
    expect(isWaxsealError(error, 'usage') && error.hint).toContain(REPLICA);
  }
});
