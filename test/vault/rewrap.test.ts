import { describe, expect, it } from 'vitest';
import {
  encodeDataKeyRecord,
  encryptionContext,
  parseDataKeyRecord,
  parseEntry,
  sameEntry,
} from '../../src/envelope/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { KeyCounts, KeyUsage, Vault } from '../../src/vault/index.ts';
import type { Call, MemoryAws, Verdict } from '../support/memory-aws.ts';
import { createScheduler } from '../support/scheduler.ts';
import { draw, randomNumbers, rounds, seed, tried } from '../support/seed.ts';
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
} from '../support/world.ts';

const RECORD = parameter('.waxseal/data-key');
const HEAD = parameter('.waxseal/release');

interface Stage {
  readonly aws: MemoryAws;
  readonly oldKey: string;
  readonly newKey: string;
  /** Both keys are accepted, the old one is the vault's. */
  readonly vault: (options?: Parameters<ReturnType<typeof createWorld>['open']>[0]) => Vault;
  /** The new key alone. */
  readonly alone: () => Vault;
}

function stage(): Stage {
  const { aws, kmsKey: oldKey, open } = createWorld();
  const newKey = aws.createKey();
  const regions = (own: string, ...accepted: readonly string[]) =>
    [aws.region(HOME, own, ...accepted), aws.region(REPLICA, own, ...accepted)] as const;
  return {
    aws,
    oldKey,
    newKey,
    vault: (options = {}) => open({ regions: regions(oldKey, newKey), ...options }),
    alone: () => open({ regions: regions(newKey) }),
  };
}

/** Entries, a tombstone, a release and a pinned one. */
async function filled(): Promise<Stage> {
  const made = stage();
  const vault = made.vault();
  await vault.set('A', bytes('1'));
  await vault.publish();
  await vault.pin(1);
  await vault.set('A', bytes('2'));
  await vault.set('B', bytes('1'));
  await vault.set('C', bytes('1'));
  await vault.delete('C');
  await vault.publish();
  made.aws.calls.length = 0;
  return made;
}

const total = (counts: KeyCounts): number => Object.values(counts).reduce((all, one) => all + one, 0);
const current = ({ regions }: KeyUsage): readonly number[] => regions.map((one) => total(one.current));
const countOf = ({ calls }: MemoryAws, operation: Call['operation']): number =>
  calls.filter((call) => call.operation === operation).length;

/** Nothing is lost, everything is under the new key, and the new key alone opens it all. */
async function checkMoved({ aws, oldKey, alone, vault }: Stage): Promise<void> {
  aws.gate = () => undefined;
  const usage = await vault().keyUsage(oldKey);
  expect([current(usage), usage.failed, usage.problems]).toEqual([[0, 0], {}, []]);
  const only = alone();
  expect(text((await only.get('A')).value)).toBe('2');
  expect(text((await only.get('A', { region: REPLICA })).value)).toBe('2');
  expect((await only.boot()).secrets.size).toBe(2);
  expect((await only.boot({ pin: 1 })).secrets.size).toBe(1);
  expect((await only.status()).equal).toBe(true);
}

describe('a rewrap to another KMS key', () => {
  it('moves all that stands, in all regions, with one call to KMS and nothing opened', async () => {
    const made = await filled();
    const { aws, oldKey, newKey, vault } = made;
    const before = aws.versions(HOME, parameter('A')).at(-1)?.value ?? '';
    const plan = await vault().planRewrap({ to: newKey });
    const counts = { entries: 2, tombstones: 1, dataKey: 1, release: 1, pinned: 1 };
    expect(plan).toMatchObject({
      exists: true,
      from: [oldKey],
      kmsCalls: 1,
      problems: [],
      failed: {},
      regions: [
        { region: HOME, counts, writes: 6 },
        { region: REPLICA, counts, writes: 6 },
      ],
    });
    expect(countOf(aws, 'write')).toBe(0);
    aws.calls.length = 0;
    const steps: number[] = [];
    const result = await vault().rewrap({ to: newKey, onProgress: ({ done }) => void steps.push(done) });
    expect(result).toMatchObject({ kmsCalls: 1, problems: [], failed: {}, left: 0 });
    expect(result.regions.map(({ writes }) => writes)).toEqual([6, 6]);
    expect(steps.at(-1)).toBe(12);
    expect([countOf(aws, 'rewrap'), countOf(aws, 'unwrap'), countOf(aws, 'write')]).toEqual([1, 0, 12]);
    const now = aws.versions(HOME, parameter('A')).at(-1);
    const entry = parseEntry(now?.value ?? '');
    expect(sameEntry(entry, parseEntry(before))).toBe(true);
    expect(entry.wrapping).toMatchObject({ kmsKeyId: newKey, slot: { region: HOME, version: now?.version } });
    // The same new blob everywhere.
    const blobs = [HOME, REPLICA].flatMap((region) =>
      [parameter('A'), parameter('B'), parameter('C'), HEAD, `${VAULT}/.waxseal/pinned/1`, RECORD].map(
        (name) => (JSON.parse(aws.versions(region, name).at(-1)?.value ?? '{}') as { wk: string }).wk,
      ),
    );
    expect(new Set(blobs).size).toBe(1);
    await checkMoved(made);
  });

  it('has nothing to do the second time', async () => {
    const { aws, newKey, vault } = await filled();
    await vault().rewrap({ to: newKey });
    aws.calls.length = 0;
    expect(await vault().rewrap({ to: newKey })).toMatchObject({ kmsCalls: 0, left: 0, from: [] });
    expect([countOf(aws, 'rewrap'), countOf(aws, 'write')]).toEqual([0, 0]);
  });

  it('leaves each revision and each release once in the histories, with who wrote it first', async () => {
    const { aws, newKey, oldKey, vault, alone } = await filled();
    const before = await vault().history('A');
    const releases = await vault().releases();
    await vault().rewrap({ to: newKey });
    await vault().set('A', bytes('3'));
    const history = await vault().history('A');
    expect(history.map(({ revision, linked, problem }) => [revision, linked, problem])).toEqual([
      [3, true, undefined],
      [2, true, undefined],
      [1, true, undefined],
    ]);
    expect(history.slice(1).map(({ storedAt }) => storedAt)).toEqual(before.map(({ storedAt }) => storedAt));
    expect((await vault().releases()).map(({ number, storedAt }) => [number, storedAt])).toEqual(
      releases.map(({ number, storedAt }) => [number, storedAt]),
    );
    // Without the old key the past is told, and what stands opens.
    const without = await alone().history('A');
    expect(without.map(({ revision, problem }) => [revision, problem?.code])).toEqual([
      [3, undefined],
      [2, undefined],
      [1, 'foreign_key'],
    ]);
    const usage = await vault().keyUsage(oldKey);
    expect([current(usage), usage.regions[0]?.history]).toEqual([
      [0, 0],
      // A twice, B once, C twice, the record, the head twice, the pinned one.
      9,
    ]);
    expect(countOf(aws, 'unwrap')).toBeGreaterThan(0);
  });

  it('leaves a past that verify calls a note, and no fault, once the old key is accepted no more', async () => {
    const { oldKey, newKey, vault, alone } = await filled();
    await vault().rewrap({ to: newKey });
    await vault().set('A', bytes('3'));
    await vault().publish();
    const report = await alone().verify({ history: true });
    expect(report).toMatchObject({ authentic: true, complete: true, equal: true });
    // A twice, B once, C twice, two releases.
    expect(report.findings.map(({ gravity, kind, kmsKeyId }) => [gravity, kind, kmsKeyId])).toEqual(
      Array.from({ length: 7 }, () => ['note', 'former_key', oldKey]),
    );
    const [first] = report.findings;
    expect(first?.message).toContain('the versions above it vouch for it');
    expect(first?.hint).toContain(`put ${oldKey} into "acceptedKeyIds"`);
    expect((await vault().verify({ history: true })).findings).toEqual([]);
  });

  it('keeps what nobody vouches for a fault: put above what is authentic, or with its data key changed', async () => {
    const { aws, oldKey, newKey, vault, alone } = await filled();
    const old = aws.versions(HOME, parameter('A'))[0]?.value ?? '';
    await vault().rewrap({ to: newKey });
    const put = (value: string): void => {
      const version = aws.versions(HOME, parameter('A')).length + 1;
      aws.plant(HOME, parameter('A'), value.replace(/"slot":"[^"]*"/, `"slot":"${HOME}:${version}"`));
    };
    const faults = async (): Promise<readonly unknown[]> =>
      (await alone().verify({ history: true })).findings
        .filter(({ gravity, region }) => gravity === 'fault' && region === HOME)
        .map(({ kind, version }) => `${kind} ${version}`);
    // The first revision, which the second vouches for where it lay.
    put(old);
    expect(await faults()).toEqual(['foreign_key 4']);
    expect((await alone().history('A'))[0]).toMatchObject({ problem: { code: 'foreign_key' } });
    expect((await alone().history('A'))[0]).not.toHaveProperty('formerKeyId');
    await alone().set('A', bytes('3'));
    expect(await alone().get('A')).toMatchObject({ revision: 3 });
    // It lies between two now, and neither was made on top of it.
    expect(await faults()).toEqual(['foreign_key 4']);
    // It says it is under the key that is accepted, which does not open it.
    put(old.replace(oldKey, newKey));
    await alone().set('A', bytes('4'));
    expect(await faults()).toEqual(['foreign_key 4', 'foreign_key 6']);
  });

  it('says of a revision of before which KMS key opens it, and links what was made on top of it', async () => {
    const { oldKey, newKey, vault, alone } = await filled();
    await vault().rewrap({ to: newKey });
    await vault().set('A', bytes('3'));
    await vault().set('B', bytes('2'));
    const ofA = await alone().history('A');
    expect(ofA.map(({ revision, linked, formerKeyId }) => [revision, linked, formerKeyId])).toEqual([
      [3, true, undefined],
      [2, true, undefined],
      [1, true, oldKey],
    ]);
    const error = await rejection(alone().revision('A', 1), 'foreign_key');
    expect(error.message).toMatch(new RegExp(`^revision 1 of A does not open: .* KMS key ${oldKey}`));
    expect(error.hint).toContain(`"acceptedKeyIds": ["${oldKey}"]`);
    const refused = await rejection(alone().rollbackSecret('A', 1), 'foreign_key');
    expect([refused.message, refused.hint]).toEqual([error.message, error.hint]);
    expect(text((await vault().revision('A', 1)).value ?? bytes(''))).toBe('1');
  });

  it('is not undone by a backup: what is restored opens under the new key alone, each revision once', async () => {
    const { newKey, vault, alone } = await filled();
    await vault().rewrap({ to: newKey });
    const lines: string[] = [];
    const taken = await vault().backup(async (line) => void lines.push(line));
    expect(taken).toMatchObject({ secrets: 3 });
    const ofA = lines
      .map((line) => JSON.parse(line) as { name?: string; versions?: string[] })
      .find(({ name }) => name === 'A');
    expect(ofA?.versions?.length ?? 2).toBe(2);
    const other = await alone().backup(async () => {});
    expect(other.secrets).toBe(3);
  });

  it('refuses what is put back under the old key, once that is accepted no more', async () => {
    const { aws, newKey, vault, alone } = await filled();
    const old = aws.versions(HOME, parameter('B')).at(-1);
    await vault().rewrap({ to: newKey });
    const fields = JSON.parse(old?.value ?? '') as Record<string, unknown>;
    const version = (aws.versions(HOME, parameter('B')).at(-1)?.version ?? 0) + 1;
    const slot = `${HOME}:${version}`;
    const put = JSON.stringify(
      Object.fromEntries(
        Object.entries(fields).map(([k, v]) => [k, v === `${HOME}:${old?.version}` ? slot : v]),
      ),
    );
    expect(parseEntry(put).wrapping.slot.version).toBe(version);
    aws.plant(HOME, parameter('B'), put);
    await rejection(alone().get('B'), 'foreign_key');
    const history = await alone().history('B');
    expect(history[0]?.problem?.code).toBe('foreign_key');
    expect(current(await vault().keyUsage(parseEntry(put).wrapping.kmsKeyId))).toEqual([1, 0]);
  });

  it('leaves the floor of an application where it was: no older release is taken', async () => {
    const { aws, newKey, vault } = await filled();
    const before = aws.versions(HOME, HEAD);
    const { seen } = await vault().boot();
    await vault().rewrap({ to: newKey });
    const moved = (await vault().boot({ seen })).seen;
    expect([seen?.release, moved?.release, moved?.kmsKeyId]).toEqual([2, 2, newKey]);
    // The release before it, under the old key, in the next slot: authentic, and too old.
    for (const region of [HOME, REPLICA]) {
      const version = aws.versions(region, HEAD).length + 1;
      const old = (before[0]?.value ?? '').replace(/"slot":"[^"]*"/, `"slot":"${region}:${version}"`);
      expect(parseEntry(old).wrapping.slot).toEqual({ region, version });
      aws.plant(region, HEAD, old);
    }
    await rejection(vault().boot({ seen: moved }), 'release_too_old');
  });

  it('writes nothing when KMS refuses the data key', async () => {
    for (const code of ['denied', 'key_unusable', 'key_not_found', 'credentials', 'throttled'] as const) {
      const { aws, newKey, vault } = await filled();
      aws.gate = failing(({ operation }) => operation === 'rewrap', code);
      await rejection(vault().rewrap({ to: newKey }), code);
      await rejection(vault().planRewrap({ to: newKey }), code);
      expect(countOf(aws, 'write')).toBe(0);
    }
  });

  it('is refused when the data key is under a key that is not accepted', async () => {
    const { aws, newKey, alone } = await filled();
    await rejection(alone().rewrap({ to: newKey }), 'foreign_key');
    expect(countOf(aws, 'write')).toBe(0);
  });

  it('leaves what is not to be trusted as it is, tells it, and goes on with the rest', async () => {
    const { aws, newKey, vault } = await filled();
    aws.plant(HOME, parameter('B'), 'not an entry');
    // Another vault's wrapped data key.
    const own = aws.versions(HOME, parameter('A')).at(-1);
    const foreign = aws.wrap(newKey, new Uint8Array(32), { vault: 'another' });
    const planted = JSON.parse(own?.value ?? '') as Record<string, unknown>;
    aws.plant(
      REPLICA,
      parameter('A'),
      JSON.stringify({ ...planted, wk: Buffer.from(foreign).toString('base64') }),
    );
    const result = await vault().rewrap({ to: newKey });
    expect(result.problems.map(({ region, name, error }) => [region, name, error.code])).toEqual([
      [HOME, 'B', 'malformed'],
      [REPLICA, 'A', 'decrypt_failed'],
    ]);
    expect(result.left).toBe(0);
  });

  it('keeps a replica that does not answer in mind, and the next run does the rest', async () => {
    const made = await filled();
    const { aws, newKey, oldKey, vault } = made;
    aws.gate = failing(({ region }) => region === REPLICA, 'unreachable');
    const first = await vault().rewrap({ to: newKey });
    expect([first.regions.map(({ writes }) => writes), Object.keys(first.failed)]).toEqual([
      [6, 0],
      [REPLICA],
    ]);
    expect(Object.keys((await vault().keyUsage(oldKey)).failed)).toEqual([REPLICA]);
    // Only its writes fail.
    aws.gate = failing(({ region, operation }) => region === REPLICA && operation === 'write', 'unreachable');
    const second = await vault().rewrap({ to: newKey });
    expect([second.left, Object.keys(second.failed)]).toEqual([0, [REPLICA]]);
    aws.gate = () => undefined;
    expect(await vault().rewrap({ to: newKey })).toMatchObject({ failed: {}, left: 0 });
    await checkMoved(made);
  });

  it.each(['key_unusable', 'credentials', 'denied'] as const)(
    'half-way into %s at home it says how far it got, and the next run converges',
    async (code) => {
      const made = await filled();
      const { aws, newKey, vault } = made;
      let writes = 0;
      aws.gate = ({ operation, region }) =>
        operation === 'write' && region === HOME && ++writes > 3
          ? { fail: new WaxsealError(code, 'injected', { region }) }
          : undefined;
      const error = await rejection(vault().rewrap({ to: newKey }), code);
      expect(error.message).toMatch(/\d+ of 12 parameters are in place/);
      expect(error.hint).toContain('run the same rewrap again');
      aws.gate = () => undefined;
      await vault().rewrap({ to: newKey });
      await checkMoved(made);
    },
  );

  it('stops where it is told to, and goes on', async () => {
    const made = await filled();
    const { aws, newKey, vault } = made;
    const stop = new AbortController();
    const error = await rejection(
      vault().rewrap({ to: newKey, signal: stop.signal, onProgress: ({ done }) => done > 3 && stop.abort() }),
      'cancelled',
    );
    expect(error.message).toMatch(/^stopped: \d+ of 12/);
    expect(countOf(aws, 'write')).toBeLessThan(12);
    await vault().rewrap({ to: newKey });
    await checkMoved(made);
  });

  it("gives back a newer data key's record that came in between its look and its write", async () => {
    const { aws, newKey, oldKey, vault } = await filled();
    const id = { generation: 2, createdAt: 1_763_788_000, random: '0123456789abcdef' };
    const wrappedKey = aws.wrap(oldKey, new Uint8Array(32).fill(7), encryptionContext(VAULT, id));
    const rotated = encodeDataKeyRecord({ vault: VAULT, id, wrappedKey, kmsKeyId: oldKey });
    let once = true;
    aws.gate = ({ operation, region, names }) => {
      if (once && operation === 'write' && region === HOME && names[0] === RECORD) {
        once = false;
        aws.plant(HOME, RECORD, rotated);
      }
      return undefined;
    };
    // One more call to KMS: for what came in between.
    expect(await vault().rewrap({ to: newKey })).toMatchObject({ left: 0, kmsCalls: 2 });
    const stands = parseDataKeyRecord(aws.versions(HOME, RECORD).at(-1)?.value ?? '', VAULT);
    expect([stands.id, stands.kmsKeyId]).toEqual([id, newKey]);
    await vault().set('B', bytes('sealed under it'));
    expect((await vault().get('B')).dataKeyId).toMatch(/^2\./);
  });

  it('is refused while another region acts as home', async () => {
    const { aws, newKey, vault } = await filled();
    await rejection(vault({ actAsHome: REPLICA }).rewrap({ to: newKey }), 'usage');
    expect(countOf(aws, 'rewrap')).toBe(0);
  });

  it('makes room for itself where a hundred versions are kept', async () => {
    const made = stage();
    const vault = made.vault();
    for (let n = 1; n <= 104; n += 1) await vault.set('A', bytes(`${n}`));
    await made.vault().rewrap({ to: made.newKey });
    await vault.set('A', bytes('last'));
    const history = await made.vault().history('A');
    // 98 before, the rewrapped one and the last.
    expect(history.map(({ revision }) => revision)).toEqual(Array.from({ length: 99 }, (_, i) => 105 - i));
    expect(history.slice(0, -1).every(({ linked, problem }) => linked && problem === undefined)).toBe(true);
  });

  it('takes one call to KMS and one Put for each entry and region, of a thousand', async () => {
    const { aws, newKey, vault } = stage();
    const items = Array.from({ length: 1000 }, (_, n) => ({ name: `S${n}`, value: bytes(`${n}`) }));
    await vault().import(items);
    await vault().publish();
    const parameters = 1002;
    aws.calls.length = 0;
    await vault().planRewrap({ to: newKey });
    expect(await vault().rewrap({ to: newKey })).toMatchObject({ left: 0, failed: {} });
    expect([countOf(aws, 'rewrap'), countOf(aws, 'unwrap'), countOf(aws, 'generate')]).toEqual([2, 0, 0]);
    expect(countOf(aws, 'write')).toBe(2 * parameters);
    tried('parameters rewrapped, one Put each', 2 * parameters);
  });

  it('in the middle of it, a reader who accepts both opens each data key once for each KMS key', async () => {
    const { aws, newKey, vault } = await filled();
    aws.gate = ({ operation, names }) =>
      operation === 'write' && names[0] === parameter('A')
        ? { fail: new WaxsealError('denied', 'injected') }
        : undefined;
    await rejection(vault().rewrap({ to: newKey }), 'denied');
    aws.gate = () => undefined;
    aws.calls.length = 0;
    expect((await vault().load()).size).toBe(2);
    expect(countOf(aws, 'unwrap')).toBeLessThanOrEqual(2);
  });
});

describe('a rewrap under the newest material', () => {
  it('does nothing before KMS rotated the key, then each wrapped data key once', async () => {
    const { aws, oldKey, vault } = await filled();
    expect(await vault().rewrap()).toMatchObject({ kmsCalls: 1, left: 0, from: [] });
    expect(countOf(aws, 'write')).toBe(0);
    aws.rotateKey(oldKey);
    expect((await vault().planRewrap()).regions.map(({ writes }) => writes)).toEqual([6, 6]);
    aws.calls.length = 0;
    expect(await vault().rewrap()).toMatchObject({ kmsCalls: 1, left: 0, from: [oldKey] });
    expect([countOf(aws, 'rewrap'), countOf(aws, 'write')]).toEqual([1, 12]);
    aws.calls.length = 0;
    expect(await vault().rewrap()).toMatchObject({ left: 0, from: [] });
    expect(countOf(aws, 'write')).toBe(0);
    expect((await vault().status()).equal).toBe(true);
  });
});

describe('cut off at any call', () => {
  const lost = new WaxsealError('unreachable', 'the answer got lost');
  const ways: readonly (readonly [string, (call: Call) => Verdict])[] = [
    ['fails', () => ({ fail: new WaxsealError('unreachable', 'injected') })],
    ['loses its answer', () => ({ loseAnswer: lost })],
    ['is throttled', () => ({ fail: new WaxsealError('throttled', 'injected') })],
  ];

  it.each(ways)('a call that %s: this run or the next one converges', async (_, verdict) => {
    const { calls } = await counted();
    for (let at = 0; at < calls; at += 1) {
      const made = await filled();
      let n = 0;
      made.aws.gate = (call) => (n++ === at ? verdict(call) : undefined);
      await made
        .vault()
        .rewrap({ to: made.newKey })
        .catch(() => {});
      made.aws.gate = () => undefined;
      expect(await made.vault().rewrap({ to: made.newKey })).toMatchObject({ left: 0, failed: {} });
      await checkMoved(made);
    }
    tried('places where a call failed', calls);
  });

  it('killed before and after each call: the vault opens at once, and the next run converges', async () => {
    const { calls } = await counted();
    for (const done of [false, true]) {
      for (let at = 0; at < calls; at += 1) {
        const made = await filled();
        let n = 0;
        const gone = new Promise<never>(() => {});
        const killed = new Promise<void>((resolve) => {
          made.aws.gate = (call) => {
            if (n++ < at) return undefined;
            resolve();
            // What is done, but never answered, is done all the same.
            if (done && n === at + 1 && call.operation === 'write') {
              return { loseAnswer: new WaxsealError('cancelled', 'killed') };
            }
            return gone;
          };
        });
        const running = made
          .vault()
          .rewrap({ to: made.newKey })
          .catch(() => {});
        await Promise.race([killed, running]);
        await new Promise((resolve) => setImmediate(resolve));
        made.aws.gate = () => undefined;
        expect((await made.vault().load()).size).toBe(2);
        expect((await made.vault().boot()).secrets.size).toBe(2);
        expect(await made.vault().rewrap({ to: made.newKey })).toMatchObject({ left: 0, failed: {} });
        await checkMoved(made);
      }
    }
    tried('places where a run was killed', calls * 2);
  });

  async function counted(): Promise<{ readonly calls: number }> {
    const made = await filled();
    await made.vault().rewrap({ to: made.newKey });
    return { calls: made.aws.calls.length };
  }
});

it('users who set and delete meanwhile lose nothing, and nothing goes back', async () => {
  const count = rounds(25, 500);
  for (let round = 0; round < count; round += 1) {
    const random = randomNumbers(seed + round);
    const scheduler = createScheduler(random);
    const made = await filled();
    const { aws, newKey, oldKey } = made;
    const options = { pause: scheduler.pause, now: scheduler.now, timeout: 60_000, hedgeAfter: 60_000 };
    aws.gate = scheduler.gate;
    const wrote = new Map<string, { revision: number; value: string | undefined }>();
    const note = (name: string, revision: number, value: string | undefined): void => {
      if ((wrote.get(name)?.revision ?? 0) < revision) wrote.set(name, { revision, value });
    };
    const user = (number: number) => async (): Promise<void> => {
      const vault = made.vault(options);
      for (let n = 0; n < 3; n += 1) {
        const name = draw(random, ['A', 'B', 'C', 'D']);
        const value = `${number} ${n}`;
        if (random() < 0.7) note(name, (await vault.set(name, bytes(value))).revision, value);
        else {
          const gone = await vault.delete(name).catch(() => undefined);
          if (gone !== undefined) note(name, gone.revision, undefined);
        }
      }
    };
    const ends = await scheduler.run<unknown>([
      () => made.vault(options).rewrap({ to: newKey }),
      user(1),
      user(2),
    ]);
    const where = `round ${round} of seed ${seed}`;
    for (const end of ends) if (end.status === 'rejected') throw new Error(where, { cause: end.reason });
    aws.gate = () => undefined;
    const vault = made.vault();
    await vault.rewrap({ to: newKey });
    await vault.publish();
    const usage = await vault.keyUsage(oldKey);
    expect(current(usage), where).toEqual([0, 0]);
    const only = made.alone();
    for (const [name, { revision, value }] of wrote) {
      const listed = (await only.history(name)).filter(({ problem }) => problem === undefined);
      expect([listed[0]?.revision, listed[0]?.deleted], where).toEqual([revision, value === undefined]);
      const revisions = (await vault.history(name)).map((item) => item.revision);
      expect(new Set(revisions).size, `${where}: each revision once`).toBe(revisions.length);
      if (value === undefined) continue;
      for (const region of [HOME, REPLICA]) {
        expect(text((await only.get(name, { region })).value), where).toBe(value);
      }
    }
    expect((await only.status()).equal, where).toBe(true);
  }
  tried('users against a rewrap, interleavings', count);
});
