/** Backup and restore of secrets over several parameters: their parts come along, and the value is what it was. */
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import { checkBackup } from '../../src/vault/backup/check.ts';
import { encodeLine, parseLine } from '../../src/vault/backup/format.ts';
import type {
  BackupOptions,
  BackupResult,
  BackupSource,
  KeyWrapper,
  Vault,
  VaultOptions,
} from '../../src/vault/index.ts';
import { checkProperty } from '../support/seed.ts';
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

const OTHER = '/acme/restored';
const FOLDER = `${VAULT}/.waxseal/large/`;

const random = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));

/** The parts that a region holds, by what follows the folder of all parts; not the copies for pinned releases. */
function partsIn({ aws }: World, region: string, path = VAULT): string[] {
  const folder = `${path}/.waxseal/large/`;
  return aws
    .names(region)
    .filter((name) => name.startsWith(folder) && !name.endsWith('.0'))
    .map((name) => name.slice(folder.length))
    .sort();
}

const revisions = (world: World, region: string, name: string): number[] =>
  [
    ...new Set(
      partsIn(world, region)
        .filter((part) => part.startsWith(`${name}/`))
        .map((part) => Number(part.slice(name.length + 1).split('.')[0])),
    ),
  ].sort((a, b) => a - b);

async function backUp(
  vault: Vault,
  options?: BackupOptions,
): Promise<{ readonly file: string; readonly result: BackupResult }> {
  let file = '';
  const result = await vault.backup(async (piece) => {
    file += piece;
  }, options);
  return { file, result };
}

function source(file: string): BackupSource {
  return async function* () {
    for (let at = 0; at < file.length; at += 5_000) yield file.slice(at, at + 5_000);
  };
}

/** The same account after everything below the path was lost: the KMS key is there. */
function emptied(world: World): World {
  const { aws } = createWorld();
  const region = (name: string) => ({
    ...aws.region(name, world.kmsKey),
    keys: world.aws.region(name, world.kmsKey).keys,
  });
  const open = (options: Partial<VaultOptions> = {}): Vault =>
    world.open({ regions: [region(HOME), region(REPLICA)], ...options });
  return { aws, kmsKey: world.kmsKey, open };
}

const oldKey = (world: World): KeyWrapper => world.aws.region(HOME, world.kmsKey).keys;

/** A file whose records were changed and whose last line says so. */
async function rewritten(file: string, change: (line: Record<string, unknown>) => unknown): Promise<string> {
  const { createHash } = await import('node:crypto');
  const lines = file
    .trimEnd()
    .split('\n')
    .map((line) => JSON.stringify(change(JSON.parse(line) as Record<string, unknown>)));
  const sha256 = createHash('sha256');
  for (const line of lines.slice(0, -1)) sha256.update(`${line}\n`);
  const end = { ...(JSON.parse(lines.at(-1) ?? '') as object), sha256: sha256.digest('hex') };
  return [...lines.slice(0, -1), JSON.stringify(end), ''].join('\n');
}

interface Inhabited {
  readonly world: World;
  readonly values: Readonly<Record<string, Uint8Array>>;
  readonly pinned: Uint8Array;
}

/** Large ones in several states among small ones: pinned long ago, staged, deleted, text, an edge of a part. */
async function inhabited(): Promise<Inhabited> {
  const world = createWorld();
  const vault = world.open();
  const pinned = random(10_000);
  await vault.set('CERT', pinned);
  await vault.publish();
  await vault.pin(1);
  for (let i = 0; i < 3; i += 1) {
    await vault.set('CERT', random(8_000));
    await vault.publish();
  }
  const values: Record<string, Uint8Array> = {
    CERT: random(20_000),
    EDGE: random(3_072 * 2 - 16),
    JSON: bytes(JSON.stringify({ key: randomBytes(6_000).toString('base64') })),
    SMALL: bytes('s'),
  };
  for (const [name, value] of Object.entries(values)) await vault.set(name, value);
  await vault.set('DELETED', random(5_000));
  await vault.delete('DELETED');
  return { world, values, pinned };
}

async function expectValues(world: World, { values }: Inhabited, path = VAULT): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    for (const region of [HOME, REPLICA]) {
      const read = await world.open({ path }).get(name, { region });
      expect(Buffer.compare(read.value, value), `${name} in ${region}`).toBe(0);
    }
  }
  const booted = await world.open({ path }).boot({ large: () => true });
  expect([...booted.secrets.keys()].sort()).toEqual(Object.keys(values).sort());
  for (const [name, value] of Object.entries(values)) {
    expect(booted.secrets.get(name)?.value).toEqual(value);
  }
}

describe('a backup of large secrets', () => {
  it('holds the parts that home has of each version, and nothing in plain', async () => {
    const { world } = await inhabited();
    const { file, result } = await backUp(world.open());
    expect(result.leftOut).toBe(0);
    expect((await checkBackup(source(file))).summary.sha256).toBe(result.sha256);
    const lines = file
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const cert = lines.find(({ name }) => name === 'CERT') as { parts: string[][]; versions: string[] };
    // Revision 1 is pinned, 2 is past, 3 and 4 are what the release and the one before it name, 5 counts.
    expect(cert.parts.map(({ length }) => length)).toEqual([4, 0, 3, 3, 7]);
    expect(cert.versions).toHaveLength(5);
    expect(lines.find(({ name }) => name === 'SMALL')).not.toHaveProperty('parts');
    expect(partsIn(world, HOME).length).toBe(
      lines.flatMap(({ is, parts }) => (is === 'secret' ? ((parts ?? []) as string[][]).flat() : [])).length,
    );
  });

  it('has one spelling of parts, and none where there are none', () => {
    const line = '{"is":"secret","name":"A","versions":["x","y"],"parts":[[],["p","q"]]}';
    const parsed = parseLine(line, 2);
    expect(encodeLine(parsed)).toBe(line);
    const bare = '{"is":"secret","name":"A","versions":["x","y"]}';
    expect(encodeLine(parseLine(bare, 2))).toBe(bare);
    for (const parts of [
      '[[],[]]',
      '[]',
      '[["p"]]',
      '[["p"],["q"],["r"]]',
      '["p","q"]',
      'null',
      '[[1],[]]',
    ]) {
      expect(() => parseLine(`{"is":"secret","name":"A","versions":["x","y"],"parts":${parts}}`, 2)).toThrow(
        'line 2',
      );
    }
  });

  it('takes a part that home lost from a replica, and refuses where none has it', async () => {
    const { world } = await inhabited();
    const lost = `${FOLDER}${partsIn(world, HOME).find((part) => part.startsWith('CERT/5.'))}`;
    world.aws.remove(HOME, lost);
    const whole = await backUp(world.open());
    world.aws.plant(REPLICA, lost, 'AAAA');
    const error = await rejection(backUp(world.open()), 'large_incomplete');
    expect(error.message).toMatch(/^CERT is not whole: part 1 of CERT, revision 5,/);

    // Without verifying, it goes back to the last version that is whole.
    const { file, result } = await backUp(world.open(), { verify: false });
    expect(result.versions).toBe(whole.result.versions - 1);
    expect(result.leftOut).toBe(1);
    const { open } = emptied(world);
    await open().restore(source(file));
    expect((await open().get('CERT')).revision).toBe(4);
  });

  it('reads a secret again whose parts went while it was read', async () => {
    const { world, values } = await inhabited();
    let times = 0;
    world.aws.gate = async ({ operation, names }) => {
      if (operation !== 'read' || !names.some((name) => name.startsWith(`${FOLDER}CERT/5.`))) return;
      if (times > 0) return;
      times += 1;
      world.aws.gate = () => undefined;
      const vault = world.open();
      for (let i = 0; i < 3; i += 1) {
        await vault.set('CERT', i === 2 ? (values.CERT ?? bytes('')) : random(9_000));
        await vault.publish();
      }
    };
    const { file } = await backUp(world.open());
    expect(times).toBe(1);
    const restored = emptied(world);
    await restored.open().restore(source(file));
    expect(await restored.open().get('CERT')).toMatchObject({ revision: 8, value: values.CERT });
  });
});

describe('a restore of large secrets', () => {
  it('puts everything back as it was sealed, with the pinned release, in every region', async () => {
    const { world, ...rest } = await inhabited();
    const { file } = await backUp(world.open());
    const restored = emptied(world);
    const result = await restored.open().restore(source(file));
    expect(result).toMatchObject({ sealedAnew: false, behind: [] });
    await expectValues(restored, { world, ...rest });
    expect(revisions(restored, HOME, 'CERT')).toEqual([1, 4, 5]);
    for (const name of [HOME, REPLICA]) {
      restored.aws.gate = failing(({ region }) => region !== name, 'unreachable');
      const booted = await restored.open().boot({ pin: 1, large: () => true });
      expect(booted.secrets.get('CERT')?.value, name).toEqual(rest.pinned);
      restored.aws.gate = () => undefined;
    }
    await restored.open().undelete('DELETED');
    expect((await restored.open().get('DELETED')).value).toHaveLength(5_000);
    expect(await restored.open().verify({ history: true })).toMatchObject({
      authentic: true,
      complete: true,
      equal: true,
    });
    expect(await restored.open().status()).toMatchObject({ equal: true });
  });

  it('writes the parts of a version before the version', async () => {
    const { world } = await inhabited();
    const { file } = await backUp(world.open());
    const restored = emptied(world);
    await restored.open().restore(source(file));
    for (const region of [HOME, REPLICA]) {
      const written = restored.aws.calls
        .filter((call) => call.operation === 'write' && call.region === region)
        .flatMap(({ names }) => names);
      const lastPart = written.findLastIndex((name) => name.startsWith(`${FOLDER}CERT/5.`));
      expect(lastPart).toBeGreaterThan(-1);
      expect(lastPart).toBeLessThan(written.lastIndexOf(`${VAULT}/CERT`));
    }
  });

  it('seals everything anew elsewhere, large or not as the new name demands', async () => {
    const { world, ...rest } = await inhabited();
    // It fits under its own name alone: under a much longer path it is a large one.
    let tight = random(2_700);
    for (;;) {
      if ((await world.open().set('TIGHT', tight)).parts === undefined) break;
      tight = tight.subarray(20);
    }
    const values = { ...rest.values, TIGHT: tight };
    const { file } = await backUp(world.open());
    const path = `/${'long-'.repeat(40)}/vault`;

    const restored = createWorld();
    const from = oldKey(world);
    const vault = restored.open({ path });
    const dry = await vault.restore(source(file), { from, dryRun: true });
    expect(dry).toMatchObject({ sealedAnew: true, release: undefined });
    expect(restored.aws.names(HOME)).toEqual([]);
    expect(await vault.restore(source(file), { from })).toMatchObject({ sealedAnew: true, behind: [] });
    await expectValues(restored, { ...rest, world, values }, path);
    expect(partsIn(restored, HOME, path).some((part) => part.startsWith('TIGHT/'))).toBe(true);
    // Again, nothing is to be done.
    const writes = restored.aws.calls.filter(({ operation }) => operation === 'write').length;
    await restored.open({ path }).restore(source(file), { from });
    expect(restored.aws.calls.filter(({ operation }) => operation === 'write').length).toBe(writes);
  });

  it('compares values, not what they are sealed as: another value under the name is in the way', async () => {
    const { world } = await inhabited();
    const { file } = await backUp(world.open());
    const restored = createWorld();
    await restored.open({ path: OTHER }).set('CERT', random(20_000));
    await rejection(
      restored.open({ path: OTHER }).restore(source(file), { from: oldKey(world) }),
      'conflict',
    );
  });

  it.each([undefined, OTHER])('goes on where it was cut off, sealed anew under %s', async (path = VAULT) => {
    const { world, ...rest } = await inhabited();
    const { file } = await backUp(world.open());
    const restored = path === VAULT ? emptied(world) : createWorld();
    const how = path === VAULT ? {} : { from: oldKey(world) };
    let writes = 0;
    let cuts = 0;
    for (;;) {
      writes = 0;
      restored.aws.gate = ({ operation }) => {
        if (operation !== 'write') return undefined;
        writes += 1;
        return writes > 9 ? failing(() => true, 'denied')({ region: HOME, operation, names: [] }) : undefined;
      };
      const done = await restored
        .open({ path })
        .restore(source(file), how)
        .then(
          ({ behind }) => behind.length === 0,
          () => false,
        );
      if (done) break;
      cuts += 1;
      expect(cuts).toBeLessThan(50);
    }
    restored.aws.gate = () => undefined;
    expect(cuts).toBeGreaterThan(2);
    await expectValues(restored, { world, ...rest }, path);
  });

  it('brings back what was lost of the parts since', async () => {
    const { world, ...rest } = await inhabited();
    const { file } = await backUp(world.open());
    const restored = emptied(world);
    await restored.open().restore(source(file));
    for (const region of [HOME, REPLICA]) {
      for (const part of partsIn(restored, region)) {
        if (/^CERT\/[15]\./.test(part)) restored.aws.remove(region, FOLDER + part);
      }
    }
    await rejection(restored.open().get('CERT'), 'large_incomplete');
    await restored.open().restore(source(file));
    expect((await restored.open().get('CERT')).value).toEqual(rest.values.CERT);
    const booted = await restored.open().boot({ pin: 1, large: () => true });
    expect(booted.secrets.get('CERT')?.value).toEqual(rest.pinned);
  });

  it('refuses a backup whose newest version lacks its parts, or has others, before it writes', async () => {
    const { world } = await inhabited();
    const { file } = await backUp(world.open());
    const change = (what: (parts: string[][]) => unknown): Promise<string> =>
      rewritten(file, (line) =>
        line.name === 'CERT' ? { ...line, parts: what(line.parts as string[][]) } : line,
      );
    const at = (index: number, parts: (own: string[]) => string[]) => (all: string[][]) =>
      all.map((own, i) => (i === index ? parts(own) : own));
    const flip = (text = ''): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    const cases: readonly [string, (parts: string[][]) => unknown][] = [
      ['large_incomplete', at(4, () => [])],
      ['malformed', at(4, (own) => own.slice(0, -1))],
      ['malformed', at(4, (own) => [...own, 'AAAA'])],
      ['malformed', at(4, (own) => [...own].reverse())],
      ['malformed', at(4, ([first, ...own]) => [flip(first), ...own])],
      // Those of the past have to be right as well, where they are there.
      ['malformed', at(0, ([first, ...own]) => [flip(first), ...own])],
      ['malformed', at(1, () => ['AAAA'])],
    ];
    for (const [code, what] of cases) {
      const restored = emptied(world);
      const changed = await change(what);
      const error = await rejection(restored.open().restore(source(changed)), code as 'malformed');
      expect(error.message).toMatch(/^CERT in the backup does not open: /);
      expect(restored.aws.names(HOME)).toEqual([]);
    }
    const small = await rewritten(file, (line) =>
      line.name === 'SMALL'
        ? { is: 'secret', name: 'SMALL', versions: line.versions, parts: [['AAAA']] }
        : line,
    );
    await rejection(emptied(world).open().restore(source(small)), 'malformed');
    // Past parts that are gone are no fault.
    const restored = emptied(world);
    await restored.open().restore(source(await change(at(0, () => []))));
    expect(revisions(restored, HOME, 'CERT')).toEqual([4, 5]);
  });
});

const ACTS = [
  ...(['set', 'large', 'large', 'delete', 'publish', 'publish', 'pin', 'rollback'] as const),
  ...(['undo', 'undelete', 'rotate', 'purge'] as const),
];
type What = (typeof ACTS)[number];
type Act = (name: string, number: number) => Promise<unknown>;

/** In bytes: what no parameter holds. */
const LARGE = 4_000;

type Row = readonly [name: string, revision: number, hex: string];
type Everything = readonly [
  live: readonly Row[],
  pins: readonly (readonly Row[] | string)[],
  entries: readonly Row[],
];

/** What a start gets, from the newest release and from each pinned one, or an error's code, and what lies in the entries. */
async function everything(vault: Vault): Promise<Everything> {
  const hex = (
    secrets: ReadonlyMap<string, { readonly value: Uint8Array; readonly revision: number }>,
  ): readonly Row[] =>
    [...secrets]
      .map(([name, { value, revision }]): Row => [name, revision, Buffer.from(value).toString('hex')])
      .sort();
  const large = (): boolean => true;
  const pins = [1, 2, 3].map((pin) =>
    vault.boot({ pin, large }).then(
      ({ secrets }) => hex(secrets),
      (error: unknown) => (isWaxsealError(error) ? error.code : expect.fail(String(error))),
    ),
  );
  return [hex((await vault.boot({ large })).secrets), await Promise.all(pins), hex(await vault.load())];
}

/**
 * The same, as it is after a restore: a backup holds the entry of a pinned large secret while the history of its
 * parameter does (docs/OPERATIONS.md), which a purge ends. A start from such a pin finds nothing, rather than less.
 */
async function restorable(vault: Vault, found: Everything): Promise<Everything> {
  const [live, pins, entries] = found;
  const isKept = async ([name, revision, hex]: Row): Promise<boolean> => {
    if (hex.length < 2 * LARGE) return true;
    const history = await vault.history(name).catch(() => []);
    return history.some((item) => item.revision === revision);
  };
  const after = pins.map(async (pin) => {
    if (typeof pin === 'string') return pin;
    const kept = await Promise.all(pin.map(isKept));
    return kept.every(Boolean) ? pin : 'large_incomplete';
  });
  return [live, await Promise.all(after), entries];
}

describe('whatever was done to a vault', () => {
  it('comes back from a backup, in each region alone', async () => {
    const step = fc.tuple(fc.constantFrom(...ACTS), fc.constantFrom('A', 'B'), fc.nat(3));
    await checkProperty(
      'vaults with large secrets, backed up and restored',
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 16 }), async (steps) => {
        const world = createWorld();
        const vault = world.open();
        const acts: Readonly<Record<What, Act>> = {
          set: (name) => vault.set(name, random(8)),
          large: (name) => vault.set(name, random(LARGE)),
          delete: (name) => vault.delete(name),
          publish: () => vault.publish(),
          pin: (_, number) => vault.pin(number),
          rollback: (_, number) => vault.rollback(number),
          undo: (name, number) => vault.rollbackSecret(name, number),
          undelete: (name) => vault.undelete(name),
          rotate: (_, number) => vault.rotate({ publishes: number > 1 }),
          purge: (name) => vault.purge(name),
        };
        for (const [what, name, number] of steps) {
          await acts[what](name, number).catch((error: unknown) => {
            // What waxseal refuses is no step.
            if (!isWaxsealError(error)) throw error;
          });
        }
        await vault.set('LAST', random(3));
        await vault.publish();
        const { file } = await backUp(world.open());
        const restored = emptied(world);
        await restored.open().restore(source(file));
        for (const name of [undefined, HOME, REPLICA]) {
          const only = ({ aws }: World): Partial<VaultOptions> =>
            name === undefined
              ? {}
              : {
                  regions: [
                    { ...aws.region(name, world.kmsKey), keys: world.aws.region(name, world.kmsKey).keys },
                  ],
                };
          const before = await everything(world.open(only(world)));
          expect(await everything(restored.open(only(restored))), name).toEqual(
            await restorable(world.open(), before),
          );
        }
        const { findings } = await restored.open().verify({ history: true });
        expect(findings.filter(({ gravity }) => gravity === 'fault' || gravity === 'drift')).toEqual([]);
      }),
      { small: 15, full: 400 },
    );
  });
});
