import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Entry, parseEntry, sameEntry } from '../../src/envelope/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { Vault } from '../../src/vault/index.ts';
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

const NAME = 'API_KEY';
const AT = parameter(NAME);

describe('a write', () => {
  it('costs one read, one KMS call and one write at home, and one read and one write in a replica', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    aws.calls.length = 0;
    await open().set(NAME, bytes('two'));
    const seen = aws.calls.map(({ region, operation }) => `${region} ${operation}`);
    expect(seen).toEqual([
      `${HOME} read`,
      `${HOME} unwrap`,
      `${HOME} write`,
      `${REPLICA} read`,
      `${REPLICA} write`,
    ]);
  });

  it('reads again what it read too long ago: a name may have been purged and born again meanwhile', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    await open().publish();
    let time = 0;
    let throttles = 4;
    aws.gate = async (call) => {
      if (call.operation !== 'write' || call.region !== HOME || throttles === 0) return undefined;
      throttles -= 1;
      if (throttles === 3) {
        aws.gate = () => undefined;
        await open().delete(NAME);
        await open().purge(NAME);
        await open().set(NAME, bytes('born again'));
        aws.gate = gate;
      }
      return { fail: new WaxsealError('throttled', 'injected') };
    };
    const { gate } = aws;
    const slow = open({
      now: () => time,
      pause: async () => {
        time += 5_000;
      },
    });
    expect(await slow.set(NAME, bytes('slow'))).toMatchObject({ revision: 4, behind: [] });
    expect((await open().history(NAME)).map(({ revision, linked }) => [revision, linked])).toEqual([
      [4, true],
      [3, true],
    ]);
  });

  it('waits for the data key that somebody else has made and that is not shown yet', async () => {
    const { aws, kmsKey, open } = createWorld();
    await open().set('OTHER', bytes('first'));
    const home = aws.region(HOME, kmsKey);
    let hidden = 3;
    const late: typeof home = {
      ...home,
      parameters: {
        ...home.parameters,
        async read(names) {
          const found = new Map(await home.parameters.read(names));
          if (names.includes(parameter('.waxseal/data-key')) && hidden-- > 0) {
            found.delete(parameter('.waxseal/data-key'));
          }
          return found;
        },
      },
    };
    const vault = open({ regions: [late, aws.region(REPLICA, kmsKey)] });
    expect(await vault.set(NAME, bytes('one'))).toMatchObject({ revision: 1, behind: [] });
    expect(aws.versions(HOME, parameter('.waxseal/data-key'))).toHaveLength(1);
  });

  it('puts the same entry in every region, each in a slot of its own', async () => {
    const { aws, open } = createWorld();
    aws.plant(REPLICA, AT, 'not ours');
    await open().set(NAME, bytes('one'));
    const [home, replica] = [HOME, REPLICA].map((region) =>
      parseEntry(aws.versions(region, AT).at(-1)?.value ?? ''),
    ) as [Entry, Entry];
    expect(sameEntry(home, replica)).toBe(true);
    expect(home.wrapping.slot).toEqual({ region: HOME, version: 1 });
    expect(replica.wrapping.slot).toEqual({ region: REPLICA, version: 2 });
  });

  it('keeps an empty value, which is a value', async () => {
    const { open } = createWorld();
    await open().set(NAME, bytes(''));
    const secret = await open().get(NAME);
    expect([secret.value.byteLength, secret.binary, secret.revision]).toEqual([0, false, 1]);
    expect((await open().load()).has(NAME)).toBe(true);
  });

  it.each(['{{resolve}}', 'a\nb\r\n', '\u{1F511} ключ', '"quoted" \\ $HOME'])('keeps %j', async (value) => {
    const { open } = createWorld();
    await open().set(NAME, bytes(value));
    expect(text((await open().get(NAME)).value)).toBe(value);
  });

  it('stands when a replica does not take it, and the next write of the same value mends that', async () => {
    const { aws, open } = createWorld();
    aws.gate = failing(({ region }) => region === REPLICA, 'unreachable');
    const result = await open().set(NAME, bytes('one'));
    expect(result.behind.map(({ region, error }) => [region, error.code])).toEqual([
      [REPLICA, 'unreachable'],
    ]);
    aws.gate = () => undefined;
    const again = await open().set(NAME, bytes('one'), { unlessEqual: true });
    expect([again.changed, again.revision, again.behind]).toEqual([false, 1, []]);
    expect(text((await open().get(NAME, { region: REPLICA })).value)).toBe('one');
  });

  it('is refused before any call when it does not fit, and does not say how large it is', async () => {
    const { aws, open } = createWorld();
    const large = Uint8Array.from(randomBytes(65_999));
    const error = await rejection(open().set(NAME, large), 'value_too_large');
    expect(aws.calls).toEqual([]);
    expect(error.message).toContain('65536 bytes at most');
    expect(`${error.message} ${error.hint}`).not.toContain('65999');
    await open().set(NAME, large.subarray(0, 65_536));
  });

  it('is refused before any call when its parts would lie too deep or their names be too long', async () => {
    const { aws, open } = createWorld();
    const large = Uint8Array.from(randomBytes(9_000));
    for (const name of [Array.from({ length: 13 }, () => 'a').join('/'), 'a'.repeat(920)]) {
      const error = await rejection(open().set(name, large), 'value_too_large');
      expect(error.hint).toContain('shorter name');
      expect(aws.calls).toEqual([]);
      await open().set(name, large.subarray(0, 500));
      aws.calls.length = 0;
    }
  });

  it('uses twice the room where the advanced tier is allowed', async () => {
    const { open } = createWorld();
    const large = Uint8Array.from(randomBytes(5000));
    await open({ tier: 'advanced' }).set(NAME, large);
    expect(Buffer.compare((await open().get(NAME)).value, large)).toBe(0);
  });

  it('goes on top of the newest authentic revision when somebody wrote over it', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    await open().set(NAME, bytes('two'));
    aws.plant(HOME, AT, 'not an entry');
    await rejection(open().get(NAME), 'malformed');
    expect(await open().set(NAME, bytes('three'))).toMatchObject({ revision: 3, behind: [] });
    const history = await open().history(NAME);
    expect(history.map(({ revision, linked, problem }) => [revision, linked, problem?.code])).toEqual([
      [3, true, undefined],
      [0, false, 'malformed'],
      [2, true, undefined],
      [1, true, undefined],
    ]);
  });

  it('says that nothing was written when home is down', async () => {
    const { aws, open } = createWorld();
    aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const error = await rejection(open().set(NAME, bytes('one')), 'unreachable');
    expect(error.message).toMatch(/^API_KEY was not written/);
    expect(error.hint).toContain(`home, ${HOME}`);
  });

  it('says where it could be done when the key of home cannot be used', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    aws.gate = failing((call) => call.region === HOME && call.operation === 'unwrap', 'key_unusable');
    const error = await rejection(open().set(NAME, bytes('two')), 'key_unusable');
    expect(error.message).toMatch(/^API_KEY was not written/);
    expect(error.hint).toContain(`the key in home, ${HOME}`);
    expect(error.hint).toContain(`--act-as-home ${REPLICA}`);
  });

  /** A vault that takes the replica for its home, as when home was cut off. */
  const cutOff = ({ aws, kmsKey, open }: World): Vault => open({ regions: [aws.region(REPLICA, kmsKey)] });

  it('never overwrites a replica that is ahead of home', async () => {
    const world = createWorld();
    await world.open().set(NAME, bytes('one'));
    for (let n = 2; n <= 5; n += 1) await cutOff(world).set(NAME, bytes(`${n}`));
    const result = await world.open().set(NAME, bytes('two'));
    expect(result.behind.map(({ error }) => error.message)).toEqual([
      `${REPLICA} holds a higher revision of ${AT} than home`,
    ]);
    expect(text((await cutOff(world).get(NAME)).value)).toBe('5');
  });

  it.each([1, 3])('never overwrites what home does not come from, %i revisions later', async (later) => {
    const world = createWorld();
    await world.open().set(NAME, bytes('one'));
    await cutOff(world).set(NAME, bytes('there'));
    const home = world.open({ regions: [world.aws.region(HOME, world.kmsKey)] });
    for (let n = 1; n < later; n += 1) await home.set(NAME, bytes(`here ${n}`));
    const result = await world.open().set(NAME, bytes('last'));
    expect(result.behind.map(({ error }) => error.code)).toEqual(['conflict']);
    expect(text((await cutOff(world).get(NAME)).value)).toBe('there');
  });

  it('brings a replica that missed many revisions up to date', async () => {
    const world = createWorld();
    await world.open().set(NAME, bytes('0'));
    const home = world.open({ regions: [world.aws.region(HOME, world.kmsKey)] });
    for (let n = 1; n < 10; n += 1) await home.set(NAME, bytes(`${n}`));
    expect((await world.open().set(NAME, bytes('last'))).behind).toEqual([]);
    expect(text((await cutOff(world).get(NAME)).value)).toBe('last');
  });

  it('overwrites a replica that holds a forged higher revision', async () => {
    const world = createWorld();
    await world.open().set(NAME, bytes('one'));
    const elsewhere = createWorld();
    for (let n = 1; n <= 5; n += 1) await elsewhere.open().set(NAME, bytes(`${n}`));
    world.aws.plant(REPLICA, AT, elsewhere.aws.versions(HOME, AT).at(-1)?.value ?? '');
    expect((await world.open().set(NAME, bytes('two'))).behind).toEqual([]);
    expect(text((await cutOff(world).get(NAME)).value)).toBe('two');
  });
});

describe('a write whose answer is lost', () => {
  const lost = new WaxsealError('unreachable', 'the answer got lost');
  const isPut = (call: { operation: string; names: readonly string[]; region: string }): boolean =>
    call.operation === 'write' && call.region === HOME && call.names.includes(AT);

  it('that was done is found to be done, once', async () => {
    const { aws, open } = createWorld();
    aws.gate = (call) => (isPut(call) ? { loseAnswer: lost } : undefined);
    expect(await open().set(NAME, bytes('one'))).toMatchObject({ revision: 1, changed: true });
    expect(aws.versions(HOME, AT)).toHaveLength(1);
  });

  it('that was not done is sent again', async () => {
    const { aws, open } = createWorld();
    let puts = 0;
    aws.gate = (call) => {
      if (isPut(call)) puts += 1;
      return isPut(call) && puts === 1 ? { fail: lost } : undefined;
    };
    expect(await open().set(NAME, bytes('one'))).toMatchObject({ revision: 1 });
    expect(aws.versions(HOME, AT)).toHaveLength(1);
  });

  it('is said to be unconfirmed when home cannot be asked either', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    let down = false;
    aws.gate = (call) => {
      down ||= isPut(call);
      return down && call.region === HOME ? { fail: lost } : undefined;
    };
    const error = await rejection(open().set(NAME, bytes('two')), 'write_unconfirmed');
    expect(error.cause).toBe(lost);
  });

  it('is told from the write of somebody who came in between', async () => {
    const { aws, open } = createWorld();
    await open().set(NAME, bytes('one'));
    const theirs = open();
    let first = true;
    aws.gate = async (call) => {
      if (!isPut(call) || !first) return undefined;
      first = false;
      await theirs.set(NAME, bytes('theirs'));
      return { loseAnswer: lost };
    };
    expect(await open().set(NAME, bytes('ours'))).toMatchObject({ revision: 3 });
    const history = await open().history(NAME);
    expect(history.map(({ revision }) => revision)).toEqual([3, 2, 1]);
    expect(text((await open().get(NAME)).value)).toBe('ours');
  });
});

describe('throttling', () => {
  it('makes a write wait and go on', async () => {
    const { aws, open } = createWorld();
    const waits: number[] = [];
    let puts = 0;
    aws.gate = ({ operation, region }) => {
      if (operation !== 'write' || region !== HOME) return undefined;
      puts += 1;
      return puts === 2 || puts === 3 ? { fail: new WaxsealError('throttled', 'slow down') } : undefined;
    };
    const pause = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    expect(await open({ pause }).set(NAME, bytes('one'))).toMatchObject({ revision: 1 });
    expect(waits).toHaveLength(2);
  });

  it('that does not end is said', async () => {
    const { aws, open } = createWorld();
    aws.gate = failing(({ operation, names }) => operation === 'write' && names.includes(AT), 'throttled');
    await rejection(open().set(NAME, bytes('one')), 'throttled');
    expect(aws.versions(HOME, AT)).toHaveLength(0);
  });
});

describe('names', () => {
  it.each([
    ['', 'empty'],
    ['a b', 'characters'],
    ['/acme/dev/A', 'starts with'],
    ['.waxseal/data-key', 'reserved'],
    ['.WaxSeal/x', 'reserved'],
    ['../x', 'level'],
    ['a//b', 'characters'],
    [`A${'B'.repeat(1000)}`, 'too long'],
    ['a/b/c/d/e/f/g/h/i/j/k/l/m/n', 'levels'],
    ['ключ', 'characters'],
  ])('%j is refused before any call', async (name, why) => {
    const { aws, open } = createWorld();
    const error = await rejection(open().set(name, bytes('x')), 'invalid_name');
    expect(error.message).toContain(why);
    expect(error.hint).toBeTruthy();
    await rejection(open().get(name), 'invalid_name');
    await rejection(open().delete(name), 'invalid_name');
    expect(aws.calls).toEqual([]);
  });
});

describe('delete', () => {
  it('leaves a tombstone in every region, and the name can be born again above it', async () => {
    const { open } = createWorld();
    await open().set(NAME, bytes('one'));
    expect(await open().delete(NAME)).toMatchObject({ revision: 2, behind: [] });
    const error = await rejection(open().get(NAME), 'not_found');
    expect(error.message).toContain('deleted at revision 2');
    await rejection(open().get(NAME, { region: REPLICA }), 'not_found');
    await rejection(open().delete(NAME), 'not_found');
    expect((await open().load()).size).toBe(0);
    expect(await open().set(NAME, bytes('again'), { expectRevision: 0 })).toMatchObject({ revision: 3 });
  });

  it('of what never was is "not found"', async () => {
    await rejection(createWorld().open().delete('NOTHING'), 'not_found');
  });
});
