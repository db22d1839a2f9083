/** Large secrets over several regions: what lacks parts is told and mended, and what is past goes. */
import { describe, expect, it } from 'vitest';
import type { SyncOptions, SyncPlan, Vault } from '../../src/vault/index.ts';
import { noise, partsIn, revisionsIn } from '../support/large.ts';
import { quota, virtualClock } from '../support/quota.ts';
import { ALL, THIRD, type ThreeRegions, threeRegions } from '../support/three-regions.ts';
import { bytes, createWorld, failing, HOME, parameter, REPLICA, rejection, text } from '../support/world.ts';

const CERT = parameter('CERT');

async function put(vault: Vault, name: string, value: Uint8Array): Promise<void> {
  await vault.set(name, value);
  await vault.publish();
}

/** A vault whose CERT, of four parts, is in all regions, beside a small secret. */
async function filled(): Promise<ThreeRegions & { readonly value: Uint8Array }> {
  const world = threeRegions();
  const value = noise(10_000);
  await world.open().set('SMALL', bytes('x'));
  await put(world.open(), 'CERT', value);
  world.counted();
  return { ...world, value };
}

/** The nth part, from 0, in a region. */
function part(world: ThreeRegions, region: string, nth: number): string {
  return partsIn(world, region, 'CERT').find((name) => name.endsWith(`.${nth + 1}`)) ?? expect.fail();
}

/** What a status says of CERT, by region. */
async function states(world: ThreeRegions): Promise<readonly (string | undefined)[]> {
  const status = await world.open().status();
  const entry = status.entries.find(({ name }) => name === 'CERT');
  return ALL.map((region) => {
    const { state, problem } = entry?.cells[region] ?? expect.fail();
    return problem === undefined ? state : `${state} ${problem.code}`;
  });
}

const brief = ({ actions, problems, past }: SyncPlan): readonly unknown[] => [
  actions.map(({ how, name, revision, from, to }) => `${how} ${name} ${revision} ${from} > ${to}`).sort(),
  problems.map(({ name, error }) => `${name} ${error.code}`),
  past,
];

/** Syncs as was planned, after which nothing is left to do. */
async function settled(world: ThreeRegions, options: SyncOptions = {}): Promise<readonly unknown[]> {
  const plan = await world.open().planSync(options);
  const done = await world.open().sync(options);
  expect(brief(done)).toEqual(brief(plan));
  expect(brief(await world.open().planSync())).toEqual([[], [], undefined]);
  return brief(done);
}

/** Each region alone gives the value, by the entry and by a start. */
async function wholeAlone(world: ThreeRegions, value: Uint8Array): Promise<void> {
  for (const region of ALL) {
    expect(Buffer.compare((await world.only(region).get('CERT')).value, value), region).toBe(0);
    const booted = await world.only(region).boot({ large: () => true });
    expect(Buffer.compare(booted.secrets.get('CERT')?.value ?? bytes(''), value), region).toBe(0);
  }
}

describe('a status', () => {
  it('costs one listing a region, large secrets or not', async () => {
    const world = await filled();
    expect(await states(world)).toEqual(['equal', 'equal', 'equal']);
    expect(world.counted()).toEqual([
      `list ${THIRD}: 1`,
      `list ${REPLICA}: 1`,
      `list ${HOME}: 1`,
      `unwrap ${HOME}: 1`,
    ]);
  });

  it.each(['removed', 'changed'])('tells of a part that was %s, in whichever region', async (how) => {
    for (const region of ALL) {
      const world = await filled();
      const name = part(world, region, 2);
      if (how === 'removed') world.aws.remove(region, name);
      else world.aws.plant(region, name, 'AAAA');
      const expected = ALL.map((one) => (one === region ? 'unreadable large_incomplete' : 'equal'));
      expect(await states(world)).toEqual(expected);
      const { equal, entries } = await world.open().status();
      expect(equal).toBe(false);
      expect(entries.find((one) => one.name === 'CERT')).toMatchObject({ revision: 1, drift: true });
    }
  });

  it('does not take a part for lost that was written after it had been listed', async () => {
    const world = await filled();
    const region = world.aws.region(REPLICA, world.kmsKey);
    const stale = {
      ...region,
      parameters: {
        ...region.parameters,
        async *list(path: string) {
          for await (const stored of region.parameters.list(path)) {
            if (!stored.name.endsWith('.3')) yield stored;
          }
        },
      },
    };
    const status = await world.open({ regions: [world.aws.region(HOME, world.kmsKey), stale] }).status();
    expect(status.equal).toBe(true);
  });
});

it('a status takes nothing for lost that a writer has gone past since it was listed', async () => {
  const world = await filled();
  const region = world.aws.region(REPLICA, world.kmsKey);
  const overtaken = {
    ...region,
    parameters: {
      ...region.parameters,
      async *list(path: string) {
        for await (const stored of region.parameters.list(path)) {
          if (!stored.name.endsWith('.3')) yield stored;
        }
        for (let i = 0; i < 3; i += 1) await put(world.open(), 'CERT', noise(4_000));
      },
    },
  };
  const status = await world.open({ regions: [world.aws.region(HOME, world.kmsKey), overtaken] }).status();
  const [cert] = status.entries;
  expect([cert?.name, cert?.cells[REPLICA]?.problem]).toEqual(['CERT', undefined]);
});

describe('a sync', () => {
  it('brings a part that a region lacks, and writes nothing else', async () => {
    for (const region of ALL) {
      const world = await filled();
      const versions = ALL.map((one) => world.aws.versions(one, CERT).length);
      const name = part(world, region, 1);
      world.aws.remove(region, name);
      world.counted();
      const from = region === HOME ? REPLICA : HOME;
      expect(await settled(world)).toEqual([[`complete CERT 1 ${from} > ${region}`], [], undefined]);
      const writes = world.aws.calls.filter(({ operation }) => operation === 'write');
      expect(writes).toEqual([{ region, operation: 'write', names: [name] }]);
      expect(ALL.map((one) => world.aws.versions(one, CERT).length)).toEqual(versions);
      await wholeAlone(world, world.value);
    }
  });

  it('puts together what no region has whole', async () => {
    const world = await filled();
    for (const [nth, region] of ALL.entries()) world.aws.remove(region, part(world, region, nth));
    expect((await states(world)).every((state) => state === 'unreadable large_incomplete')).toBe(true);
    await settled(world);
    await wholeAlone(world, world.value);
  });

  it('writes a part over what somebody put in its place', async () => {
    const world = await filled();
    world.aws.plant(REPLICA, part(world, REPLICA, 0), 'AAAA');
    await settled(world);
    await wholeAlone(world, world.value);
  });

  it('brings a region that was away everything, in parts and past what it missed', async () => {
    const world = await filled();
    world.aws.gate = failing(({ region }) => region === THIRD, 'unreachable');
    const young = noise(14_000);
    await put(world.open(), 'CERT', noise(12_000));
    await put(world.open(), 'CERT', noise(13_000));
    await put(world.open(), 'CERT', young);
    await put(world.open(), 'NEW', noise(5_000));
    world.aws.gate = () => undefined;
    // It still has all of what it names itself, which is past elsewhere.
    expect(revisionsIn(world, HOME, 'CERT')).toEqual([3, 4]);
    const alone = await world.only(THIRD).boot({ large: () => true });
    expect(Buffer.compare(alone.secrets.get('CERT')?.value ?? bytes(''), world.value)).toBe(0);
    const [actions, problems, past] = await settled(world);
    expect(actions).toContain(`forward CERT 4 ${HOME} > ${THIRD}`);
    expect(actions).toContain(`create NEW 1 ${HOME} > ${THIRD}`);
    expect([problems, past]).toEqual([[], [{ region: THIRD, parts: 4 }]]);
    await wholeAlone(world, young);
    expect(revisionsIn(world, THIRD, 'CERT')).toEqual([4]);
  });

  it('never puts something older over what lost its parts everywhere, and says what helps', async () => {
    const world = await filled();
    world.aws.gate = failing(({ region }) => region === THIRD, 'unreachable');
    await put(world.open(), 'CERT', noise(9_000));
    world.aws.gate = () => undefined;
    for (const region of [HOME, REPLICA]) {
      for (const name of partsIn(world, region, 'CERT', 2)) world.aws.remove(region, name);
    }
    expect((await states(world)).slice(0, 2)).toEqual([
      'unreadable large_incomplete',
      'unreadable large_incomplete',
    ]);
    const before = ALL.map((region) => world.aws.versions(region, CERT).length);
    const done = await world.open().sync();
    expect(done.problems).toMatchObject([{ name: 'CERT', error: { code: 'large_incomplete' } }]);
    expect(done.problems[0]?.error.hint).toMatch(/set it again.*rollback.*restore/);
    expect(ALL.map((region) => world.aws.versions(region, CERT).length)).toEqual(before);
    // Any of what the hint says mends it: here the revision before.
    await world.open().rollbackSecret('CERT', 1);
    await world.open().publish();
    await settled(world);
    await wholeAlone(world, world.value);
  });

  it('lets a person decide between two sides that are large', async () => {
    for (const prefer of [HOME, REPLICA]) {
      const world = await filled();
      const sides = new Map([
        [HOME, noise(8_000)],
        [REPLICA, noise(16_000)],
      ]);
      for (const [region, value] of sides) await put(world.only(region), 'CERT', value);
      const { conflicts } = await world.open().sync();
      expect(conflicts.map(({ kind }) => kind).sort()).toEqual(['release', 'secret']);
      expect((await world.open().get('CERT', { region: REPLICA })).value).toEqual(sides.get(REPLICA));
      await world.open().sync({ prefer: { region: prefer } });
      await world.open().publish({ reconcile: true });
      await settled(world);
      await wholeAlone(world, sides.get(prefer) ?? expect.fail());
    }
  });

  it('fails the one secret whose preferred side lost its parts, and leaves both as they are', async () => {
    const world = await filled();
    await put(world.only(HOME), 'CERT', noise(8_000));
    await put(world.only(REPLICA), 'CERT', noise(8_000));
    for (const name of partsIn(world, REPLICA, 'CERT', 2)) world.aws.remove(REPLICA, name);
    const { problems } = await world.open().sync({ prefer: { region: REPLICA } });
    expect(problems).toMatchObject([{ name: 'CERT', error: { code: 'large_incomplete' } }]);
    await world.open().sync({ prefer: { region: HOME } });
    await world.open().publish({ reconcile: true });
    await settled(world);
  });

  it('removes what is past and what nobody came back for, in every region, and says how much', async () => {
    const world = await filled();
    const orphan = (revision: number): string =>
      parameter(`.waxseal/large/CERT/${revision}.${'0'.repeat(16)}.1`);
    for (let i = 0; i < 4; i += 1) await put(world.open(), 'CERT', noise(7_000));
    for (const region of ALL) {
      const { parameters } = world.aws.region(region, world.kmsKey);
      for (const revision of [1, 3, 4, 5, 6]) {
        await parameters.write(orphan(revision), 'AAAA', { create: true, tier: 'standard' });
      }
    }
    world.aws.remove(THIRD, orphan(1));
    const past = [
      { region: HOME, parts: 2 },
      { region: REPLICA, parts: 2 },
      { region: THIRD, parts: 1 },
    ];
    const plan = await world.open().planSync();
    expect(plan.past).toEqual(past);
    expect(partsIn(world, HOME)).toContain(orphan(1));
    expect(await settled(world)).toEqual([[], [], past]);
    for (const region of ALL) expect(revisionsIn(world, region, 'CERT')).toEqual([4, 5, 6]);
    // A write under way, or the last revision's rival: two revisions later they are past, too.
    for (let i = 0; i < 3; i += 1) await put(world.open(), 'CERT', noise(7_000));
    for (const region of ALL) expect(revisionsIn(world, region, 'CERT')).toEqual([7, 8]);
  });

  it('removes nothing that a pinned release names, nor anything while a pin cannot be read', async () => {
    const world = await filled();
    await world.open().pin(1);
    for (let i = 0; i < 3; i += 1) await put(world.open(), 'CERT', noise(7_000));
    expect(await settled(world)).toEqual([[], [], undefined]);
    const pinned = await world.only(REPLICA).boot({ pin: 1, large: () => true });
    expect(Buffer.compare(pinned.secrets.get('CERT')?.value ?? bytes(''), world.value)).toBe(0);
    const head = parameter('.waxseal/pinned/1');
    const whole = world.aws.versions(THIRD, head).at(-1)?.value ?? '';
    for (const region of ALL)
      world.aws.plant(region, parameter(`.waxseal/large/CERT/2.${'0'.repeat(16)}.1`), 'AAAA');
    world.aws.plant(THIRD, head, 'no entry');
    expect((await world.open().planSync()).past).toBeUndefined();
    world.aws.plant(THIRD, head, whole);
    expect((await world.open().planSync()).past?.map(({ parts }) => parts)).toEqual([1, 1, 1]);
  });

  it('removes what was written for a revision that never came, when a day has passed by the clock of the region', async () => {
    const world = await filled();
    const never = ['CERT/3', 'SMALL/2', 'UNBORN/1'].map((name) =>
      parameter(`.waxseal/large/${name}.${'0'.repeat(16)}.1`),
    );
    world.aws.gate = failing(({ names }) => !never.includes(names[0] ?? ''), 'denied');
    const store = world.aws.region(HOME, world.kmsKey).parameters;
    for (const name of never) await store.write(name, 'AAAA', { create: true, tier: 'standard' });
    world.aws.gate = () => undefined;
    expect((await world.open().planSync()).past).toBeUndefined();
    // That this machine's clock is wrong is no reason to take the parts of a write that may be under way.
    const tomorrow = { now: () => Date.now() + 10 * 86_400_000 };
    expect((await world.open(tomorrow).planSync()).past).toBeUndefined();
    world.aws.now = () => Date.now() + 86_460_000;
    await world.open().set('LATER', bytes('a day later'));
    world.aws.gate = failing(({ region }) => region === THIRD, 'unreachable');
    expect((await world.open().planSync()).past).toBeUndefined();
    world.aws.gate = () => undefined;
    expect((await world.open().sync()).past).toEqual([{ region: HOME, parts: 3 }]);
    expect(partsIn(world, HOME)).toHaveLength(4);
    await wholeAlone(world, world.value);
  });

  it('removes nothing where the release at home cannot be read', async () => {
    const world = await filled();
    for (const region of ALL)
      world.aws.plant(region, parameter(`.waxseal/large/CERT/1.${'0'.repeat(16)}.1`), 'AAAA');
    for (let i = 0; i < 3; i += 1) await world.open().set('CERT', noise(7_000));
    world.aws.plant(HOME, parameter('.waxseal/release'), 'no entry');
    expect((await world.only(HOME).planSync()).past).toBeUndefined();
  });
});

describe('a publish', () => {
  it('brings a replica that missed the write the large secret before the head that names it', async () => {
    const world = await filled();
    const value = noise(9_000);
    world.aws.gate = failing(({ region }) => region === THIRD, 'unreachable');
    await world.open().set('CERT', value);
    world.aws.gate = () => undefined;
    world.aws.calls.length = 0;
    expect((await world.open().publish()).behind).toEqual([]);
    const writes = world.aws.calls.filter((call) => call.operation === 'write' && call.region === THIRD);
    expect(writes.map(({ names }) => names[0]).slice(-2)).toEqual([CERT, parameter('.waxseal/release')]);
    await wholeAlone(world, value);
  });

  it('keeps what a replica counts below a void write', async () => {
    const world = await filled();
    for (let i = 0; i < 2; i += 1) await put(world.open(), 'CERT', noise(7_000));
    const [old = expect.fail()] = world.aws.versions(THIRD, CERT).slice(-1);
    const kept = partsIn(world, THIRD, 'CERT', 3);
    world.aws.gate = failing(({ region, names }) => region === THIRD && names.includes(CERT), 'unreachable');
    for (let i = 0; i < 3; i += 1) await world.open().set('CERT', noise(7_000));
    // A copy of revision 6 that lost its slot there: what counts is still revision 3.
    const newest = JSON.parse(world.aws.versions(HOME, CERT).at(-1)?.value ?? '') as object;
    world.aws.plant(THIRD, CERT, JSON.stringify({ ...newest, slot: `${THIRD}:${old.version}` }));
    world.aws.gate = () => undefined;
    const head = ({ names }: { readonly names: readonly string[] }): boolean => names.includes(CERT);
    world.aws.gate = failing(
      (call) => call.region === THIRD && call.operation === 'write' && head(call),
      'denied',
    );
    await world.open().publish();
    await world.open().publish();
    expect(partsIn(world, THIRD, 'CERT', 3)).toEqual(kept);
  });
});

describe('while another region acts as home', () => {
  it('large values are written there, and brought home with their parts', async () => {
    const world = await filled();
    const value = noise(11_000);
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const acting = world.open({ actAsHome: REPLICA });
    for (const one of [noise(7_000), noise(8_000), value]) await put(acting, 'CERT', one);
    expect(revisionsIn(world, HOME, 'CERT')).toEqual([1]);
    expect(revisionsIn(world, REPLICA, 'CERT')).toEqual([3, 4]);
    world.aws.gate = () => undefined;
    const [actions] = await settled(world);
    expect(actions).toContain(`forward CERT 4 ${REPLICA} > ${HOME}`);
    await wholeAlone(world, value);
  });
});

it('after a promotion large values go on where they were', async () => {
  const world = await filled();
  const values = [noise(8_000), noise(9_000)];
  const promoted = world.only(REPLICA, HOME, THIRD);
  for (const value of values) await put(promoted, 'CERT', value);
  expect(await promoted.status()).toMatchObject({ equal: true });
  for (const region of ALL) expect(revisionsIn(world, region, 'CERT')).toEqual([2, 3]);
  await wholeAlone(world, values[1] ?? bytes(''));
});

it('a set that is given up in the middle leaves no parts', async () => {
  const world = await filled();
  const before = partsIn(world, HOME);
  const giveUp = new AbortController();
  let writes = 0;
  world.aws.gate = ({ operation }) => {
    if (operation === 'write') writes += 1;
    if (writes === 7) giveUp.abort();
    return undefined;
  };
  const options = { signal: giveUp.signal };
  await rejection(world.open().set('CERT', noise(60_000), options), 'cancelled');
  expect(partsIn(world, HOME)).toEqual(before);
  await wholeAlone(world, world.value);
});

describe('an import', () => {
  it('tells of the copies that a replica lacks, and goes on where it was cut off', async () => {
    const world = threeRegions();
    const items = ['A', 'B', 'C'].map((name) => ({ name, value: noise(7_000) }));
    world.aws.gate = failing(({ region }) => region === THIRD, 'unreachable');
    await world.open().import(items);
    world.aws.gate = () => undefined;
    world.aws.calls.length = 0;
    const again = await world.open().import(items);
    expect([again.unchanged, again.behind.map(({ region }) => region)]).toEqual([['A', 'B', 'C'], [THIRD]]);
    expect(world.aws.calls.filter(({ operation }) => operation === 'write')).toEqual([]);
    await world.open().sync();
    expect((await world.open().import(items)).behind).toEqual([]);
  });
});

describe('the limits of Parameter Store', () => {
  it.each([
    [3_100, 2],
    [30_000, 10],
    [65_536, 22],
  ])('%i bytes are %i parts and one entry in each region, and not a write more', async (size, parts) => {
    const world = createWorld();
    await world.open().set('SMALL', bytes('x'));
    for (let nth = 0; nth < 2; nth += 1) {
      world.aws.calls.length = 0;
      expect(await world.open().set('KEY', noise(size))).toMatchObject({ parts, behind: [] });
      for (const region of [HOME, REPLICA]) {
        const writes = world.aws.calls.filter((call) => call.operation === 'write' && call.region === region);
        expect(writes).toHaveLength(parts + 1);
        expect(writes.at(-1)?.names).toEqual([parameter('KEY')]);
      }
    }
  });

  it.each([1, 4])('%i sets of 22 parts in two regions get through 3 writes a second', async (count) => {
    const { aws, open } = createWorld();
    const clock = virtualClock();
    const limited = quota(clock.now, 3);
    const vault = open({ now: clock.now, pause: clock.pause });
    await vault.set('FIRST', bytes('x'));
    aws.gate = limited.gate;
    const values = Array.from({ length: count }, (_, n) => ({ name: `KEY_${n}`, value: noise(65_536) }));
    const restore = deadlinesBy(clock.now);
    try {
      const { added, behind } = await vault.import(values);
      expect([added.length, behind]).toEqual([count, []]);
    } finally {
      restore();
    }
    for (const { name, value } of values) {
      for (const region of [HOME, REPLICA]) {
        expect(Buffer.compare((await open().get(name, { region })).value, value)).toBe(0);
        for (const one of partsIn({ aws }, region, name)) expect(aws.versions(region, one)).toHaveLength(1);
      }
    }
    // Home first, then the replica: twice 23 writes each.
    expect(clock.seconds()).toBeLessThan(((2 * 23 * count) / 3) * 1.6 + 10);
  });
});

/** Deadlines on a clock of the test's own: what waits for its turn in virtual time must not run into them either. */
function deadlinesBy(now: () => number): () => void {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => {
    const end = now() + ms;
    const { signal } = new AbortController();
    return Object.defineProperty(signal, 'aborted', { get: () => now() >= end });
  };
  return () => {
    AbortSignal.timeout = timeout;
  };
}

it('a release that names a large secret keeps the name from being taken for a deleted one', async () => {
  const world = await filled();
  for (const name of [...world.aws.names(THIRD)]) world.aws.remove(THIRD, name);
  const { leftovers } = await world.open().sync();
  expect(leftovers).toEqual([]);
  await wholeAlone(world, world.value);
  expect(text((await world.only(THIRD).get('SMALL')).value)).toBe('x');
});

it('what a region that is behind names is looked for where somebody has come further', async () => {
  const world = await filled();
  const value = noise(9_000);
  world.aws.gate = failing(({ region }) => region === REPLICA, 'unreachable');
  await put(world.open(), 'CERT', value);
  for (const name of partsIn(world, THIRD, 'CERT', 1)) world.aws.remove(THIRD, name);
  for (const name of partsIn(world, REPLICA, 'CERT', 1)) world.aws.remove(REPLICA, name);
  world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
  // The nearest replica holds revision 1 and no parts of it, the next one revision 2.
  expect(Buffer.compare((await world.open().get('CERT')).value, value)).toBe(0);
  const { secrets, region } = await world.open().boot({ large: () => true });
  expect([region, Buffer.compare(secrets.get('CERT')?.value ?? bytes(''), value)]).toEqual([THIRD, 0]);
  for (const name of partsIn(world, THIRD, 'CERT', 2)) world.aws.remove(THIRD, name);
  await rejection(world.open().get('CERT'), 'unreachable');
});
