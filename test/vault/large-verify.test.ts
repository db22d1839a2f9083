/** Verifying, and drilling, a vault with large secrets: each part, in every region. */
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, VerifyReport } from '../../src/vault/index.ts';
import { checkProperty } from '../support/seed.ts';
import { ALL, THIRD, type ThreeRegions, threeRegions } from '../support/three-regions.ts';
import { bytes, HOME, parameter, REPLICA, rejection, VAULT } from '../support/world.ts';

const FOLDER = `${VAULT}/.waxseal/large/`;
const random = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));

/** Full names of the parts of a revision; not of its copy for a pinned release, which has the number 0. */
function partsOf({ aws }: ThreeRegions, name: string, revision: number, region = HOME): string[] {
  return aws
    .names(region)
    .filter((full) => full.startsWith(`${FOLDER}${name}/${revision}.`) && !full.endsWith('.0'))
    .sort();
}

/** Large and small ones; revision 1 of CERT is pinned, 4 is published, 5 is staged. */
async function filled(): Promise<ThreeRegions> {
  const world = threeRegions();
  const vault = world.open();
  await vault.set('SMALL', bytes('s'));
  await vault.set('CERT', random(7_000));
  await vault.set('OTHER', random(3_000));
  await vault.publish();
  await vault.pin(1);
  for (let i = 0; i < 3; i += 1) {
    await vault.set('CERT', random(7_000));
    await vault.publish();
  }
  await vault.set('CERT', random(13_000));
  return world;
}

const verify = (world: ThreeRegions, history = false): Promise<VerifyReport> =>
  world.open().verify({ history });

const lines = (findings: readonly Finding[], gravity: Finding['gravity'] = 'fault'): readonly string[] =>
  findings
    .filter((one) => one.gravity === gravity)
    .map(({ kind, region, parameter: name = '', version }) =>
      [kind, region, name.slice(VAULT.length + 1), ...(version === undefined ? [] : [version])].join(' '),
    );

const short = (name = ''): string => name.slice(VAULT.length + 1);

describe('verifying large secrets', () => {
  it.each([false, true])('finds all of them authentic, with history: %s', async (history) => {
    const report = await verify(await filled(), history);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true, secrets: 3 });
    expect(lines(report.findings, 'note')).toEqual(ALL.map((region) => `staged ${region} CERT 5`));
    const verdicts = report.parameters
      .filter(({ parameter: name }) => name.startsWith(FOLDER))
      .map(({ parameter: name, verdict, revision }) => [
        name.slice(FOLDER.length).split('.')[0],
        verdict,
        revision,
      ]);
    // The last two are the copies that the pinned release has of entries.
    expect(verdicts).toHaveLength(3 * (1 + 3 + 3 + 3 + 5 + 2));
    for (const [which, verdict, revision] of verdicts) {
      // The one before the published one is kept for whoever reads right now: nothing vouches for it.
      const vouched = which !== 'CERT/3';
      expect([which, verdict, revision]).toEqual([
        which,
        vouched ? 'authentic' : 'unauthenticated',
        vouched ? Number(String(which).split('/')[1]) : undefined,
      ]);
    }
  });

  it.each([
    ['what counts', 5, 5],
    ['what the release names', 4, 3],
    ['what a pinned release names', 1, 3],
  ])('tells in which region a part of %s is gone', async (_, revision, count) => {
    for (const region of ALL) {
      const world = await filled();
      const names = partsOf(world, 'CERT', revision);
      expect(names).toHaveLength(count);
      world.aws.remove(region, names[1] ?? '');
      const report = await verify(world);
      expect(lines(report.findings)).toEqual([`large_incomplete ${region} ${short(names[1])}`]);
      const [found] = report.findings.filter(({ gravity }) => gravity === 'fault');
      expect(found?.message).toBe(`part 2 of ${count} of CERT, revision ${revision}, is gone`);
      expect(found?.hint).toBeDefined();
    }
  });

  it('tells which text lies where a part was, and that it is not one', async () => {
    const world = await filled();
    const [first = '', second = ''] = partsOf(world, 'CERT', 5);
    world.aws.plant(REPLICA, first, world.aws.versions(REPLICA, second).at(-1)?.value ?? '');
    const { findings, parameters } = await verify(world);
    expect(lines(findings)).toEqual([`large_incomplete ${REPLICA} ${short(first)} 2`]);
    expect(findings.find(({ gravity }) => gravity === 'fault')?.message).toMatch(
      /^this is not part 1 of 5 of CERT/,
    );
    expect(parameters.find((one) => one.region === REPLICA && one.parameter === first)?.verdict).toBe(
      'large_incomplete',
    );
  });

  it('finds what lies in the place of an entry that a pinned release names', async () => {
    const world = await filled();
    const copies = world.aws.names(HOME).filter((name) => name.startsWith(FOLDER) && name.endsWith('.0'));
    expect(copies).toHaveLength(2);
    const [copy = ''] = copies;
    for (const other of ['nothing', world.aws.versions(HOME, copies[1] ?? '').at(-1)?.value ?? '']) {
      world.aws.plant(REPLICA, copy, other);
      const { authentic, findings } = await verify(world);
      expect(authentic).toBe(false);
      expect(findings.filter(({ gravity }) => gravity === 'fault')).toMatchObject([
        { kind: 'large_incomplete', region: REPLICA, parameter: copy },
      ]);
    }
    await world.open().pin(1);
    expect(await verify(world)).toMatchObject({ authentic: true });
  });

  it('finds any character that changed in any part that is needed', async () => {
    const world = await filled();
    const needed = [5, 4, 1]
      .flatMap((revision) => partsOf(world, 'CERT', revision))
      .concat(partsOf(world, 'OTHER', 1));
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= ';
    await checkProperty(
      'characters of parts changed',
      fc.asyncProperty(
        fc.constantFrom(...ALL),
        fc.constantFrom(...needed),
        fc.nat(5_000),
        fc.constantFrom(...alphabet),
        async (region, name, at, to) => {
          const text = world.aws.versions(region, name).at(-1)?.value ?? '';
          const i = at % text.length;
          if (text[i] === to) return;
          world.aws.plant(region, name, text.slice(0, i) + to + text.slice(i + 1));
          const { authentic, findings } = await verify(world);
          world.aws.plant(region, name, text);
          expect(authentic).toBe(false);
          expect(findings.filter(({ gravity }) => gravity === 'fault')).toMatchObject([
            { kind: 'large_incomplete', region, parameter: name },
          ]);
        },
      ),
      { small: 15, full: 300 },
    );
    expect(await verify(world)).toMatchObject({ authentic: true });
  });

  it('counts what is left over of the past, and calls it no fault', async () => {
    const world = await filled();
    const vault = world.open();
    await vault.publish();
    await vault.set('CERT', random(7_000));
    await vault.publish();
    const [part = ''] = partsOf(world, 'CERT', 5);
    const id = part.slice(part.indexOf('/5.') + 3);
    const plant = (revision: number, at: number): void =>
      world.aws.plant(REPLICA, `${FOLDER}CERT/${revision}.${id.slice(0, 16)}.${at}`, 'AAAA');
    for (const at of [2, 3]) plant(2, at);
    // It might be what the release before named.
    plant(3, 1);
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, equal: true });
    const notes = report.findings.filter(({ kind }) => kind === 'left_over');
    expect(notes.map(({ region, message }) => [region, message])).toEqual([
      [REPLICA, '2 parts of past large secrets, which nobody reads'],
    ]);
  });

  it('does not ask for the parts of revisions that are past', async () => {
    const world = await filled();
    for (const region of ALL) for (const name of partsOf(world, 'CERT', 3)) world.aws.remove(region, name);
    expect(await verify(world, true)).toMatchObject({ authentic: true, complete: true, equal: true });
  });

  it('reads again what a stale listing did not show', async () => {
    const world = await filled();
    const [hidden = ''] = partsOf(world, 'CERT', 5);
    const [stored] = world.aws.versions(HOME, hidden);
    world.aws.remove(HOME, hidden);
    world.aws.gate = ({ operation, region, names }) => {
      if (operation === 'read' && region === HOME && names.includes(hidden)) {
        world.aws.plant(HOME, hidden, stored?.value ?? '');
      }
      return undefined;
    };
    expect(await verify(world)).toMatchObject({ authentic: true });
  });

  it('tells where what a release names is not kept any more', async () => {
    const world = await filled();
    // As after a hundred versions, or in a region that was away.
    const text = world.aws.versions(HOME, parameter('CERT'));
    const region = THIRD;
    world.aws.remove(region, parameter('CERT'));
    world.aws.plant(region, parameter('CERT'), text.at(-1)?.value ?? '');
    const { findings, authentic } = await verify(world);
    expect(authentic).toBe(true);
    expect(lines(findings, 'drift')).toEqual([`lacking ${THIRD} CERT`]);
  });

  it('knows a large value that was only sealed anew, and a release that holds another', async () => {
    const world = threeRegions();
    const vault = world.open();
    const value = random(5_000);
    await vault.set('CERT', value);
    await vault.publish();
    await vault.set('CERT', random(5_000));
    await vault.set('CERT', value);
    expect(lines((await verify(world)).findings, 'note')).toEqual(
      ALL.map((name) => `staged ${name} CERT 3`).slice(3),
    );
    await vault.publish();
    await vault.rotate({ publishes: false });
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true });
    expect(lines(report.findings, 'note')).toEqual([]);
  });
});

describe('pinning a release with large secrets', () => {
  it('is refused where parts are gone, and a pin that is there stays whole', async () => {
    const world = threeRegions();
    const vault = world.open();
    for (let i = 0; i < 3; i += 1) {
      await vault.set('CERT', random(5_000));
      await vault.publish();
    }
    const error = await rejection(vault.pin(1), 'large_incomplete');
    expect(error.message).toMatch(/^release 1 cannot be pinned whole: part 1 of CERT, revision 1,/);
    expect(world.aws.names(HOME).filter((name) => name.includes('/pinned/'))).toEqual([]);
    await vault.pin(2);
    for (let i = 0; i < 3; i += 1) {
      await vault.set('CERT', random(5_000));
      await vault.publish();
    }
    await vault.pin(2);
    expect(await verify(world)).toMatchObject({ authentic: true, equal: true });
  });
});

describe('a drill with large secrets', () => {
  it('starts with all of them in each region alone, and compares what it gets', async () => {
    const world = await filled();
    const report = await world.open().drill();
    expect(report).toMatchObject({ carried: true, release: 4 });
    for (const { alone, failover, entries, role } of report.regions) {
      expect(alone).toMatchObject({ ok: true, secrets: 3 });
      if (role === 'replica') expect(failover).toMatchObject({ ok: true, secrets: 3 });
      expect(entries).toMatchObject({ compared: 3, equal: 3 });
    }
  });

  it('says what would be lost with home where a replica lacks a part', async () => {
    const world = await filled();
    world.aws.remove(REPLICA, partsOf(world, 'CERT', 4)[0] ?? '');
    world.aws.plant(REPLICA, partsOf(world, 'OTHER', 1)[0] ?? '', 'AAAA');
    const report = await world.open().drill();
    expect(report.carried).toBe(false);
    const [home, replica, third] = report.regions;
    expect(home?.alone.ok).toBe(true);
    expect(third).toMatchObject({ carries: true, lost: [] });
    expect(replica).toMatchObject({
      carries: false,
      failover: { ok: false, error: { code: 'large_incomplete' } },
      alone: { ok: false, error: { code: 'large_incomplete' } },
      entries: { compared: 3, equal: 2, unreadable: 1 },
      lost: [{ name: 'OTHER', revision: 1, has: undefined }],
    });
  });

  it('tells a staged value that a replica lacks a part of from what applications get', async () => {
    const world = await filled();
    world.aws.remove(REPLICA, partsOf(world, 'CERT', 5)[4] ?? '');
    const report = await world.open().drill();
    expect(report.carried).toBe(true);
    expect(report.regions[1]?.lost).toMatchObject([{ name: 'CERT', revision: 5 }]);
  });

  it('of a vault that never published loads the entries with their parts', async () => {
    const world = threeRegions();
    await world.open().set('CERT', random(5_000));
    expect(await world.open().drill()).toMatchObject({ carried: true, release: undefined });
    world.aws.remove(THIRD, partsOf(world, 'CERT', 1)[0] ?? '');
    const report = await world.open().drill();
    expect(report.regions.map(({ carries }) => carries)).toEqual([true, true, false]);
  });
});
