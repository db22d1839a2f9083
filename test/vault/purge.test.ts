import { describe, expect, it } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import type { StoredParameter, Vault } from '../../src/vault/index.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
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

const NAME = 'OLD_KEY';
const PARAMETER = parameter(NAME);

/** A name that was set twice, published and deleted at revision 3, beside one that stays. */
async function deleted(): Promise<World> {
  const world = createWorld();
  const vault = world.open();
  await vault.set('STAYS', bytes('here'));
  await vault.set(NAME, bytes('1'));
  await vault.set(NAME, bytes('2'));
  await vault.publish();
  await vault.delete(NAME);
  world.aws.calls.length = 0;
  return world;
}

const versions = ({ aws }: World, region: string): number => aws.versions(region, PARAMETER).length;
const removals = ({ aws }: World): readonly string[] =>
  aws.calls.flatMap(({ operation, region }) => (operation === 'remove' ? [region] : []));

/** What must hold after a purge: nothing is left, the rest is there, and the name goes on above. */
async function checkPurged(world: World, last: number): Promise<void> {
  expect([versions(world, HOME), versions(world, REPLICA)]).toEqual([0, 0]);
  await rejection(world.open().get(NAME), 'not_found');
  await rejection(world.open().delete(NAME), 'not_found');
  const { secrets } = await world.open().boot();
  expect([...secrets.keys()]).toEqual(['STAYS']);
  expect(await world.open().set(NAME, bytes('reborn'), { expectRevision: 0 })).toMatchObject({
    revision: last + 1,
    behind: [],
  });
  await world.open().publish();
  for (const region of [HOME, REPLICA]) {
    const regions = [world.aws.region(region, world.kmsKey)] as const;
    expect(text((await world.open({ regions }).boot()).secrets.get(NAME)?.value ?? bytes(''))).toBe('reborn');
  }
  expect((await world.open().list()).secrets.find(({ name }) => name === NAME)?.copies).toEqual({
    [HOME]: 'equal',
    [REPLICA]: 'equal',
  });
}

describe('a purge', () => {
  it('publishes, then removes the replicas and home, and the name goes on above its last revision', async () => {
    const world = await deleted();
    expect(await world.open().purge(NAME)).toEqual({ name: NAME, revision: 3, removed: [REPLICA, HOME] });
    const operations = world.aws.calls.map(({ operation, names }) => `${operation} ${names[0] ?? ''}`);
    expect(operations.indexOf(`write ${parameter('.waxseal/release')}`)).toBeLessThan(
      operations.indexOf(`remove ${PARAMETER}`),
    );
    await checkPurged(world, 3);
  });

  it('publishes nothing when every release has it as deleted already, and looks just before it removes', async () => {
    const world = await deleted();
    await world.open().publish();
    world.aws.calls.length = 0;
    await world.open().purge(NAME, { expectRevision: 3, publish: false });
    expect(world.aws.calls.some(({ operation }) => operation === 'write')).toBe(false);
    world.aws.calls.forEach(({ operation, region }, i) => {
      if (operation !== 'remove') return;
      const before = world.aws.calls.slice(0, i).filter((call) => call.operation === 'read');
      expect(before.at(-1)?.names).toContain(PARAMETER);
      expect(before.slice(-2).map((call) => call.region)).toContain(region);
      expect(before.at(-1)?.region).toBe(HOME);
    });
  });

  it('is done when it was done', async () => {
    const world = await deleted();
    await world.open().purge(NAME);
    expect(await world.open().purge(NAME)).toEqual({ name: NAME, revision: 3, removed: [] });
    await rejection(world.open().purge('NEVER_WAS'), 'not_found');
    await checkPurged(world, 3);
  });

  it('refuses what is not deleted, another revision, and a release that does not know yet', async () => {
    const world = await deleted();
    const error = await rejection(world.open().purge('STAYS'), 'conflict');
    expect(error).toMatchObject({ region: HOME, hint: expect.stringContaining('waxseal delete') });
    await rejection(world.open().purge(NAME, { expectRevision: 2 }), 'conflict');
    const unpublished = await rejection(world.open().purge(NAME, { publish: false }), 'conflict');
    expect(unpublished.hint).toContain('release publish');
    await rejection(world.open().purge('not a name'), 'invalid_name');
    expect(removals(world)).toEqual([]);
  });

  it('refuses while a region holds something else, names it, and says what to do', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set(NAME, bytes('1'));
    world.aws.gate = failing(({ region }) => region === REPLICA, 'unreachable');
    expect((await vault.delete(NAME)).behind).toHaveLength(1);
    await rejection(vault.purge(NAME), 'unreachable');
    world.aws.gate = () => undefined;
    const error = await rejection(vault.purge(NAME), 'conflict');
    expect(error).toMatchObject({ region: REPLICA, hint: expect.stringContaining('region sync') });
    expect(error.message).toContain(REPLICA);
    world.aws.plant(REPLICA, PARAMETER, 'not an entry');
    expect(await rejection(vault.purge(NAME), 'conflict')).toMatchObject({ region: REPLICA });
    expect(removals(world)).toEqual([]);
  });

  it.each(['read', 'list', 'unwrap'] as const)(
    'removes nothing when %s fails in a region',
    async (operation) => {
      for (const region of [HOME, REPLICA]) {
        const world = await deleted();
        if (operation === 'list' && region === REPLICA) continue;
        world.aws.gate = failing(
          (call) => call.region === region && call.operation === operation,
          'unreachable',
        );
        await rejection(world.open().purge(NAME), 'unreachable');
        expect(removals(world)).toEqual([]);
      }
    },
  );
});

describe('a purge that is cut off', () => {
  it.each(['fail', 'loseAnswer'] as const)(
    'at any call (%s) is finished by the next, or steps back',
    async (how) => {
      let calls = 0;
      for (let at = 1; ; at += 1) {
        const world = await deleted();
        let count = 0;
        world.aws.gate = (call) => {
          count += 1;
          // From there on nothing is done any more, as after a kill; a lost answer is one that was done.
          if (count < at) return undefined;
          const { error } = { error: failing(() => true, 'denied')(call)?.fail };
          if (error === undefined) return undefined;
          return count === at && how === 'loseAnswer' ? { loseAnswer: error } : { fail: error };
        };
        const ended = await world
          .open()
          .purge(NAME)
          .then(
            () => true,
            () => false,
          );
        world.aws.gate = () => undefined;
        if (ended && count < at) break;
        calls = at;
        // A writer that comes now is not lost, whatever was removed already.
        if (at % 2 === 0) {
          const { revision, behind } = await world.open().set(NAME, bytes('again'));
          expect([revision, behind], `call ${at}`).toEqual([4, []]);
          await rejection(world.open().purge(NAME), 'conflict');
          expect(text((await world.open().get(NAME)).value)).toBe('again');
          await world.open().delete(NAME);
        }
        await world.open().purge(NAME);
        await checkPurged(world, at % 2 === 0 ? 5 : 3);
      }
      expect(calls).toBeGreaterThan(15);
      tried(`purges cut off (${how}), calls`, calls);
    },
  );

  it('goes on by itself where AWS asks to slow down or an answer gets lost', async () => {
    for (const code of ['throttled', 'timeout'] as const) {
      const world = await deleted();
      let failed = 0;
      world.aws.gate = (call) => {
        if (call.operation !== 'remove' || failed >= 3) return undefined;
        failed += 1;
        const error = failing(() => true, code)(call)?.fail;
        if (error === undefined) return undefined;
        return code === 'timeout' ? { loseAnswer: error } : { fail: error };
      };
      expect((await world.open().purge(NAME)).removed).toEqual([REPLICA, HOME]);
      await checkPurged(world, 3);
    }
  });
});

describe('a name that was purged', () => {
  it('is not brought back by a stale listing, and costs one more read only where it is new', async () => {
    const world = await deleted();
    const old = world.aws.versions(HOME, PARAMETER)[1];
    await world.open().purge(NAME);
    const home = world.aws.region(HOME, world.kmsKey);
    const stale = {
      ...home,
      parameters: {
        ...home.parameters,
        async *list(path: string) {
          yield* home.parameters.list(path);
          if (old !== undefined) yield old;
        },
      },
    };
    const writer = world.open({ regions: [stale, world.aws.region(REPLICA, world.kmsKey)] });
    await writer.set('STAYS', bytes('changed'));
    world.aws.calls.length = 0;
    await writer.set('STAYS', bytes('once more'));
    expect(
      world.aws.calls.filter(({ region, operation }) => region === HOME && operation === 'read'),
    ).toHaveLength(1);
    await writer.publish();
    await checkPurged(world, 3);
  });

  it('is not there where a write that lost its slot arrived after the purge, at home or in a replica', async () => {
    for (const region of [HOME, REPLICA]) {
      const world = await deleted();
      const late = world.aws.versions(region, PARAMETER)[1]?.value ?? '';
      await world.open().purge(NAME);
      // It claims Version 2, and gets 1.
      world.aws.plant(region, PARAMETER, late);
      const vault = world.open();
      await rejection(vault.get(NAME, { region }), 'not_found');
      await rejection(vault.history(NAME), 'not_found');
      expect([...(await vault.load()).keys()]).toEqual(['STAYS']);
      expect((await vault.list()).secrets.map(({ name }) => name)).toEqual(['STAYS']);
      expect(await vault.status()).toMatchObject({ equal: true, entries: [{ name: 'STAYS' }] });
      expect(await vault.planSync()).toMatchObject({ actions: [], problems: [], leftovers: [] });
      expect(await vault.publish()).toMatchObject({ changed: false, problems: [] });
      expect(await vault.purge(NAME)).toMatchObject({ removed: [] });
      expect((await vault.backup(() => Promise.resolve())).secrets).toBe(1);
      expect(await vault.set(NAME, bytes('reborn'))).toMatchObject({ revision: 4, behind: [] });
      expect(await vault.status()).toMatchObject({ equal: true });
    }
  });

  it('goes on above in an import, which reads the release once', async () => {
    const world = await deleted();
    await world.open().purge(NAME);
    world.aws.calls.length = 0;
    // A write asks for the head alone, beside its entry, to know under which data key it was sealed.
    const part = parameter('.waxseal/release/1');
    await world
      .open()
      .import([NAME, 'N1', 'N2', 'N3', 'N4', 'N5'].map((name) => ({ name, value: bytes(name) })));
    const reads = world.aws.calls.filter(
      ({ operation, names }) => operation === 'read' && names.includes(part),
    );
    expect(reads).toHaveLength(1);
    expect((await world.open().get(NAME)).revision).toBe(4);
    expect((await world.open().get('N1')).revision).toBe(1);
  });

  it('goes on by a replica where the release at home cannot be opened, and begins anew where none can', async () => {
    const world = await deleted();
    await world.open().purge(NAME);
    const head = parameter('.waxseal/release');
    world.aws.plant(HOME, head, 'not a release');
    expect((await world.open().set(NAME, bytes('x'))).revision).toBe(4);
    world.aws.plant(REPLICA, head, 'not a release');
    expect((await world.open().set('NEW', bytes('x'))).revision).toBe(1);
  });
});

describe('a purge against a writer', () => {
  const count = rounds(80, 600);
  it('brings back from a replica what was set between the last look and the removal', async () => {
    const world = await deleted();
    world.aws.gate = async ({ operation, region }) => {
      if (operation !== 'remove' || region !== HOME) return undefined;
      world.aws.gate = () => undefined;
      await world.open().set(NAME, bytes('written'));
      return undefined;
    };
    await rejection(world.open().purge(NAME), 'conflict');
    for (const region of [HOME, REPLICA]) {
      expect(text((await world.open().get(NAME, { region })).value)).toBe('written');
    }
    expect(await world.open().set(NAME, bytes('next'))).toMatchObject({ revision: 5, behind: [] });
  });

  it('takes nothing along for good where no replica was reached and a read of home lags', async () => {
    const world = await deleted();
    const home = world.aws.region(HOME, world.kmsKey);
    const { parameters } = home;
    let written: StoredParameter | undefined;
    const lagging = {
      ...home,
      parameters: {
        ...parameters,
        async read(names: readonly string[], signal?: AbortSignal) {
          const found = await parameters.read(names, signal);
          return written === undefined ? found : new Map([...found, [PARAMETER, written]]);
        },
      },
    };
    world.aws.gate = (call) => {
      if (call.operation !== 'write' || call.region !== REPLICA) return undefined;
      written = world.aws.versions(HOME, PARAMETER).at(-1);
      for (const region of [HOME, REPLICA]) world.aws.remove(region, PARAMETER);
      return failing(() => true, 'unreachable')(call);
    };
    const writer = world.open({ regions: [lagging, world.aws.region(REPLICA, world.kmsKey)] });
    expect(await writer.set(NAME, bytes('alone'))).toMatchObject({ revision: 4, behind: [{}] });
    world.aws.gate = () => undefined;
    expect(text((await world.open().get(NAME)).value)).toBe('alone');
    expect(versions(world, HOME)).toBe(1);
  });

  it('purges again a copy of before that was on its way all the time', async () => {
    const world = await deleted();
    const late = world.aws.versions(REPLICA, PARAMETER)[0]?.value ?? '';
    world.aws.gate = ({ operation, region }) => {
      if (operation === 'remove' && region === HOME) world.aws.plant(REPLICA, PARAMETER, late);
      return undefined;
    };
    expect(await world.open().purge(NAME)).toMatchObject({ revision: 3 });
    world.aws.gate = () => undefined;
    await checkPurged(world, 3);
  });

  it('is known to a region that acts as home and holds a copy of before that arrived afterwards', async () => {
    for (const removes of [true, false]) {
      const world = await deleted();
      const late = world.aws.versions(REPLICA, PARAMETER)[0]?.value ?? '';
      await world.open().purge(NAME);
      world.aws.plant(REPLICA, PARAMETER, late);
      world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
      const acting = world.open({ actAsHome: REPLICA });
      const written = removes ? acting.delete(NAME) : acting.set(NAME, bytes('reborn'));
      expect(await written).toMatchObject({ revision: 4 });
      world.aws.gate = () => undefined;
      expect(await world.open().sync()).toMatchObject({ conflicts: [] });
      expect(await world.open().status()).toMatchObject({ equal: true });
    }
  });

  it('is not undone by a writer whose value was deleted and purged while it was still copying', async () => {
    const world = await deleted();
    world.aws.gate = async (call) => {
      if (call.operation !== 'write' || call.region !== REPLICA) return undefined;
      world.aws.gate = () => undefined;
      await world.open().delete(NAME);
      await world.open().purge(NAME);
      return failing(() => true, 'unreachable')(call);
    };
    expect(await world.open().set(NAME, bytes('slow'))).toMatchObject({ revision: 4, behind: [{}] });
    await checkPurged(world, 5);
  });

  it('never loses a value that was acknowledged', async () => {
    let conflicts = 0;
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed * 13 + round));
      const world = await deleted();
      // Without the publish the two are closer together.
      if (round % 4 !== 0) await world.open().publish();
      world.aws.gate = scheduler.gate;
      const open = (): Vault => world.open({ pause: scheduler.pause, timeout: 60_000, hedgeAfter: 60_000 });
      const [purged, written] = await scheduler.run<unknown>([
        () => open().purge(NAME),
        async () => {
          // Somewhere along the purge, not always at its beginning.
          for (let wait = round % 14; wait > 0; wait -= 1) await scheduler.pause(10);
          return open().set(NAME, bytes('written'));
        },
      ]);
      world.aws.gate = () => undefined;
      if (written?.status !== 'fulfilled')
        throw new Error(`round ${round} of seed ${seed}`, { cause: written });
      if (purged?.status === 'rejected') {
        expect(isWaxsealError(purged.reason, 'conflict'), String(purged.reason)).toBe(true);
        conflicts += 1;
      }
      for (const region of [HOME, REPLICA]) {
        const { value, revision } = await world.open().get(NAME, { region });
        expect([text(value), revision], `${region}, round ${round} of seed ${seed}`).toEqual(['written', 4]);
      }
    }
    expect(conflicts).toBeGreaterThan(0);
    expect(conflicts).toBeLessThan(count);
    tried(`purge against set, interleavings (${conflicts} of them conflicts)`, count);
  });
});
