import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { checkBackup } from '../../src/vault/backup/check.ts';
import type {
  BackupOptions,
  BackupResult,
  BackupSource,
  KeyWrapper,
  Vault,
  VaultOptions,
} from '../../src/vault/index.ts';
import type { Call } from '../support/memory-aws.ts';
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
  VAULT,
  type World,
} from '../support/world.ts';

const OTHER = '/acme/restored';

/** A vault with all that a vault may hold: histories, a void write, an expiry, binary, deleted, purged, pins. */
async function inhabited(): Promise<World> {
  const world = createWorld();
  const vault = world.open();
  await vault.set('GONE', bytes('purged'));
  await vault.set('A', bytes('1'));
  await vault.publish();
  await vault.pin(1);
  await vault.delete('GONE');
  await vault.purge('GONE');
  await vault.set('A', bytes('2'));
  await vault.set('A', bytes('3'), { expiresAt: 2_000_000_000_000 });
  await vault.set('BINARY', Uint8Array.from([0, 255, 1]));
  await vault.set('DELETED', bytes('x'));
  await vault.delete('DELETED');
  await vault.set('nested/name', bytes(''));
  // A void write: its slot claims another number.
  world.aws.plant(HOME, parameter('A'), world.aws.versions(HOME, parameter('A'))[0]?.value ?? '');
  // They do not compress, so that the release has parts.
  for (const name of ['LARGE', 'LARGE_2', 'LARGE_3']) {
    await vault.set(name, bytes(`plain ${randomBytes(1400).toString('base64')}`));
  }
  await vault.publish();
  return world;
}

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

/** A file that is read in small pieces, wherever they begin. */
function source(file: string, size = 1000): BackupSource {
  return async function* () {
    for (let at = 0; at < file.length; at += size) yield file.slice(at, at + size);
  };
}

/** What a person finds in a vault: every secret, its revision, expiry and value, deleted ones by their revision. */
async function contents(vault: Vault): Promise<unknown> {
  const { secrets } = await vault.list();
  const loaded = await vault.load();
  return secrets.map(({ name, revision, deleted, expiresAt, binary, copies, problem }) => [
    name,
    revision,
    deleted,
    expiresAt,
    binary,
    copies,
    problem?.code,
    text(loaded.get(name)?.value ?? bytes('')),
  ]);
}

async function booted(vault: Vault): Promise<unknown> {
  const { secrets } = await vault.boot();
  return [...secrets].map(([name, { value, revision }]) => [
    name,
    revision,
    Buffer.from(value).toString('hex'),
  ]);
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
const writes = ({ aws }: World): number => aws.calls.filter(({ operation }) => operation === 'write').length;

describe('a backup', () => {
  it('holds everything sealed, and nothing in plain', async () => {
    const world = await inhabited();
    const before = writes(world);
    const { file, result } = await backUp(world.open());
    expect(result).toMatchObject({ secrets: 7, versions: 10, pins: 1, leftOut: 1 });
    expect(result.header).toMatchObject({ vault: VAULT, regions: [HOME, REPLICA], kmsKeyId: world.kmsKey });
    const { leftOut, ...summary } = result;
    expect((await checkBackup(source(file))).summary).toEqual(summary);
    for (const plain of ['plain', 'purged', Buffer.from('plain').toString('base64').slice(0, 6)]) {
      expect(file).not.toContain(plain);
    }
    expect(writes(world)).toBe(before);
    const release = file.split('\n').find((line) => line.startsWith('{"is":"release","pin":0,'));
    expect((JSON.parse(release ?? '') as { parts: string[] }).parts.length).toBeGreaterThan(1);
  });

  it('reads what changes meanwhile again, so that it is of one moment', async () => {
    const world = await inhabited();
    world.aws.gate = async ({ operation }) => {
      if (operation !== 'history') return undefined;
      world.aws.gate = () => undefined;
      const vault = world.open();
      await vault.set('A', bytes('meanwhile'));
      await vault.set('NEW', bytes('n'));
      await vault.delete('LARGE');
      await vault.publish();
      await vault.purge('LARGE');
      return undefined;
    };
    const { file, result } = await backUp(world.open());
    expect(result.secrets).toBe(7);
    const fresh = emptied(world);
    await fresh.open().restore(source(file));
    expect(await contents(fresh.open())).toEqual(await contents(world.open()));
    expect(await booted(fresh.open())).toEqual(await booted(world.open()));
  });

  it('ends when a listing lags, and gives up on a vault that never rests', async () => {
    const world = await inhabited();
    const home = world.aws.region(HOME, world.kmsKey);
    const lagging = {
      ...home,
      parameters: {
        ...home.parameters,
        async *list(path: string) {
          for await (const stored of home.parameters.list(path))
            yield { ...stored, version: stored.version - 1 };
        },
      },
    };
    const { file } = await backUp(world.open({ regions: [lagging] }));
    expect(file.split('\n').filter((line) => line.includes('"is":"secret"'))).toHaveLength(7);
    let n = 0;
    const writer = world.open();
    world.aws.gate = async ({ operation }) => {
      if (operation !== 'list') return undefined;
      n += 1;
      await writer.set('A', bytes(String(n)));
      return undefined;
    };
    await rejection(backUp(world.open()), 'conflict');
  });

  it('names an entry that is not to be trusted; without verifying it takes its last good version', async () => {
    const world = await inhabited();
    world.aws.plant(HOME, parameter('A'), 'not an entry');
    const error = await rejection(backUp(world.open()), 'malformed');
    expect(error.message).toContain('A ');
    const { file, result } = await backUp(world.open(), { verify: false });
    expect(result.leftOut).toBe(2);
    const fresh = emptied(world);
    await fresh.open().restore(source(file));
    expect(text((await fresh.open().get('A')).value)).toBe('3');
  });

  it('of a path without a vault is an error', async () => {
    await rejection(backUp(createWorld().open()), 'vault_unknown');
  });

  it('waits where AWS asks to slow down', async () => {
    const world = await inhabited();
    let calls = 0;
    world.aws.gate = (call) => {
      calls += 1;
      return calls % 3 === 0 ? failing(() => true, 'throttled')(call) : undefined;
    };
    expect((await backUp(world.open())).result.secrets).toBe(7);
  });
});

describe('a restore to the same path under the same key', () => {
  it('brings back values, histories, revisions, the release, pins and purged names', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    const result = await fresh.open().restore(source(file));
    expect(result).toMatchObject({
      secrets: 7,
      versions: 10,
      pins: 1,
      sealedAnew: false,
      release: 3,
      behind: [],
    });
    expect(await contents(fresh.open())).toEqual(await contents(world.open()));
    expect(await booted(fresh.open())).toEqual(await booted(world.open()));
    const histories = async (from: World): Promise<unknown> =>
      (await from.open().history('A')).map(({ revision, linked, problem, sealedAt }) => [
        revision,
        linked,
        problem,
        sealedAt,
      ]);
    expect(await histories(fresh)).toEqual(await histories(world));
    for (const region of [HOME, REPLICA]) {
      const regions = [{ ...fresh.aws.region(region, world.kmsKey), keys: oldKey(world) }] as const;
      expect((await fresh.open({ regions }).boot({ pin: 1 })).secrets.size).toBe(2);
      expect((await fresh.open({ regions }).boot()).release).toBe(3);
    }
    expect((await fresh.open().set('GONE', bytes('reborn'))).revision).toBe(3);
    expect(await fresh.open().set('A', bytes('4'))).toMatchObject({ revision: 4, behind: [] });
  });

  it('goes to another home region as well', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    const regions = [
      { ...fresh.aws.region('ap-south-1', ''), keys: oldKey(world) },
      { ...fresh.aws.region(HOME, ''), keys: oldKey(world) },
    ] as const;
    expect((await world.open({ regions }).restore(source(file))).behind).toEqual([]);
    expect(await booted(world.open({ regions }))).toEqual(await booted(world.open()));
    expect(await world.open({ regions }).set('A', bytes('4'))).toMatchObject({ revision: 4, behind: [] });
  });

  it('writes nothing for a dry run, and nothing where there is something else', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    expect(await fresh.open().restore(source(file), { dryRun: true })).toMatchObject({ secrets: 7 });
    expect(writes(fresh)).toBe(0);
    await rejection(fresh.open({ path: OTHER }).restore(source(file)), 'usage');

    const before = writes(world);
    await world.open().set('A', bytes('newer'));
    const error = await rejection(world.open().restore(source(file)), 'conflict');
    expect(error.hint).toContain('empty vault');
    expect(writes(world)).toBe(before + 2);
    const stranger = emptied(world);
    await stranger.open().set('OTHER', bytes('x'));
    await rejection(stranger.open().restore(source(file)), 'conflict');
    const lost = emptied(world);
    const replica = [{ ...lost.aws.region(REPLICA, ''), keys: oldKey(world) }] as const;
    await world.open({ regions: replica }).set('A', bytes('only here'));
    expect(await rejection(lost.open().restore(source(file)), 'conflict')).toMatchObject({ region: REPLICA });
  });

  it('refuses a vault that was emptied by purges: its release would win', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const vault = world.open();
    for (const name of ['A', 'BINARY', 'LARGE', 'LARGE_2', 'LARGE_3', 'nested/name']) {
      await vault.delete(name);
    }
    for (const name of ['A', 'BINARY', 'DELETED', 'LARGE', 'LARGE_2', 'LARGE_3', 'nested/name']) {
      await vault.purge(name);
    }
    await rejection(world.open().restore(source(file)), 'conflict');
  });

  it('reports a replica that is away', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    fresh.aws.gate = failing(
      ({ region, names }) => region === REPLICA && !names.some((name) => name.includes('pinned')),
      'unreachable',
    );
    expect((await fresh.open().restore(source(file))).behind.map(({ region }) => region)).toEqual([REPLICA]);
  });
});

describe('a restore that seals anew', () => {
  it.each([
    ['another path, the same key', (world: World) => world],
    ['another account with another key', () => createWorld()],
  ])('to %s keeps values, revisions, expiry, deleted and purged names', async (_, place) => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const target = place(world);
    const open = (): Vault => target.open({ path: OTHER });
    const result = await open().restore(source(file), { from: oldKey(world) });
    expect(result).toMatchObject({ secrets: 7, sealedAnew: true, release: 1, behind: [] });
    expect(await contents(open())).toEqual(await contents(world.open()));
    expect(await booted(open())).toEqual(await booted(world.open()));
    expect((await open().history('A')).map(({ revision }) => revision)).toEqual([3]);
    expect((await open().set('GONE', bytes('reborn'))).revision).toBe(3);
    expect((await open().set('A', bytes('4'))).revision).toBe(4);
    // A resumed one finds it changed and leaves it alone.
    await rejection(open().restore(source(file), { from: oldKey(world) }), 'conflict');
  });

  it('to the same path in another account', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const target = createWorld();
    const error = await rejection(target.open().restore(source(file)), 'foreign_key');
    expect(error.hint).toContain('--from-key');
    expect(writes(target)).toBe(0);
    await target.open().restore(source(file), { from: oldKey(world) });
    expect(await contents(target.open())).toEqual(await contents(world.open()));
  });

  it('needs the key of the old vault, and its context', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const target = createWorld();
    const gone: KeyWrapper = {
      ...oldKey(world),
      unwrap: async () => {
        throw await rejection(target.aws.region(HOME, 'mrk-none').keys.unwrap(bytes('x'), {}), 'foreign_key');
      },
    };
    await rejection(target.open().restore(source(file), { from: gone }), 'foreign_key');
    expect(writes(target)).toBe(0);
  });
});

describe('a file that is not as it was written', () => {
  const refused = async (world: World, file: string, code: ErrorCode = 'malformed'): Promise<void> => {
    const fresh = emptied(world);
    await rejection(fresh.open().restore(source(file, 50_000)), code);
    expect(fresh.aws.calls).toEqual([]);
  };

  it('is refused wherever it is cut off', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const random = randomNumbers(seed);
    const ends = [...file.matchAll(/\n/g)].map(({ index }) => index + 1);
    const places = [
      0,
      1,
      ...ends.slice(0, -1).flatMap((end) => [end - 1, end, end + 1]),
      file.length - 1,
      ...Array.from({ length: rounds(100, 2000) }, () => Math.floor(random() * file.length)),
    ];
    for (const at of places) await refused(world, file.slice(0, at));
    tried('backups cut off', places.length);
  });

  it('is refused wherever a byte is another', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const random = randomNumbers(seed + 1);
    const count = rounds(300, 5000);
    for (let round = 0; round < count; round += 1) {
      const at = Math.floor(random() * file.length);
      const other = String.fromCharCode(10 + Math.floor(random() * 117));
      if (other === file[at]) continue;
      await refused(world, file.slice(0, at) + other + file.slice(at + 1));
    }
    await refused(world, `${file}\n`);
    await refused(world, `${file}{}`);
    await refused(world, file.replaceAll('\n', '\r\n'));
    tried('backups with another byte', count);
  });

  it('is refused when it is something else, or of another version', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    for (const other of [
      '',
      '{}\n',
      '[]\n',
      'null\n',
      'A=1\n',
      '{"wx":1,"is":"backup"}\n',
      file.slice(file.indexOf('\n') + 1),
    ]) {
      await refused(world, other);
    }
    const newer = file.replace('{"wx":1,', '{"wx":2,');
    expect((await rejection(emptied(world).open().restore(source(newer)), 'malformed')).hint).toContain(
      'newer',
    );
  });

  it('is refused when it changes between two readings', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    let reads = 0;
    const changing: BackupSource = async function* () {
      reads += 1;
      yield reads === 1 ? file : file.replace('"name":"BINARY"', '"name":"BINERY"');
    };
    const fresh = emptied(world);
    await rejection(fresh.open().restore(changing), 'malformed');
    expect(writes(fresh)).toBe(0);
  });

  it('with an entry that was put in its place is opened before anything is written', async () => {
    const world = await inhabited();
    const first = world.aws.versions(HOME, parameter('A'))[0]?.value ?? '';
    world.aws.plant(HOME, parameter('BINARY'), first.replace(`${HOME}:1`, `${HOME}:2`));
    // Whoever may write the file can make up a digest, and no entry.
    const home = world.aws.region(HOME, world.kmsKey);
    const { file } = await backUp(world.open({ regions: [home] }), { verify: false });
    const fresh = emptied(world);
    const error = await rejection(fresh.open().restore(source(file)), 'misplaced');
    expect(error.message).toContain('BINARY');
    expect(writes(fresh)).toBe(0);
  });
});

describe('a restore that is cut off', () => {
  const kinds = [
    ['the same path', VAULT, false],
    ['another path', OTHER, true],
  ] as const;
  it.each(kinds)('at any write is resumed (%s)', async (_, path, anew) => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const wanted = [await contents(world.open()), await booted(world.open())];
    const how = anew ? { from: oldKey(world) } : {};
    for (const kind of ['fail', 'loseAnswer'] as const) {
      let cuts = 0;
      for (let at = 1; ; at += 1) {
        const fresh = emptied(world);
        const open = (): Vault => fresh.open({ path });
        let count = 0;
        fresh.aws.gate = (call: Call) => {
          if (call.operation === 'write') count += 1;
          if (count < at) return undefined;
          const error = failing(() => true, 'denied')(call)?.fail;
          if (error === undefined) return undefined;
          return kind === 'loseAnswer' && count === at && call.operation === 'write'
            ? { loseAnswer: error }
            : { fail: error };
        };
        await open()
          .restore(source(file), how)
          .catch(() => undefined);
        fresh.aws.gate = () => undefined;
        if (count < at) break;
        cuts += 1;
        expect((await open().restore(source(file), how)).behind, `write ${at}`).toEqual([]);
        expect([await contents(open()), await booted(open())], `write ${at}`).toEqual(wanted);
        expect((await open().set('GONE', bytes('reborn'))).revision, `write ${at}`).toBe(3);
      }
      expect(cuts).toBeGreaterThan(12);
      tried(`restores to ${path} cut off (${kind}), writes`, cuts);
    }
  });

  it('goes on by itself where AWS asks to slow down or an answer gets lost', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    for (const [code, path, anew] of [
      ['throttled', VAULT, false],
      ['timeout', VAULT, false],
      ['throttled', OTHER, true],
      ['timeout', OTHER, true],
    ] as const) {
      const fresh = emptied(world);
      let calls = 0;
      fresh.aws.gate = (call: Call) => {
        if (call.operation !== 'write' || call.region !== HOME) return undefined;
        calls += 1;
        if (calls % 3 !== 0) return undefined;
        const error = failing(() => true, code)(call)?.fail;
        if (error === undefined) return undefined;
        return code === 'timeout' ? { loseAnswer: error } : { fail: error };
      };
      await fresh.open({ path }).restore(source(file), anew ? { from: oldKey(world) } : {});
      fresh.aws.gate = () => undefined;
      expect(await booted(fresh.open({ path })), `${code} ${path}`).toEqual(await booted(world.open()));
    }
  });

  it('stops when told to, and goes on the next time', async () => {
    const world = await inhabited();
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    const stop = new AbortController();
    const onProgress = ({ done }: { readonly done: number }): void => {
      if (done === 9) stop.abort();
    };
    await rejection(fresh.open().restore(source(file), { signal: stop.signal, onProgress }), 'cancelled');
    expect(writes(fresh)).toBeGreaterThan(0);
    await fresh.open().restore(source(file));
    expect(await contents(fresh.open())).toEqual(await contents(world.open()));
  });

  it('brings the release back to its number, whatever was published before it was resumed', async () => {
    const world = await inhabited();
    const { release = 0 } = await world.open().boot();
    expect(release).toBeGreaterThan(1);
    const { file } = await backUp(world.open());
    const fresh = emptied(world);
    let count = 0;
    fresh.aws.gate = (call: Call) => {
      if (call.operation === 'write' && call.region === HOME) count += 1;
      return count > 5 ? failing(() => true, 'denied')(call) : undefined;
    };
    await rejection(fresh.open().restore(source(file)), 'denied');
    fresh.aws.gate = () => undefined;
    // As "waxseal region sync" does.
    await fresh.open().sync({ publishes: true });
    expect((await fresh.open().publish({ reconcile: true })).release).toBe(1);
    expect((await fresh.open().restore(source(file))).behind).toEqual([]);
    // An application that saw the release before all was lost takes none that is older.
    const { secrets } = await fresh.open().boot({ floor: release });
    expect([...secrets.keys()]).toEqual([...(await world.open().boot()).secrets.keys()]);
  });
});
