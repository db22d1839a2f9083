/** Sealing and opening bytes as they come. Only what is authentic comes out. */
import { randomBytes } from 'node:crypto';
import {
  beginsAsFile,
  type ContextPair,
  checkFilePlace,
  contextPairs,
  createFileOpener,
  createFileSealer,
  cutInHeader,
  encodeFileHeader,
  type FilePlace,
  type FoundHeader,
  formatFileKeyId,
  parseFileDocument,
  parseFileHeader,
  SALT_BYTES,
  TAG_BYTES,
} from '../envelope/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkCancelled } from '../vault/deadline.ts';
import { makeFileKey, type OpenFileKey, openFileKey, takeBack } from './keys.ts';
import { cut } from './pieces.ts';
import type { DecryptOptions, EncryptOptions, StreamVault } from './types.ts';

/** Bytes of plaintext in a chunk unless it is said otherwise: where one more makes nothing faster (bench/file.ts). */
export const CHUNK_BYTES: number = 524_288;

/** In bytes: a document is read whole, so more than that is a mistake. */
export const MAX_DOCUMENT: number = 4 * 1024 * 1024;

/** Bytes that belong behind one another: a chunk, and in front of the first one the header. */
export type Parts = readonly Uint8Array[];

/**
 * Seals what comes.
 * @throws WaxsealError `usage`, `cancelled`, and what KMS can answer; what the source throws
 */
export async function* seal(
  source: AsyncIterable<Uint8Array>,
  from: StreamVault,
  { context, name = '', key, chunkBytes = CHUNK_BYTES, signal }: EncryptOptions,
): AsyncGenerator<Parts> {
  const used =
    key === undefined ? await makeFileKey(from, context, signal) : sharedKey(takeBack(key), from, context);
  const { dataKey, wrapping, vault, context: pairs } = used;
  const sealedAt = Math.floor(Date.now() / 1000);
  const salt = randomBytes(SALT_BYTES);
  const place = { vault, context: pairs, name };
  const sealer = ownUse(key, used, () => createFileSealer({ ...place, dataKey, salt, sealedAt, chunkBytes }));
  let header: Parts = [encodeFileHeader({ core: sealer.core, wrapping })];
  try {
    for await (const { bytes, last } of cut(source, chunkBytes)) {
      checkCancelled(signal);
      yield [...header, ...sealer.seal(bytes, last)];
      header = [];
    }
  } finally {
    sealer.wipe();
  }
}

/**
 * Opens what comes. What it yields is authentic and in its place; that it is the whole is known when it ends without
 * an error, and not before.
 * @throws WaxsealError `malformed`, `misplaced`, `foreign_key`, `decrypt_failed`, `usage`, `cancelled`, and what KMS
 *   can answer; what the source throws
 */
export async function* open(
  source: AsyncIterable<Uint8Array>,
  from: StreamVault,
  { context = {}, name = '', key, signal }: DecryptOptions,
): AsyncGenerator<Uint8Array> {
  const place: FilePlace = { vault: from.vault.path, context: contextPairs(context), name };
  const pieces = source[Symbol.asyncIterator]();
  try {
    const { header, rest } = await readHeader(pieces);
    checkFilePlace(header.core, place);
    const shared = key === undefined ? undefined : takeBack(key);
    const mine = shared !== undefined && key?.id === formatFileKeyId(header.core.dataKeyId);
    const used = mine
      ? sharedKey(shared, from, context)
      : await openFileKey(from, header, place.context, signal);
    const opener = ownUse(mine ? key : undefined, used, () =>
      createFileOpener(header.core, place, used.dataKey.key),
    );
    try {
      for await (const { bytes, last } of cut(rest, header.core.chunkBytes + TAG_BYTES)) {
        checkCancelled(signal);
        const plaintext = opener.open(bytes, last);
        if (plaintext.byteLength > 0) yield plaintext;
      }
    } finally {
      opener.wipe();
    }
  } finally {
    await pieces.return?.();
  }
}

/** The header of a file or document, and its chunks. @throws WaxsealError `malformed` */
export async function readHeader(
  pieces: AsyncIterator<Uint8Array>,
): Promise<{ readonly header: FoundHeader; readonly rest: AsyncIterable<Uint8Array> }> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await pieces.next();
    if (done === true) throw cutInHeader(read);
    read = read.byteLength === 0 ? asBuffer(value) : Buffer.concat([read, value]);
    if (isDocument(read)) return readDocument(read, pieces);
    const header = parseFileHeader(read);
    if (header !== undefined) return { header, rest: behind(read.subarray(header.length), pieces) };
  }
}

/** What is wrong with an endless document. */
export function tooLong(): WaxsealError {
  return new WaxsealError('malformed', 'it is too long for a JSON envelope, and nothing else that is sealed');
}

/** A document begins with a brace, and not as a file does. */
export function isDocument(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && !beginsAsFile(bytes);
}

async function readDocument(
  first: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): Promise<{ header: FoundHeader; rest: AsyncIterable<Uint8Array> }> {
  const all = [first];
  let length = first.byteLength;
  for await (const piece of behind(new Uint8Array(0), pieces)) {
    all.push(piece);
    length += piece.byteLength;
    if (length > MAX_DOCUMENT) throw tooLong();
  }
  const { core, wrapping, chunks } = parseFileDocument(Buffer.concat(all).toString());
  return { header: { core, wrapping, length: 0 }, rest: behind(chunks) };
}

async function* behind(
  first: Uint8Array,
  pieces?: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  if (first.byteLength > 0) yield first;
  while (pieces !== undefined) {
    const { value, done } = await pieces.next();
    if (done === true) return;
    yield value;
  }
}

/** A shared key serves for what it was made for, and nothing else. @throws WaxsealError `usage` */
function sharedKey(
  key: OpenFileKey,
  from: StreamVault,
  context: Readonly<Record<string, string>> | undefined,
): OpenFileKey {
  const same = (pairs: readonly ContextPair[]): boolean =>
    JSON.stringify(pairs) === JSON.stringify(key.context);
  if (key.vault === from.vault.path && (context === undefined || same(contextPairs(context)))) return key;
  throw new WaxsealError('usage', 'the data key was made for another vault or context');
}

/** Uses a data key, and wipes it at once unless it is somebody else's. */
function ownUse<T>(shared: unknown, { dataKey }: OpenFileKey, use: () => T): T {
  try {
    return use();
  } finally {
    if (shared === undefined) dataKey.key.fill(0);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
