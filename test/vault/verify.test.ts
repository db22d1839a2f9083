/** Verifying: each kind of tampering is planted past waxseal, and named for what it is. */
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataKey,
  type DataKeyId,
  type Entry,
  encodeDataKeyRecord,
  encodeEntry,
  encryptionContext,
  parseDataKeyRecord,
  parseEntry,
  sealEntry,
} from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import type { Finding, StoredParameter, VerifyReport } from '../../src/vault/index.ts';
import { entries as vectors } from '../envelope/vector.ts';
import { checkProperty } from '../support/seed.ts';
import { ALL, THIRD, type ThreeRegions, threeRegions } from '../support/three-regions.ts';
import { bytes, failing, HOME, parameter, REPLICA, rejection, VAULT } from '../support/world.ts';

const RECORD = parameter('.waxseal/data-key');
const HEAD = parameter('.waxseal/release');
const PART = `${HEAD}/1`;
const PINNED = parameter('.waxseal/pinned/1');
const A = parameter('A');
const VALUE = 'hunter2-never-in-a-report';

/** A, B and a deleted C in three revisions of releases, the first of them pinned. */
async function filled(): Promise<ThreeRegions> {
  const world = threeRegions();
  const vault = world.open();
  for (const name of ['A', 'B', 'C']) await vault.set(name, bytes(`${VALUE} ${name}`));
  await vault.publish();
  await vault.pin(1);
  await vault.set('A', bytes(`${VALUE} again`));
  await vault.delete('C');
  await vault.publish();
  await vault.set('A', bytes(`${VALUE} once more`));
  await vault.publish();
  world.counted();
  return world;
}

/** The same with a release in parts: random values do not compress. */
async function inParts(): Promise<ThreeRegions> {
  const world = await filled();
  const vault = world.open();
  await vault.import(
    Array.from({ length: 100 }, (_, i) => ({ name: `N${i}`, value: bytes(randomBytes(32).toString('hex')) })),
  );
  await vault.publish();
  await vault.pin(4);
  return world;
}

function verify(world: ThreeRegions, history = false): Promise<VerifyReport> {
  return world.open().verify({ history });
}

function lines(findings: readonly Finding[], ...gravities: readonly Finding['gravity'][]): readonly string[] {
  return findings
    .filter(({ gravity }) => gravities.includes(gravity))
    .map(({ kind, region, parameter: name = '', version }) =>
      [kind, region, name.slice(VAULT.length + 1), ...(version === undefined ? [] : [`${version}`])].join(
        ' ',
      ),
    );
}

function faults({ findings }: VerifyReport): readonly string[] {
  return lines(findings, 'fault');
}

function top(world: ThreeRegions, name: string, region = HOME): StoredParameter {
  const stored = world.aws.versions(region, name).at(-1);
  if (stored === undefined) throw new Error(`there is no ${name}`);
  return stored;
}

/** Puts an older version on top again, with the slot that makes it count. */
function replay(
  world: ThreeRegions,
  name: string,
  version: number,
  regions: readonly string[] = [HOME],
): void {
  for (const region of regions) {
    const old = world.aws.versions(region, name).find((one) => one.version === version);
    plantEntry(world, region, name, parseEntry(old?.value ?? ''));
  }
}

function plantEntry(world: ThreeRegions, region: string, name: string, entry: Entry): void {
  const version = (world.aws.versions(region, name).at(-1)?.version ?? 0) + 1;
  const wrapping = { ...entry.wrapping, slot: { region, version } };
  world.aws.plant(region, name, encodeEntry({ ...entry, wrapping }));
}

/** What somebody with the vault's data key, and the right to write, could make. */
async function forge(world: ThreeRegions, name: string, revision: number, parent?: Entry): Promise<Entry> {
  const { id, wrappedKey, kmsKeyId } = parseDataKeyRecord(top(world, RECORD).value, VAULT);
  const keys = world.aws.region(HOME, world.kmsKey).keys;
  const { plaintext } = await keys.unwrap(wrappedKey, encryptionContext(VAULT, id));
  return seal({ id, key: plaintext }, wrappedKey, kmsKeyId, name, revision, parent);
}

function seal(
  dataKey: DataKey,
  wrappedKey: Uint8Array,
  kmsKeyId: string,
  name: string,
  revision: number,
  parent?: Entry,
): Entry {
  return sealEntry({
    name,
    revision,
    parent,
    dataKey,
    wrapping: { wrappedKey, kmsKeyId, slot: { region: HOME, version: 1 } },
    sealedAt: 1_800_000_000,
    value: bytes('forged'),
    salt: randomBytes(32),
  });
}

/** The next data key, as a rotation makes it: its record and an entry under it in every region. */
function rotated(world: ThreeRegions, regions: readonly string[] = ALL): void {
  const id: DataKeyId = { generation: 2, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
  const key = Uint8Array.from(randomBytes(32));
  const wrappedKey = world.aws.wrap(world.kmsKey, key, encryptionContext(VAULT, id));
  const entry = seal({ id, key }, wrappedKey, world.kmsKey, A, 4, parseEntry(top(world, A).value));
  for (const region of regions) {
    plantEntry(world, region, A, entry);
    world.aws.plant(
      region,
      RECORD,
      encodeDataKeyRecord({ vault: VAULT, id, wrappedKey, kmsKeyId: world.kmsKey }),
    );
  }
}

function edited(text: string, change: (fields: Record<string, unknown>) => void): string {
  const fields = JSON.parse(text) as Record<string, unknown>;
  change(fields);
  return JSON.stringify(fields);
}

/** The same base64 with its first byte changed. */
function flipped(base64: unknown): string {
  const changed = Buffer.from(String(base64), 'base64');
  changed[0] = (changed[0] ?? 0) ^ 1;
  return changed.toString('base64');
}

function edit(name: string, field: string, to: (was: unknown) => unknown, region = HOME): Plant {
  return (world) =>
    world.aws.plant(
      region,
      name,
      edited(top(world, name, region).value, (fields) => {
        fields[field] = to(fields[field]);
        const version = top(world, name, region).version + 1;
        if ('slot' in fields) fields.slot = `${region}:${version}`;
      }),
    );
}

type Plant = (world: ThreeRegions) => void | Promise<void>;

describe('a vault that nobody touched', () => {
  it('is authentic, complete and equal, with its history too', async () => {
    const world = await inParts();
    const report = await verify(world, true);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      exists: true,
      authentic: true,
      complete: true,
      equal: true,
      secrets: 102,
      deleted: 1,
      dataKeys: 1,
    });
    expect(report.regions.map(({ region, home, release }) => [region, home, release])).toEqual([
      [HOME, true, 4],
      [REPLICA, false, 4],
      [THIRD, false, 4],
    ]);
    expect(new Set(report.parameters.map(({ verdict }) => verdict))).toEqual(new Set(['authentic']));
  });

  it('of 1,000 entries costs one listing and one Decrypt in each region, with history one call more a name', async () => {
    const world = threeRegions();
    const vault = world.open();
    const items = Array.from({ length: 1000 }, (_, i) => ({ name: `N${i}`, value: bytes(`value ${i}`) }));
    await vault.import(items);
    await vault.publish();
    world.counted();
    const report = await verify(world);
    expect(report).toMatchObject({ secrets: 1000, findings: [], dataKeys: 1 });
    const each = ALL.flatMap((region) => [`list ${region}: 1`, `unwrap ${region}: 1`]);
    expect(world.counted()).toEqual(each.sort());
    expect(await verify(world, true)).toMatchObject({ findings: [], versions: 1001 });
    expect(world.counted()).toEqual([...each, `history ${HOME}: 1001`].sort());
  });

  it('says of each parameter what proves it, and nothing of its value', async () => {
    const world = await filled();
    const { parameters, startedAt } = await verify(world, true);
    expect(startedAt).toBeGreaterThan(0);
    const ofA = parameters.filter(({ parameter: name }) => name === A);
    expect(ofA).toHaveLength(3);
    expect(ofA[0]).toMatchObject({
      region: HOME,
      version: 3,
      revision: 3,
      kmsKeyId: world.kmsKey,
      modifiedBy: 'arn:test',
      verdict: 'authentic',
    });
    expect(ofA[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(ofA[0]?.kmsKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    expect(ofA[0]?.dataKeyId).toMatch(/^1\.\d+\.[0-9a-f]{16}$/);
    // Only history tells who wrote.
    const without = await verify(world);
    expect(without.parameters.every(({ modifiedBy }) => modifiedBy === undefined)).toBe(true);
    expect(JSON.stringify(without)).not.toContain(VALUE);
  });

  it('tells what is staged, by name, and finds no fault in it', async () => {
    const world = await filled();
    await world.open().set('A', bytes('staged'));
    await world.open().set('NEW', bytes('staged'));
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, equal: true, complete: true });
    expect(lines(report.findings, 'note').filter((line) => line.includes(HOME))).toEqual([
      `staged ${HOME} A 4`,
      `staged ${HOME} NEW 1`,
    ]);
  });

  it('that was never published, or purged from, is fine; one that is not there is told', async () => {
    const world = threeRegions();
    expect(await verify(world)).toMatchObject({ exists: false, parameters: [] });
    await world.open().set('A', bytes('one'));
    const unpublished = await verify(world, true);
    expect(unpublished).toMatchObject({
      exists: true,
      authentic: true,
      complete: true,
      equal: true,
      secrets: 1,
    });
    expect(lines(unpublished.findings, 'note')).toEqual([`no_release ${HOME} .waxseal/release`]);
    const full = await filled();
    await full.open().purge('C');
    expect(await verify(full, true)).toMatchObject({ findings: [], secrets: 2, deleted: 0 });
  });

  it('is not blamed for a write and a publish that come while it is verified', async () => {
    const world = await filled();
    const writer = world.open();
    let written = false;
    world.aws.gate = async ({ region, operation }) => {
      if (written || operation !== 'unwrap' || region !== REPLICA) return undefined;
      written = true;
      await writer.set('A', bytes('meanwhile'));
      await writer.publish();
      return undefined;
    };
    const report = await verify(world);
    expect(written).toBe(true);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true });
  });
});

/** What is planted, and the faults that must be found: all of them and no others. */
const KINDS: readonly (readonly [string, Plant, readonly string[]])[] = [
  ['text that is no entry', (world) => world.aws.plant(HOME, A, 'not an entry'), [`malformed ${HOME} A 4`]],
  [
    'a space more',
    (world) => world.aws.plant(THIRD, A, `${top(world, A, THIRD).value} `),
    [`malformed ${THIRD} A 4`],
  ],
  ['a changed ciphertext', edit(A, 'ct', flipped), [`decrypt_failed ${HOME} A 4`]],
  ['a changed commitment', edit(A, 'com', flipped, REPLICA), [`decrypt_failed ${REPLICA} A 4`]],
  ['a changed wrapped data key', edit(A, 'wk', flipped), [`foreign_key ${HOME} A 4`]],
  ['a raised revision', edit(A, 'rev', () => 9), [`decrypt_failed ${HOME} A 4`]],
  ['a changed time', edit(A, 'at', () => 1), [`decrypt_failed ${HOME} A 4`]],
  [
    'a truncated ciphertext',
    edit(A, 'ct', (was) => Buffer.from(String(was), 'base64').subarray(0, -1).toString('base64')),
    [`decrypt_failed ${HOME} A 4`],
  ],
  [
    'the copy of another name',
    (world) => plantEntry(world, HOME, A, parseEntry(top(world, parameter('B')).value)),
    [`misplaced ${HOME} A 4`],
  ],
  [
    "another vault's, as it is",
    (world) => {
      const id: DataKeyId = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
      const key = Uint8Array.from(randomBytes(32));
      const wrapped = world.aws.wrap(world.kmsKey, key, encryptionContext('/acme/other', id));
      plantEntry(world, HOME, A, seal({ id, key }, wrapped, world.kmsKey, '/acme/other/A', 4));
    },
    [`misplaced ${HOME} A 4`],
  ],
  [
    "another vault's, renamed",
    (world) => {
      const id: DataKeyId = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
      const key = Uint8Array.from(randomBytes(32));
      const wrapped = world.aws.wrap(world.kmsKey, key, encryptionContext('/acme/other', id));
      plantEntry(world, HOME, A, seal({ id, key }, wrapped, world.kmsKey, A, 4));
    },
    [`decrypt_failed ${HOME} A 4`],
  ],
  [
    'one under a KMS key of somebody else',
    (world) => {
      const id: DataKeyId = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
      const [key, foreign] = [Uint8Array.from(randomBytes(32)), world.aws.createKey()];
      const wrapped = world.aws.wrap(foreign, key, encryptionContext(VAULT, id));
      plantEntry(world, REPLICA, A, seal({ id, key }, wrapped, foreign, A, 4));
    },
    [`foreign_key ${REPLICA} A 4`],
  ],
  ['an older one put back at home', (world) => replay(world, A, 1), [`replayed ${HOME} A 4`]],
  ['an older one put back everywhere', (world) => replay(world, A, 1, ALL), [`replayed ${HOME} A 4`]],
  [
    'another one of the same revision',
    async (world) => plantEntry(world, HOME, A, await forge(world, A, 3)),
    [`replaced ${HOME} A 4`],
  ],
  [
    'the deletion of a name taken back',
    (world) => replay(world, parameter('C'), 1),
    [`replayed ${HOME} C 3`],
  ],
  ['a name removed at home', (world) => world.aws.remove(HOME, A), [`removed ${HOME} A`]],
  [
    'a name that holds nothing but void writes',
    (world) => {
      const { value } = top(world, A);
      world.aws.remove(HOME, A);
      world.aws.plant(HOME, A, value);
    },
    [`removed ${HOME} A 1`],
  ],
  [
    'nothing that was ever accepted, and older versions gone',
    (world) => {
      const { value } = top(world, A);
      for (let n = 0; n < 3; n += 1) world.aws.plant(HOME, A, value);
      const versions = world.aws.versions(HOME, A) as StoredParameter[];
      versions.splice(0, versions.length - 3);
    },
    [`never_valid ${HOME} A 6`],
  ],
  [
    'a forged release of a higher number',
    edit(HEAD, 'rev', () => 9),
    [`decrypt_failed ${HOME} .waxseal/release 4`],
  ],
  [
    'a release that is none',
    (world) => world.aws.plant(THIRD, HEAD, '{}'),
    [`malformed ${THIRD} .waxseal/release 4`],
  ],
  [
    'an entry in the place of a release',
    (world) => plantEntry(world, HOME, HEAD, parseEntry(top(world, A).value)),
    [`misplaced ${HOME} .waxseal/release 4`],
  ],
  [
    'another pinned release in the place of one',
    (world) => world.aws.plant(HOME, PINNED, top(world, HEAD).value),
    [`misplaced ${HOME} .waxseal/pinned/1 2`],
  ],
  [
    'a data key record of another vault',
    edit(RECORD, 'vault', () => '/acme/other'),
    [`misplaced ${HOME} .waxseal/data-key 2`],
  ],
  [
    'a data key record of another generation',
    edit(RECORD, 'dk', (was) => String(was).replace(/^1/, '2')),
    [`decrypt_failed ${HOME} .waxseal/data-key 2`],
  ],
  [
    'a data key record that is gone',
    (world) => world.aws.remove(HOME, RECORD),
    [`removed ${HOME} .waxseal/data-key`],
  ],
  [
    'a retired data key put back',
    (world) => {
      const old = top(world, RECORD, REPLICA).value;
      rotated(world);
      world.aws.plant(REPLICA, RECORD, old);
    },
    [`data_key_put_back ${REPLICA} .waxseal/data-key 3`],
  ],
];

describe('what was planted is named for what it is', () => {
  it.each(KINDS)('%s', async (_what, plant, expected) => {
    const world = await filled();
    await plant(world);
    const report = await verify(world);
    expect(faults(report)).toEqual(expected);
    expect(report.authentic).toBe(false);
    for (const { gravity, message, hint } of report.findings) {
      expect(message).not.toMatch(/^[A-Z]|\.$/);
      if (gravity === 'fault') expect(hint).toBeTruthy();
    }
    const [region = '', name = '', version] = expected[0]?.split(' ').slice(1) ?? [];
    const judged = report.parameters.find(
      (one) => one.region === region && one.parameter === parameter(name),
    );
    if (version !== undefined) expect(judged?.verdict).toBe(expected[0]?.split(' ')[0]);
    expect(JSON.stringify(report)).not.toContain(VALUE);
  });

  const PARTS: readonly (readonly [string, Plant, readonly string[]])[] = [
    [
      'parts exchanged',
      (world) => {
        const [one, two] = [top(world, PART).value, top(world, `${HEAD}/2`).value];
        world.aws.plant(HOME, PART, two);
        world.aws.plant(HOME, `${HEAD}/2`, one);
      },
      [`part_replaced ${HOME} .waxseal/release/1 2`, `part_replaced ${HOME} .waxseal/release/2 2`],
    ],
    [
      'a part of another vault in a replica',
      (world) => world.aws.plant(REPLICA, PART, randomBytes(3072).toString('base64')),
      [`part_replaced ${REPLICA} .waxseal/release/1 2`],
    ],
    [
      'a part that is gone',
      (world) => world.aws.remove(THIRD, PART),
      [`release_incomplete ${THIRD} .waxseal/release 4`, `removed ${THIRD} .waxseal/release/1`],
    ],
    [
      'a pinned part exchanged',
      (world) => world.aws.plant(HOME, `${parameter('.waxseal/pinned/4')}/1`, top(world, `${HEAD}/2`).value),
      [`part_replaced ${HOME} .waxseal/pinned/4/1 2`],
    ],
  ];
  it.each(PARTS)('%s', async (_what, plant, expected) => {
    const world = await inParts();
    await plant(world);
    expect(faults(await verify(world))).toEqual(expected);
  });

  it('any malformed entry of the test vectors', async () => {
    const world = await filled();
    const malformed = vectors.filter(([, { stage }]) => stage === 'parse');
    expect(malformed.length).toBeGreaterThan(50);
    for (const [i, [name, { parameter: text }]] of malformed.entries()) {
      world.aws.plant(HOME, A, text);
      expect(faults(await verify(world)), name).toEqual([`malformed ${HOME} A ${i + 4}`]);
    }
  });

  it('a void write is told, and is no fault', async () => {
    const world = await filled();
    world.aws.plant(HOME, A, world.aws.versions(HOME, A)[0]?.value ?? '');
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true });
    expect(lines(report.findings, 'note')).toEqual([`void ${HOME} A 4`]);
  });

  it('a void write says what it is, and with the histories who wrote it, in a replica too', async () => {
    const world = await filled();
    const texts = world.aws.versions(HOME, A);
    const messages = async (): Promise<readonly (readonly unknown[])[]> =>
      (await verify(world, true)).findings.map(({ kind, region, message, modifiedBy }) => [
        `${kind} ${region}`,
        message.split(';')[0],
        modifiedBy,
      ]);
    const plant = (region: string, name: string, value: string): void => {
      world.aws.plant(region, name, value);
      const versions = world.aws.versions(region, name) as StoredParameter[];
      const last = versions.pop();
      if (last !== undefined) versions.push({ ...last, modifiedBy: 'arn:mallory' });
    };
    plant(HOME, A, texts[1]?.value ?? '');
    expect(await messages()).toEqual([
      [`void ${HOME}`, 'the text of Version 2 was put again', 'arn:mallory'],
    ]);
    plant(HOME, A, top(world, parameter('B')).value);
    expect(await messages()).toEqual([
      [`void ${HOME}`, `a text that was sealed for ${parameter('B')} was put here`, 'arn:mallory'],
    ]);
    // It claims a Version that it did not get, and is no copy of what did.
    plant(HOME, A, encodeEntry(await forge(world, A, 4, parseEntry(texts[2]?.value ?? ''))));
    expect(await messages()).toEqual([
      [`void ${HOME}`, 'a write that lost a race lies on top', 'arn:mallory'],
    ]);
    plant(REPLICA, A, world.aws.versions(REPLICA, A)[0]?.value ?? '');
    plant(HOME, HEAD, world.aws.versions(HOME, HEAD)[0]?.value ?? '');
    expect(await messages()).toEqual([
      [`void ${HOME}`, 'the text of Version 1 was put again', 'arn:mallory'],
      [`void ${HOME}`, 'a write that lost a race lies on top', 'arn:mallory'],
      [`void ${REPLICA}`, 'the text of Version 1 was put again', 'arn:mallory'],
    ]);
    expect(await verify(world)).toMatchObject({ authentic: true, complete: true, equal: true });
  });

  it('entries under a retired data key are told, and are no fault', async () => {
    const world = await filled();
    rotated(world);
    const report = await verify(world);
    expect(faults(report)).toEqual([]);
    expect(report).toMatchObject({ equal: true, dataKeys: 2 });
    const retired = lines(report.findings, 'note').filter((line) => line.startsWith('retired_data_key'));
    expect(retired.filter((line) => line.includes(HOME))).toEqual([
      `retired_data_key ${HOME} B 1`,
      `retired_data_key ${HOME} C 2`,
    ]);
  });

  it('a retired data key that was put back is mended by a rotation, or by the region that has a newer one', async () => {
    for (const [where, hints] of [
      [ALL, ALL.map(() => /^(?!.*region sync).*waxseal key rotate makes one above it/)],
      [[HOME], [new RegExp(`region sync" brings the newer one from ${REPLICA}, else waxseal key rotate`)]],
    ] as const) {
      const world = await filled();
      const old = top(world, RECORD).value;
      rotated(world);
      for (const region of where) world.aws.plant(region, RECORD, old);
      const found = (await verify(world)).findings.filter(({ kind }) => kind === 'data_key_put_back');
      expect(found.map(({ hint }) => hint)).toEqual(hints.map((hint) => expect.stringMatching(hint)));
    }
  });

  it('a rotation that was cut off is none of what is staged', async () => {
    const world = await filled();
    let writes = 0;
    world.aws.gate = failing(
      ({ operation, region }) => operation === 'write' && region === HOME && ++writes > 3,
      'denied',
    );
    await rejection(world.open().rotate(), 'denied');
    world.aws.gate = () => undefined;
    await world.only(...ALL).set('B', bytes('staged'));
    const { findings, authentic } = await verify(world);
    expect(authentic).toBe(true);
    const notes = findings.filter(({ region, gravity }) => region === HOME && gravity === 'note');
    const named = (kind: string): readonly string[] =>
      notes.filter((one) => one.kind === kind).map(({ parameter: name = '' }) => name);
    expect(named('staged')).toEqual([parameter('B')]);
    expect(named('sealed_anew')).toContain(A);
    expect(notes.find(({ kind }) => kind === 'sealed_anew')?.hint).toContain(
      'waxseal key rotate finishes it',
    );
    await world.open().rotate();
    expect(lines((await verify(world)).findings, 'note', 'drift')).toEqual([]);
  });

  it('what a release that is published by hand holds is not staged by a rotation', async () => {
    const world = await filled();
    await world.open().set('B', bytes('staged'));
    await world.open().rotate({ publishes: false });
    expect(lines((await verify(world)).findings, 'note').filter((line) => line.includes(HOME))).toEqual([
      `staged ${HOME} B 3`,
    ]);
  });

  it('the descriptor can only be compared', async () => {
    const world = await filled();
    const name = parameter('.waxseal/vault');
    const good = { vault: VAULT, kms: world.kmsKey, home: HOME };
    world.aws.plant(HOME, name, JSON.stringify(good));
    world.aws.plant(REPLICA, name, JSON.stringify({ ...good, home: REPLICA }));
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, equal: false });
    expect(lines(report.findings, 'drift')).toEqual([`differs ${REPLICA} .waxseal/vault 1`]);
    expect(report.parameters.filter((one) => one.parameter === name).map(({ verdict }) => verdict)).toEqual([
      'unauthenticated',
      'differs',
    ]);
  });
});

describe('between two KMS keys', () => {
  it('a descriptor may name any that is accepted, and no other', async () => {
    const world = await filled();
    const other = world.aws.createKey();
    const descriptor = { vault: VAULT, kms: other, home: HOME };
    for (const region of ALL) {
      world.aws.plant(region, parameter('.waxseal/vault'), JSON.stringify(descriptor));
    }
    const drift = ALL.map((region) => `differs ${region} .waxseal/vault 1`).sort();
    const found = async (...kmsKeys: readonly string[]): Promise<readonly string[]> =>
      [...lines((await world.open().verify({ kmsKeys })).findings, 'drift')].sort();
    expect(await found()).toEqual(drift);
    expect(await found(world.kmsKey)).toEqual(drift);
    expect(await found(world.kmsKey, other)).toEqual([]);
  });
});

describe('regions', () => {
  it('where home never got what its release holds are in conflict, which is no fault', async () => {
    const world = await filled();
    await world.only(REPLICA, THIRD).set('A', bytes('there'));
    await world.only(REPLICA, THIRD).publish();
    await world.open().set('A', bytes('here'));
    await world.open().sync();
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, equal: false });
    expect(lines(report.findings, 'drift')).toEqual([
      `replaced ${HOME} A 4`,
      `differs ${REPLICA} A 4`,
      `differs ${THIRD} A 4`,
    ]);
  });

  it('that differ are drift, and no fault', async () => {
    const world = await filled();
    await world.only(HOME, REPLICA).set('A', bytes('four'));
    await world.only(HOME, REPLICA).set('NEW', bytes('new'));
    await world.only(HOME, REPLICA).publish();
    const report = await verify(world);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: false });
    expect(lines(report.findings, 'drift')).toEqual([
      `differs ${THIRD} .waxseal/release 3`,
      `differs ${THIRD} A 3`,
      `lacking ${THIRD} NEW`,
    ]);
  });

  it.each(ALL)('%s silent: it was not verified, the others were', async (down) => {
    const world = await filled();
    world.aws.gate = failing(({ region }) => region === down, 'unreachable');
    const report = await verify(world, true);
    expect(report).toMatchObject({ authentic: true, complete: false, equal: true });
    expect(lines(report.findings, 'unverified')).toEqual([`no_answer ${down} `]);
    expect(report.parameters.some(({ region }) => region === down)).toBe(false);
    expect(report.parameters.length).toBeGreaterThan(0);
  });

  it('all silent, or denied: that failure', async () => {
    const world = await filled();
    world.aws.gate = failing(() => true, 'denied');
    await rejection(verify(world), 'denied');
  });

  it.each(ALL)(
    '%s with its KMS key disabled: not opened, which is no fault, and one Decrypt',
    async (down) => {
      const world = await filled();
      world.aws.gate = failing(
        ({ region, operation }) => region === down && operation === 'unwrap',
        'key_unusable',
      );
      const report = await verify(world);
      expect(report).toMatchObject({ authentic: true, complete: false, equal: true });
      const opened = report.parameters.filter(({ verdict }) => verdict === 'authentic');
      expect(new Set(opened.map(({ region }) => region))).toEqual(
        new Set(ALL.filter((region) => region !== down)),
      );
      expect(world.counted()).toContain(`unwrap ${down}: 1`);
    },
  );

  it('cancelled: it ends at once', async () => {
    const world = await filled();
    const controller = new AbortController();
    world.aws.gate = ({ operation }) => {
      if (operation === 'unwrap') controller.abort();
      return undefined;
    };
    await rejection(world.open().verify({ signal: controller.signal, history: true }), 'cancelled');
    expect(world.counted().filter((call) => call.startsWith('history'))).toEqual([]);
  });

  it('tell how far it is', async () => {
    const world = await filled();
    const told: { readonly done: number; readonly total: number }[] = [];
    await world.open().verify({ history: true, onProgress: (progress) => void told.push(progress) });
    expect(told.every(({ done, total }, i) => done <= total && done === i + 1)).toBe(true);
    expect(told.at(-1)?.done).toBe(told.at(-1)?.total);
  });
});

describe('with the histories', () => {
  it('a forged version between two is found, and who wrote it', async () => {
    const world = await filled();
    const versions = world.aws.versions(HOME, A) as StoredParameter[];
    const [, second] = versions;
    if (second === undefined) throw new Error('there is no second version');
    versions[1] = {
      ...second,
      value: edited(second.value, (fields) => {
        fields.ct = flipped(fields.ct);
      }),
      modifiedBy: 'arn:mallory',
    };
    expect(faults(await verify(world))).toEqual([]);
    const report = await verify(world, true);
    expect(faults(report)).toContain(`decrypt_failed ${HOME} A 2`);
    expect(report.findings.find(({ version }) => version === 2)).toMatchObject({ modifiedBy: 'arn:mallory' });
    // The revision above was made on top of what was there.
    expect(faults(report)).toEqual([`decrypt_failed ${HOME} A 2`]);
  });

  it('a version made with the data key, in the place of another, breaks the chain above it', async () => {
    const world = await filled();
    const versions = world.aws.versions(HOME, A) as StoredParameter[];
    const [first, second] = versions;
    if (first === undefined || second === undefined) throw new Error('there is no second version');
    const forged = await forge(world, A, 2, parseEntry(first.value));
    const wrapping = { ...forged.wrapping, slot: { region: HOME, version: 2 } };
    versions[1] = { ...second, value: encodeEntry({ ...forged, wrapping }) };
    expect(faults(await verify(world))).toEqual([]);
    expect(faults(await verify(world, true))).toEqual([`chain_broken ${HOME} A 3`]);
  });

  it('an older one put back that no release knows of, of a secret and of the release', async () => {
    const world = threeRegions();
    for (const value of ['one', 'two']) await world.open().set('A', bytes(value));
    replay(world, A, 1, ALL);
    expect(faults(await verify(world))).toEqual([]);
    expect(faults(await verify(world, true))).toEqual([`replayed ${HOME} A 3`]);
    const published = await filled();
    replay(published, HEAD, 2, ALL);
    expect(faults(await verify(published))).toEqual([]);
    expect(faults(await verify(published, true))).toEqual([`replayed ${HOME} .waxseal/release 4`]);
  });

  it('what is no longer kept, or came from another region, is told and is no fault', async () => {
    const world = await filled();
    const versions = world.aws.versions(HOME, A) as StoredParameter[];
    versions.splice(0, 1);
    for (const value of ['two', 'three', 'four']) await world.only(THIRD).set('B', bytes(value));
    await world.open().sync();
    const report = await verify(world, true);
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true });
    expect(lines(report.findings, 'note').filter((line) => line.startsWith('history_cut'))).toEqual([
      `history_cut ${HOME} A 2`,
      `history_cut ${HOME} B 2`,
    ]);
  });

  it('that may not be read are told, and all else stands', async () => {
    const world = await filled();
    world.aws.gate = failing(({ operation }) => operation === 'history', 'denied');
    const report = await verify(world, true);
    expect(report).toMatchObject({ authentic: true, complete: false });
    expect(lines(report.findings, 'unverified')).toHaveLength(4);
  });

  it('who wrote what is wrong in a replica is asked there', async () => {
    const world = await filled();
    edit(A, 'ct', flipped, REPLICA)(world);
    const versions = world.aws.versions(REPLICA, A) as StoredParameter[];
    const last = versions.pop();
    if (last !== undefined) versions.push({ ...last, modifiedBy: 'arn:mallory', modifiedAt: 7 });
    world.counted();
    const report = await verify(world, true);
    expect(report.findings.filter(({ gravity }) => gravity === 'fault')).toMatchObject([
      { kind: 'decrypt_failed', region: REPLICA, modifiedBy: 'arn:mallory', modifiedAt: 7, version: 4 },
    ]);
    expect(world.counted()).toContain(`history ${REPLICA}: 1`);
  });
});

describe('whatever is done with waxseal itself', () => {
  it('is no fault: writes, publishes, rotations and undos in all regions or some, conflicts, syncs, purges, pins, rewraps', async () => {
    const NAMES = ['A', 'B'];
    await checkProperty(
      'vaults by hand, verified after each step',
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom(
              'set',
              'large',
              'large',
              'delete',
              'publish',
              'sync',
              'prefer',
              'reconcile',
              'purge',
              'pin',
              'rollback',
              'undo',
              'undelete',
              'rotate',
              'rewrap',
            ),
            fc.constantFrom<readonly [string, ...string[]]>(
              ALL,
              ALL,
              [HOME],
              [HOME, REPLICA],
              [REPLICA],
              [THIRD, REPLICA],
            ),
            fc.constantFrom(...NAMES),
          ),
          { minLength: 5, maxLength: 14 },
        ),
        async (steps) => {
          const world = threeRegions();
          for (const name of NAMES) await world.open().set(name, bytes(name));
          await world.open().publish();
          for (const [step, regions, name] of steps) {
            const some = world.only(...regions);
            try {
              if (step === 'set') await some.set(name, randomBytes(8));
              // In several parameters.
              if (step === 'large') await some.set(name, randomBytes(4000));
              if (step === 'delete') await some.delete(name);
              if (step === 'publish') await some.publish();
              if (step === 'sync') await world.open().sync();
              if (step === 'prefer') await world.open().sync({ prefer: { region: regions[0] } });
              if (step === 'reconcile') await world.open().publish({ reconcile: true });
              if (step === 'purge') await world.open().purge(name);
              if (step === 'pin') await world.open().pin(1);
              if (step === 'rollback') await world.open().rollback(1);
              if (step === 'undo') await some.rollbackSecret(name, 1);
              if (step === 'undelete') await some.undelete(name);
              if (step === 'rotate') await some.rotate();
              if (step === 'rewrap') {
                world.aws.rotateKey(world.kmsKey);
                await world.open().rewrap();
              }
            } catch (error) {
              // What waxseal refuses is no step.
              if (!isWaxsealError(error)) throw error;
            }
            const report = await verify(world, true);
            expect(faults(report), step).toEqual([]);
            expect(report.complete).toBe(true);
          }
        },
      ),
      { small: 12, full: 400 },
    );
  });
});

describe('any character', () => {
  it('of any text that counts is found when it changes, but for the slot and the descriptor', async () => {
    const world = await inParts();
    const clean = await verify(world);
    const stored = ALL.flatMap((region) =>
      clean.parameters.filter((one) => one.region === region).map((one) => [region, one.parameter] as const),
    );
    const CHARACTERS = 'AZaz09+/= "\\{}:,.-';
    await checkProperty(
      'characters changed',
      fc.asyncProperty(
        fc.nat(stored.length - 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.constantFrom(...CHARACTERS),
        async (index, where, character) => {
          const [region, name] = stored[index] ?? [HOME, A];
          const versions = world.aws.versions(region, name) as StoredParameter[];
          const last = versions.at(-1);
          if (last === undefined) throw new Error('nothing is stored');
          // Nothing vouches for the slot: it says which write it is, of which the text knows nothing.
          const end = last.value.includes('"slot":') ? last.value.indexOf('"slot":') : last.value.length;
          const at = Math.floor(where * end);
          fc.pre(last.value[at] !== character);
          const value = `${last.value.slice(0, at)}${character}${last.value.slice(at + 1)}`;
          versions[versions.length - 1] = { ...last, value };
          try {
            const report = await verify(world);
            const [, ...rest] = lines(report.findings, 'fault');
            expect(report.authentic, `${region} ${name} at ${at}`).toBe(false);
            expect(rest.filter((line) => !line.includes('.waxseal/'))).toEqual([]);
          } finally {
            versions[versions.length - 1] = last;
          }
        },
      ),
      { small: 60, full: 1000 },
    );
  });
});
