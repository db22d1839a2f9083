/** encryptStream and decryptStream, as an application uses them. */
import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { CHUNK_BYTES } from '../../src/file/seal.ts';
import { decryptStream, encryptStream, makeStreamKey, openStreamKey } from '../../src/index.ts';
import { checkProperty } from '../support/seed.ts';
import { createWorld, failing, HOME, rejection } from '../support/world.ts';
import { all, inPieces, memoryVault, outcome } from './support.ts';

const SIZE = 1024;

it('what is sealed comes back, whatever its length and however it is cut, as Node streams and as Web streams', async () => {
  const vault = memoryVault();
  const key = await makeStreamKey(vault);
  const length = fc.oneof(
    fc.constantFrom(0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 3 * SIZE),
    fc.nat(9 * SIZE),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * SIZE }), { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(length, sizes, sizes, async (bytes, cuts, sealedCuts) => {
    const value = randomBytes(bytes);
    const sealed = await all(encryptStream(inPieces(value, ...cuts), vault, { chunkBytes: SIZE, key }));
    expect(await all(decryptStream(inPieces(sealed, ...sealedCuts), vault, { key }))).toEqual(value);
    const web = (from: Readable): ReadableStream<Uint8Array> => ReadableStream.from(from);
    const sealedWeb = await all(
      encryptStream(web(inPieces(value, ...cuts)), vault, { chunkBytes: SIZE, key }),
    );
    const opened = decryptStream(web(inPieces(sealedWeb, ...sealedCuts)), vault, { key });
    expect(opened).toBeInstanceOf(ReadableStream);
    expect(await all(opened)).toEqual(value);
    expect(sealedWeb).not.toEqual(sealed);
  });
  await checkProperty('round trips of streams', property, { small: 60, full: 2000 });
});

it('cut off, changed, or with anything exchanged: an authentic beginning comes out, then an error', async () => {
  const vault = memoryVault();
  const key = await makeStreamKey(vault);
  const value = randomBytes(6 * SIZE + 100);
  const seal = (): Promise<Buffer> => all(encryptStream([value], vault, { chunkBytes: SIZE, key }));
  const [sealed, sibling] = [await seal(), await seal()];
  const header = sealed.indexOf('\n', 512) + 1;
  const at = (i: number): number => header + i * (SIZE + 16);
  const chunk = (from: Buffer, i: number): Buffer => from.subarray(at(i), at(i + 1));
  const exchange = fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => {
    const chunks = Array.from({ length: 7 }, (_, i) => chunk(sealed, i === a ? b : i === b ? a : i));
    return a === b ? undefined : Buffer.concat([sealed.subarray(0, header), ...chunks]);
  });
  const damage = fc.oneof(
    fc.integer({ min: 0, max: sealed.length - 1 }).map((length) => sealed.subarray(0, length)),
    fc.tuple(fc.integer({ min: 512, max: sealed.length - 1 }), fc.nat(7)).map(([where, bit]) => {
      const changed = Buffer.from(sealed);
      changed[where] = (changed[where] ?? 0) ^ (1 << bit);
      return changed;
    }),
    exchange,
    fc
      .nat(6)
      .map((i) => Buffer.concat([sealed.subarray(0, at(i)), chunk(sealed, i), sealed.subarray(at(i))])),
    fc
      .nat(6)
      .map((i) => Buffer.concat([sealed.subarray(0, at(i)), chunk(sibling, i), sealed.subarray(at(i + 1))])),
    fc.uint8Array({ minLength: 1, maxLength: 2 * SIZE }).map((more) => Buffer.concat([sealed, more])),
  );
  const property = fc.asyncProperty(damage, fc.integer({ min: 1, max: 4096 }), async (bytes, size) => {
    if (bytes === undefined || bytes.equals(sealed)) return;
    const { bytes: out, error } = await outcome(decryptStream(inPieces(bytes, size), vault, { key }));
    expect(error).toBeInstanceOf(WaxsealError);
    expect(['decrypt_failed', 'malformed', 'misplaced']).toContain((error as WaxsealError).code);
    expect(value.subarray(0, out.length).equals(out)).toBe(true);
  });
  await checkProperty('damaged streams', property, { small: 300, full: 20_000 });
});

it('a large one cut at random places: whole chunks come out, all of them, then one error', async () => {
  const vault = memoryVault();
  const key = await makeStreamKey(vault);
  const value = randomBytes(5 * CHUNK_BYTES + 1000);
  const sealed = await all(encryptStream([value], vault, { key }));
  const header = sealed.indexOf('\n', 512) + 1;
  const property = fc.asyncProperty(
    fc.integer({ min: header, max: sealed.length - 1 }),
    fc.integer({ min: 1000, max: 700_000 }),
    async (length, size) => {
      const cut = inPieces(sealed.subarray(0, length), size);
      const { bytes, error } = await outcome(decryptStream(cut, vault, { key }));
      expect((error as WaxsealError).code).toBe('decrypt_failed');
      // The last one that is there may be the last of all, for all that is known: it is held back.
      const chunks = Math.max(0, Math.ceil((length - header) / (CHUNK_BYTES + 16)) - 1);
      expect(bytes.length).toBe(chunks * CHUNK_BYTES);
      expect(value.subarray(0, bytes.length).equals(bytes)).toBe(true);
    },
  );
  await checkProperty('cuts of a large stream', property, { small: 60, full: 1000 });
});

it('each stream has a data key of its own, and context and name are demanded', async () => {
  const world = createWorld();
  const vault = memoryVault(world);
  const context = { table: 'orders', tenant: '7' };
  const sealed = await all(encryptStream([Buffer.from('a row')], vault, { context, name: '42' }));
  expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['generate']);
  const open = (options: object, from = vault): Promise<Buffer> =>
    all(decryptStream([sealed], from, options));
  const same = { context: { tenant: '7', table: 'orders' }, name: '42' };
  expect(`${await open(same)}`).toBe('a row');
  expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['generate', 'unwrap']);
  await rejection(open({}), 'misplaced');
  await rejection(open({ ...same, context: { ...context, tenant: '8' } }), 'misplaced');
  await rejection(open({ ...same, name: '43' }), 'misplaced');
  await rejection(open(same, memoryVault(world, '/acme/other')), 'misplaced');
  expect(world.aws.calls).toHaveLength(2);
  // Who rewrites the header to say what is asked for meets KMS.
  const forged = Buffer.from(sealed.toString('latin1').replace('["tenant","7"]', '["tenant","8"]'), 'latin1');
  const asked = { context: { ...context, tenant: '8' }, name: '42' };
  await rejection(all(decryptStream([forged], vault, asked)), 'decrypt_failed');
});

it('one data key for many: one call to KMS to seal, one to open, and no row in the place of another', async () => {
  const world = createWorld();
  const vault = memoryVault(world);
  const context = { table: 'orders' };
  const key = await makeStreamKey(vault, { context });
  const rows = await Promise.all(
    ['1', '2', '3'].map((name) => all(encryptStream([Buffer.from(`row ${name}`)], vault, { key, name }))),
  );
  key.close();
  await rejection(all(encryptStream([], vault, { key })), 'cancelled');
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = rows;
  const again = await openStreamKey(first.subarray(0, 800), vault, { context });
  expect(again.id).toBe(key.id);
  expect(`${await all(decryptStream([second], vault, { key: again, context, name: '2' }))}`).toBe('row 2');
  await rejection(all(decryptStream([second], vault, { key: again, context, name: '1' })), 'misplaced');
  await rejection(all(decryptStream([second], vault, { key: again, name: '2' })), 'misplaced');
  expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['generate', 'unwrap']);
  // What another data key sealed is asked of KMS.
  const other = await all(encryptStream([Buffer.from('other')], vault, { context }));
  expect(`${await all(decryptStream([other], vault, { key: again, context }))}`).toBe('other');
  await rejection(all(encryptStream([], vault, { key: again, context: {} })), 'usage');
});

it('a region that does not answer is passed over, a denial is not', async () => {
  const world = createWorld();
  const vault = memoryVault(world);
  world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
  const sealed = await all(encryptStream([Buffer.from('x')], vault));
  expect(`${await all(decryptStream([sealed], vault))}`).toBe('x');
  world.aws.gate = failing(({ region }) => region === HOME, 'denied');
  await rejection(all(decryptStream([sealed], vault)), 'denied');
  const foreign = memoryVault(world);
  world.aws.gate = () => undefined;
  const stranger = world.aws.createKey();
  const theirs = { ...foreign, connection: { regions: [world.aws.region(HOME, stranger)] } };
  await rejection(all(decryptStream([sealed], theirs)), 'foreign_key');
});

it('a source that fails, a consumer that leaves and a signal end it, and the source is let go', async () => {
  const vault = memoryVault();
  let closed = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        await turn();
        yield Buffer.alloc(SIZE);
      }
    } finally {
      closed += 1;
    }
  }
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
  await expect(pipeline(encryptStream(endless(), vault), full)).rejects.toThrow('disk full');
  expect(closed).toBe(1);
  const left = encryptStream(endless(), vault);
  const gone = new Promise((resolve) => left.once('close', resolve));
  for await (const _part of left) break;
  await gone;
  expect(closed).toBe(2);
  const stop = new AbortController();
  const stream = encryptStream(endless(), vault, { chunkBytes: SIZE, signal: stop.signal });
  stream.once('data', () => stop.abort());
  const ended = new Promise((resolve) => stream.once('close', resolve));
  await rejection(all(stream), 'cancelled');
  await ended;
  expect(closed).toBe(3);
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10);
    throw new Error('the disk is gone');
  }
  await expect(all(encryptStream(failing(), vault))).rejects.toThrow('the disk is gone');
  const text = Readable.from(['text']);
  await rejection(all(encryptStream(text as AsyncIterable<Uint8Array>, vault)), 'usage');
});

it('what cannot be kept is refused: contexts, names, sizes of chunks', async () => {
  const vault = memoryVault();
  const refused = (options: object): Promise<unknown> =>
    rejection(all(encryptStream([], vault, options)), 'usage');
  await refused({ context: { 'waxseal:vault': '/acme/prod' } });
  await refused({ context: { 'AWS:x': '1' } });
  await refused({ context: { a: '1', A: '1' } });
  await refused({ context: { a: 'ü' } });
  await refused({ context: { a: 'x'.repeat(257) } });
  await refused({ context: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ''])) });
  await refused({ name: 'a"b' });
  for (const chunkBytes of [0, 1000, 512, 2 ** 21, 1024.5]) await refused({ chunkBytes });
});
