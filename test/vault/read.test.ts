import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeDataKeyRecord, encryptionContext, parseEntry } from '../../src/envelope/index.ts';
import { type ErrorCode, WaxsealError } from '../../src/errors.ts';
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

async function filled(): Promise<World> {
  const world = createWorld();
  await world.open().set('A', bytes('a'));
  await world.open().set('B', bytes('b'));
  world.aws.calls.length = 0;
  return world;
}

/** Home's first version of a secret, made to claim another Version, as whoever copies it on purpose would. */
function copyOf(aws: World['aws'], name: string, version: number): string {
  return (aws.versions(HOME, parameter(name))[0]?.value ?? '').replace(
    /"slot":"[^"]*"/,
    `"slot":"${HOME}:${version}"`,
  );
}

const atHome = ({ region }: { region: string }): boolean => region === HOME;
const never = (): Promise<undefined> => new Promise(() => {});

describe('get', () => {
  it('costs one read and one KMS call, and no further KMS call while the data key is open', async () => {
    const { aws, open } = await filled();
    const vault = open();
    await vault.get('A');
    await vault.get('B');
    expect(aws.calls.map(({ operation }) => operation)).toEqual(['read', 'unwrap', 'read']);
  });

  it.each<ErrorCode>(['unreachable', 'timeout', 'throttled', 'denied', 'unexpected', 'key_unusable'])(
    'goes to the replica when home is %s',
    async (code) => {
      const { aws, open } = await filled();
      aws.gate = failing(atHome, code);
      const secret = await open().get('A');
      expect([text(secret.value), secret.region]).toEqual(['a', REPLICA]);
    },
  );

  it("goes to the replica when only home's KMS fails", async () => {
    const { aws, open } = await filled();
    aws.gate = failing((call) => atHome(call) && call.operation === 'unwrap', 'key_unusable');
    expect((await open().get('A')).region).toBe(REPLICA);
  });

  it('does not wait for a home that never answers', async () => {
    const { aws, open } = await filled();
    aws.gate = (call) => (atHome(call) ? never() : undefined);
    expect((await open({ hedgeAfter: 1 }).get('A')).region).toBe(REPLICA);
  });

  it('does not wait for the KMS of a home that never answers', async () => {
    const { aws, open } = await filled();
    aws.gate = (call) => (atHome(call) && call.operation === 'unwrap' ? never() : undefined);
    expect((await open({ hedgeAfter: 1 }).get('A')).region).toBe(REPLICA);
  });

  it('ends at the deadline when nobody answers', async () => {
    const { aws, open } = await filled();
    aws.gate = never;
    const error = await rejection(open({ timeout: 20, hedgeAfter: 1 }).get('A'), 'timeout');
    expect(error.message).toContain('20 ms');
  });

  it("says home's error first when all fail, with the others beside it", async () => {
    const { aws, open } = await filled();
    aws.gate = (call) => failing(() => true, atHome(call) ? 'denied' : 'unreachable')(call);
    const error = await rejection(open().get('A'), 'denied');
    expect(error.message).toContain(REPLICA);
    expect(error.cause).toBeInstanceOf(AggregateError);
  });

  it('stops at once when the caller gives up', async () => {
    const { aws, open } = await filled();
    const stop = new AbortController();
    aws.gate = () => {
      stop.abort();
      return never();
    };
    await rejection(open().get('A', { signal: stop.signal }), 'cancelled');
  });

  it('asks nobody else when the credentials have expired', async () => {
    const { aws, open } = await filled();
    aws.gate = failing(() => true, 'credentials');
    await rejection(open().get('A'), 'credentials');
    expect(aws.calls).toHaveLength(1);
  });

  it('believes home that there is none, and a replica only when home is silent', async () => {
    const { aws, open } = await filled();
    await rejection(open().get('C'), 'not_found');
    expect(aws.calls.every(atHome)).toBe(true);
    aws.gate = failing(atHome, 'unreachable');
    await rejection(open().get('C'), 'not_found');
  });

  it('never covers up with a replica that home was tampered with', async () => {
    const { aws, open } = await filled();
    aws.plant(HOME, parameter('A'), copyOf(aws, 'B', 2));
    const error = await rejection(open().get('A'), 'misplaced');
    expect(error.message).toMatch(/^A is not to be trusted in us-east-1: /);
    // The way back, for whoever meets it at night.
    expect(error.hint).toContain('"waxseal history A"');
    expect(error.hint).toContain('waxseal region sync');
  });
});

describe('what is planted in Parameter Store', () => {
  it('under another KMS key is refused, though that key would open it', async () => {
    const { aws, open } = await filled();
    const foreign = aws.createKey();
    const elsewhere = createWorld();
    const id = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
    const dataKey = new Uint8Array(32).fill(7);
    const wrappedKey = aws.wrap(foreign, dataKey, encryptionContext(VAULT, id));
    for (const kmsKeyId of [
      foreign,
      parseEntry(aws.versions(HOME, parameter('A'))[0]?.value ?? '').wrapping.kmsKeyId,
    ]) {
      const record = encodeDataKeyRecord({ vault: VAULT, id, wrappedKey, kmsKeyId });
      aws.plant(HOME, `${VAULT}/.waxseal/data-key`, record);
      const before = aws.versions(HOME, parameter('A')).length;
      await rejection(open().set('A', bytes('sealed under the planted key?')), 'foreign_key');
      expect(aws.versions(HOME, parameter('A'))).toHaveLength(before);
    }
    expect(text((await open().get('A')).value)).toBe('a');
    elsewhere.open().close();
  });

  it("as another vault's data key is refused by its encryption context", async () => {
    const { aws, kmsKey, open } = await filled();
    const id = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
    const wrappedKey = aws.wrap(kmsKey, new Uint8Array(32), encryptionContext('/acme/other', id));
    aws.plant(
      HOME,
      `${VAULT}/.waxseal/data-key`,
      encodeDataKeyRecord({ vault: VAULT, id, wrappedKey, kmsKeyId: kmsKey }),
    );
    await rejection(open().set('A', bytes('x')), 'decrypt_failed');
  });

  it('hides no good secret from a listing, and fails a load as a whole', async () => {
    const { aws, open } = await filled();
    aws.plant(HOME, parameter('EVIL'), 'plain text');
    aws.plant(HOME, parameter('A'), copyOf(aws, 'B', 2));
    const { secrets } = await open().list();
    expect(secrets.map(({ name, problem, copies }) => [name, problem?.code, copies[HOME]])).toEqual([
      ['A', 'misplaced', 'unreadable'],
      ['B', undefined, 'equal'],
      ['EVIL', 'malformed', 'unreadable'],
    ]);
    const error = await rejection(open().load(), 'misplaced');
    expect(error.message).toMatch(/^A is not to be trusted/);
  });

  it("as somebody else's parameter below the reserved folder is not a secret", async () => {
    const { aws, open } = await filled();
    aws.plant(HOME, `${VAULT}/.waxseal/anything`, 'x');
    expect((await open().list()).secrets.map(({ name }) => name)).toEqual(['A', 'B']);
    expect([...(await open().load()).keys()]).toEqual(['A', 'B']);
  });
});

describe('list', () => {
  it('says how each copy stands to home', async () => {
    const { aws, open } = await filled();
    aws.gate = failing(({ region, operation }) => region === REPLICA && operation === 'write', 'unreachable');
    await open().set('A', bytes('newer'));
    await open().set('C', bytes('only at home'));
    aws.gate = () => undefined;
    aws.plant(REPLICA, parameter('D'), aws.versions(HOME, parameter('B'))[0]?.value ?? '');
    const { secrets } = await open().list();
    expect(Object.fromEntries(secrets.map(({ name, copies }) => [name, copies]))).toEqual({
      A: { [HOME]: 'equal', [REPLICA]: 'behind' },
      B: { [HOME]: 'equal', [REPLICA]: 'equal' },
      C: { [HOME]: 'equal', [REPLICA]: 'missing' },
      D: { [HOME]: 'missing', [REPLICA]: 'unreadable' },
    });
  });

  it('is answered from a replica when home is down, and says so', async () => {
    const { aws, open } = await filled();
    aws.gate = failing(atHome, 'unreachable');
    const listing = await open().list();
    expect(listing.region).toBe(REPLICA);
    expect(listing.failed[HOME]?.code).toBe('unreachable');
    expect(listing.secrets.map(({ copies }) => copies)).toEqual([
      { [HOME]: 'unreachable', [REPLICA]: 'equal' },
      { [HOME]: 'unreachable', [REPLICA]: 'equal' },
    ]);
  });

  it('does not wait for a region that says nothing', async () => {
    const { aws, kmsKey, open } = await filled();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const home = aws.region(HOME, kmsKey);
    const list: typeof home.parameters.list = async function* (_path, signal) {
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new WaxsealError('timeout', 'no answer in time')));
      });
      yield* [];
    };
    const silent = { ...home, parameters: { ...home.parameters, list } };
    const listing = open({ regions: [silent, aws.region(REPLICA, kmsKey)] }).list();
    await vi.advanceTimersByTimeAsync(3_000);
    vi.useRealTimers();
    expect(await listing).toMatchObject({ region: REPLICA, failed: { [HOME]: { code: 'timeout' } } });
  });

  it('works without the right to decrypt, and says which secrets it could not check', async () => {
    const { aws, open } = await filled();
    aws.gate = failing(({ operation }) => operation === 'unwrap', 'denied');
    const { secrets } = await open().list();
    expect(secrets.map(({ name, revision, problem }) => [name, revision, problem?.code])).toEqual([
      ['A', 1, 'denied'],
      ['B', 1, 'denied'],
    ]);
  });

  it('asks KMS once for a thousand secrets under one data key', async () => {
    const { aws, open } = createWorld();
    const vault = open();
    for (let n = 0; n < 1000; n += 1) await vault.set(`S${n}`, bytes(`${n}`));
    aws.calls.length = 0;
    expect((await open().list()).secrets).toHaveLength(1000);
    expect(aws.calls.filter(({ operation }) => operation === 'unwrap')).toHaveLength(1);
    expect(aws.calls.filter(({ operation }) => operation === 'list')).toHaveLength(2);
  });
});

describe('a path without a vault', () => {
  it('does not load as an empty one', async () => {
    const { open } = await filled();
    const error = await rejection(open({ path: '/acme/prdo' }).load(), 'vault_unknown');
    expect(error.message).toContain('/acme/prdo');
    expect((await open({ path: '/acme/prdo' }).list()).exists).toBe(false);
  });

  it('is told from a vault whose secrets were all deleted, and from one that was only deployed', async () => {
    const { aws, open } = await filled();
    await open().delete('A');
    await open().delete('B');
    expect((await open().load()).size).toBe(0);
    aws.plant(HOME, '/acme/new/.waxseal/vault', '{}');
    expect((await open({ path: '/acme/new' }).load()).size).toBe(0);
    expect(await open({ path: '/acme/new' }).list()).toMatchObject({ exists: true, secrets: [] });
  });
});

it('a closed vault has wiped its data keys and opens no more', async () => {
  const { open } = await filled();
  const vault = open();
  await vault.get('A');
  vault.close();
  await rejection(vault.get('A'), 'cancelled');
});

describe('hedging', () => {
  afterEach(() => void vi.useRealTimers());

  /** Home, whose listing gives one parameter every `step` ms of the fake clock. */
  async function slowly(step: number): Promise<{ regions: string[]; loaded: number }> {
    const { aws, kmsKey, open } = createWorld();
    for (let n = 0; n < 5; n += 1) await open().set(`S${n}`, bytes(`${n}`));
    aws.calls.length = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const home = aws.region(HOME, kmsKey);
    const list: typeof home.parameters.list = async function* (path, signal) {
      for await (const stored of home.parameters.list(path, signal)) {
        await new Promise((resolve) => setTimeout(resolve, step));
        yield stored;
      }
    };
    const slow = { ...home, parameters: { ...home.parameters, list } };
    const loading = open({ regions: [slow, aws.region(REPLICA, kmsKey)], hedgeAfter: 300 }).load();
    await vi.advanceTimersByTimeAsync(step * 10);
    return { loaded: (await loading).size, regions: [...new Set(aws.calls.map(({ region }) => region))] };
  }

  it('leaves a long listing alone that goes on all the time', async () => {
    expect(await slowly(200)).toEqual({ loaded: 5, regions: [HOME] });
  });

  it('asks the next region when nothing comes', async () => {
    expect(await slowly(400)).toEqual({ loaded: 5, regions: [HOME, REPLICA] });
  });
});
