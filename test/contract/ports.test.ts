import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, connect } from '../../src/aws/index.ts';
import { createLocalKey } from '../../src/aws/local-keys.ts';
import type { Settings } from '../../src/config/index.ts';
import type { Region, StoredParameter } from '../../src/vault/index.ts';
import { MemoryAws } from '../support/memory-aws.ts';
import { rejection } from '../support/world.ts';

/** Something that gives a vault its ports. */
interface Provider {
  readonly name: string;
  start(): Promise<{
    readonly regions: readonly [Region, Region];
    /** Another KMS key, and home of a vault that accepts it beside its own. */
    moving(): Promise<{ readonly other: string; readonly both: Region }>;
    stop(): Promise<void>;
  }>;
}

const PATH = '/contract/vault';

const memory: Provider = {
  name: 'memory',
  async start() {
    const aws = new MemoryAws();
    const key = aws.createKey();
    return {
      regions: [aws.region('us-east-1', key), aws.region('eu-west-1', key)],
      moving: async () => {
        const other = aws.createKey();
        return { other, both: aws.region('us-east-1', key, other) };
      },
      stop: () => Promise.resolve(),
    };
  },
};

/** The embedded AWS by either client; `boot` is what the start of an application asks for. */
function embedded(name: string, boot: boolean): Provider {
  return {
    name,
    async start() {
      const stateDir = mkdtempSync(join(tmpdir(), 'waxseal-contract-'));
      const settings: Settings = {
        vault: PATH,
        regions: ['us-east-1', 'eu-west-1'],
        aws: { kind: 'embedded', stateDir },
        tier: 'standard',
        publish: 'auto',
        dataKeyMaxAgeDays: 365,
      };
      const connection = await connect(settings, { create: true, boot });
      const opened: Connection[] = [connection];
      expect(connection.client.client).toBe(boot ? 'lean' : 'sdk');
      return {
        regions: connection.regions as unknown as readonly [Region, Region],
        async moving() {
          const { keyId } = await createLocalKey(settings, connection.endpoint ?? '');
          const both = await connect({ ...settings, acceptedKeys: [keyId] }, { boot });
          opened.push(both);
          return { other: keyId, both: both.regions[0] };
        },
        async stop() {
          for (const one of opened.reverse()) await one.close();
          rmSync(stateDir, { recursive: true });
        },
      };
    },
  };
}

const emulator = embedded('the SDK against the embedded AWS', false);
const lean = embedded('the lean client against the embedded AWS', true);

async function collect(listing: AsyncIterable<StoredParameter>): Promise<StoredParameter[]> {
  const all: StoredParameter[] = [];
  for await (const stored of listing) all.push(stored);
  return all;
}

const create = { create: true, tier: 'standard' } as const;
const overwrite = { create: false, tier: 'standard' } as const;

describe.each([memory, emulator, lean])('the ports over $name', (provider) => {
  let started: Awaited<ReturnType<Provider['start']>>;
  let home: Region;
  let replica: Region;
  beforeAll(async () => {
    started = await provider.start();
    [home, replica] = started.regions;
  });
  afterAll(() => started.stop());

  it('number writes per region, from 1', async () => {
    const name = `${PATH}/numbered`;
    expect(await home.parameters.write(name, 'a', create)).toBe(1);
    expect(await home.parameters.write(name, 'b', overwrite)).toBe(2);
    expect(await replica.parameters.write(name, 'b', create)).toBe(1);
    expect((await home.parameters.read([name])).get(name)).toMatchObject({ name, value: 'b', version: 2 });
  });

  it('create only what is not there', async () => {
    const name = `${PATH}/created`;
    await home.parameters.write(name, 'a', create);
    await rejection(home.parameters.write(name, 'b', create), 'already_exists');
    expect((await home.parameters.read([name])).get(name)?.value).toBe('a');
  });

  it('read versions by selector, and leave out what is missing', async () => {
    const name = `${PATH}/selected`;
    await home.parameters.write(name, 'a', create);
    await home.parameters.write(name, 'b', overwrite);
    const found = await home.parameters.read([`${name}:1`, `${PATH}/nothing`]);
    expect([...found.keys()]).toEqual([`${name}:1`]);
    expect(found.get(`${name}:1`)).toMatchObject({ name, value: 'a', version: 1 });
    expect((await home.parameters.read([`${name}:7`])).size).toBe(0);
  });

  it('read and list more than one page holds', async () => {
    const names = Array.from({ length: 23 }, (_, n) => `${PATH}/pages/deep/${n}`);
    for (const name of names) await home.parameters.write(name, name, create);
    expect((await home.parameters.read(names)).size).toBe(23);
    const listed = await collect(home.parameters.list(`${PATH}/pages`));
    expect(new Set(listed.map(({ name }) => name))).toEqual(new Set(names));
  });

  it('give the history oldest first, past one page, and none of what is not there', async () => {
    const name = `${PATH}/history`;
    await home.parameters.write(name, '1', create);
    for (let n = 2; n <= 60; n += 1) await home.parameters.write(name, `${n}`, overwrite);
    const history = await collect(home.parameters.history(name));
    expect(history.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    expect(history[0]).toMatchObject({ name, value: '1' });
    expect(history[0]?.modifiedBy).toMatch(/^arn:/);
    expect(await collect(home.parameters.history(`${PATH}/nothing`))).toEqual([]);
  });

  it('remove a parameter with its history, in one region, and say whether it was there', async () => {
    const name = `${PATH}/removed`;
    await home.parameters.write(name, 'a', create);
    await home.parameters.write(name, 'b', overwrite);
    await replica.parameters.write(name, 'b', create);
    expect(await home.parameters.remove(name)).toBe(true);
    expect((await home.parameters.read([name, `${name}:1`])).size).toBe(0);
    expect(await collect(home.parameters.history(name))).toEqual([]);
    expect(await home.parameters.remove(name)).toBe(false);
    expect((await replica.parameters.read([name])).get(name)?.value).toBe('b');
    // What overwrites nothing creates: a writer whose parameter was removed meanwhile gets Version 1.
    expect(await home.parameters.write(name, 'c', overwrite)).toBe(1);
  });

  it('wrap a data key that every region opens, under this context and no other', async () => {
    const context = { 'waxseal:vault': PATH, 'waxseal:generation': '1' };
    const made = await home.keys.generate(context);
    expect(made.plaintext.byteLength).toBe(32);
    const opened = await replica.keys.unwrap(made.wrappedKey, context);
    expect(Buffer.compare(opened.plaintext, made.plaintext)).toBe(0);
    expect(opened.kmsKeyId).toBe(made.kmsKeyId);
    expect(made.kmsKeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    await rejection(
      home.keys.unwrap(made.wrappedKey, { ...context, 'waxseal:vault': '/other' }),
      'decrypt_failed',
    );
  });

  it('wrap a data key anew without opening it, under the newest material of its key', async () => {
    const context = { 'waxseal:vault': PATH, 'waxseal:generation': '1' };
    const made = await home.keys.generate(context);
    const again = await home.keys.rewrap(made.wrappedKey, context, {});
    expect([again.kmsKeyId, again.sourceKmsKeyId]).toEqual([made.kmsKeyId, made.kmsKeyId]);
    expect(again.materialId).toEqual(expect.any(String));
    // KMS rotated nothing since.
    expect(again.sourceMaterialId).toBe(again.materialId);
    expect(Buffer.compare(again.wrappedKey, made.wrappedKey)).not.toBe(0);
    const opened = await replica.keys.unwrap(again.wrappedKey, context);
    expect(Buffer.compare(opened.plaintext, made.plaintext)).toBe(0);
    const another = { ...context, 'waxseal:vault': '/other' };
    await rejection(home.keys.rewrap(made.wrappedKey, another, {}), 'decrypt_failed');
    await rejection(home.keys.unwrap(again.wrappedKey, another), 'decrypt_failed');
    const nowhere = `mrk-${'0'.repeat(32)}`;
    await rejection(home.keys.rewrap(made.wrappedKey, context, { to: nowhere }), 'key_not_found');
  });

  it('open and wrap anew what an accepted key wrapped, and what no accepted one did not at all', async () => {
    const context = { 'waxseal:vault': PATH };
    const { both, other } = await started.moving();
    const made = await home.keys.generate(context);
    const moved = await both.keys.rewrap(made.wrappedKey, context, { to: other });
    expect([moved.sourceKmsKeyId, moved.kmsKeyId]).toEqual([made.kmsKeyId, other]);
    for (const { wrappedKey } of [made, moved, made]) {
      const opened = await both.keys.unwrap(wrappedKey, context);
      expect(Buffer.compare(opened.plaintext, made.plaintext)).toBe(0);
    }
    expect((await both.keys.unwrap(moved.wrappedKey, context)).kmsKeyId).toBe(other);
    await rejection(home.keys.unwrap(moved.wrappedKey, context), 'foreign_key');
    await rejection(home.keys.rewrap(moved.wrappedKey, context, {}), 'foreign_key');
    // New data keys are made under the vault's own.
    expect((await both.keys.generate(context)).kmsKeyId).toBe(made.kmsKeyId);
  });

  it('refuse what another KMS key wrapped, though the caller may use that key', async () => {
    const other = await provider.start();
    try {
      const context = { 'waxseal:vault': PATH };
      const foreign = await other.regions[0].keys.generate(context);
      await expect(home.keys.unwrap(foreign.wrappedKey, context)).rejects.toMatchObject({
        // A key that exists is a foreign one; one of another world is not known at all.
        code: expect.stringMatching(/^(foreign_key|decrypt_failed)$/),
      });
    } finally {
      await other.stop();
    }
  });
});
