/** One way of getting a file from here to there, in a process of its own: prints how long it took and what it held. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { openInput } from '../../cli/file/input.ts';
import { writeWhole } from '../../cli/file/output.ts';
import { open, seal } from '../../src/file/seal.ts';
import type { StreamVault } from '../../src/file/types.ts';
import { lookAt } from '../../src/file/whole.ts';
import type { KeyWrapper } from '../../src/vault/index.ts';

const [way = '', from = '', to = '', chunk = '524288'] = process.argv.slice(2);
const size = Number(chunk);
const key = Buffer.alloc(32, 7);

const none = (): never => {
  throw new Error('not asked for');
};
/** A KMS that costs nothing. */
const keys: KeyWrapper = {
  generate: async () => ({
    plaintext: Uint8Array.from(key),
    kmsKeyId: 'mrk-1',
    wrappedKey: Buffer.alloc(184, 1),
  }),
  unwrap: async () => ({ plaintext: Uint8Array.from(key), kmsKeyId: 'mrk-1' }),
  rewrap: none,
};
const vault: StreamVault = {
  vault: { path: '/acme/bench' },
  connection: { regions: [{ name: 'us-east-1', keys }] },
};
const context = { cwd: '/', stdin: process.stdin } as unknown as Parameters<typeof openInput>[0];
const { signal } = new AbortController();

async function sealed(): Promise<void> {
  const input = await openInput(context, from, signal);
  const how = { overwrite: true, like: input.stats, ready: input.checkUnchanged };
  await writeWhole(to, how, async (take) => {
    for await (const parts of seal(
      input.pieces(size, 0, () => {}),
      vault,
      { chunkBytes: size },
    ))
      await take(parts);
  });
  await input.close();
}

async function opened(): Promise<void> {
  const input = await openInput(context, from, signal);
  const { headerBytes, recordBytes } = await lookAt(input.beginning ?? none);
  const how = { overwrite: true, like: input.stats, ready: input.checkUnchanged };
  await writeWhole(to, how, async (take) => {
    for await (const part of open(
      input.pieces(recordBytes, headerBytes, () => {}),
      vault,
      {},
    ))
      await take([part]);
  });
  await input.close();
}

type Cipher = { update(bytes: Uint8Array): Uint8Array };

/** One cipher over all of it: no chunks, no authenticity before the end, no safe place. */
function plainSync(cipher: Cipher): void {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w')];
  const buffer = Buffer.allocUnsafeSlow(size);
  for (;;) {
    const read = readSync(source, buffer);
    if (read === 0) break;
    writeSync(target, cipher.update(buffer.subarray(0, read)));
  }
  fsyncSync(target);
  closeSync(target);
}

/** The same, reading and writing while it works. */
async function plainAsync(cipher: Cipher): Promise<void> {
  const [source, target] = await Promise.all([openFile(from, 'r'), openFile(to, 'w')]);
  const ring = [0, 1, 2].map(() => Buffer.allocUnsafeSlow(size));
  let turn = 0;
  let at = 0;
  let written = 0;
  const next = (handle: FileHandle): Promise<{ bytesRead: number; buffer: Buffer }> =>
    handle.read(ring[turn++ % 3] ?? Buffer.alloc(size), 0, size, at);
  const underWay = new Set<Promise<unknown>>();
  let ahead = next(source);
  for (;;) {
    const { bytesRead, buffer } = await ahead;
    if (bytesRead === 0) break;
    at += bytesRead;
    ahead = next(source);
    const bytes = cipher.update(buffer.subarray(0, bytesRead));
    const writing: Promise<unknown> = target
      .write(bytes, 0, bytes.byteLength, written)
      .finally(() => underWay.delete(writing));
    written += bytes.byteLength;
    underWay.add(writing);
    if (underWay.size >= 4) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  await target.sync();
  await target.close();
}

const encipher = (): Cipher => createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
const decipher = (): Cipher => createDecipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
const ways: Readonly<Record<string, () => Promise<void> | void>> = {
  bare: () => {},
  seal: sealed,
  open: opened,
  'plain-sync': () => plainSync(encipher()),
  'plain-async': () => plainAsync(encipher()),
  'plain-sync-open': () => plainSync(decipher()),
  'plain-async-open': () => plainAsync(decipher()),
};
const before = process.cpuUsage();
const started = performance.now();
await (ways[way] ?? none)();
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({ ms, cpu: (user + system) / 1000, rss: process.resourceUsage().maxRSS }),
);
