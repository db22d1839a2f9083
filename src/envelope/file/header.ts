/**
 * What stands in front of a sealed file: a line that says how its data key is wrapped, which may be replaced, and a
 * line that is bound to every chunk behind it. docs/FORMAT.md, "Files", specifies every byte.
 */
import { WaxsealError } from '../../errors.ts';
import { decodeBase64, encodeBase64, lengthPrefixed } from '../bytes.ts';
import { expectExactly, type FlatFields, parseFlat } from '../json.ts';
import { COMMITMENT_BYTES, SALT_BYTES, SUITE } from '../suite.ts';
import { type ContextPair, type FileKeyId, formatFileKeyId, parseFileKeyId, readPairs } from './key.ts';

/** What a file is bound to: all of it stands in the additional data of each chunk. */
export interface FileCore {
  /** The path of the vault whose KMS key wraps the data key. */
  readonly vault: string;
  readonly dataKeyId: FileKeyId;
  /** What the user bound the data key to, by the bytes of the keys; KMS checks it. */
  readonly context: readonly ContextPair[];
  /** What it was sealed as, where one data key serves for many; may be empty. */
  readonly name: string;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  /** Seconds since 1970, UTC, by the writer's clock. */
  readonly sealedAt: number;
  /** Bytes of plaintext in each chunk but the last. */
  readonly chunkBytes: number;
}

/** How a file's data key is wrapped: nothing that a chunk is bound to. */
export interface FileWrapping {
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key that wrapped it. */
  readonly kmsKeyId: string;
}

/** The whole header. */
export interface FileHeader {
  readonly core: FileCore;
  readonly wrapping: FileWrapping;
}

/** A header as it was found in front of a file. */
export interface FoundHeader extends FileHeader {
  /** Bytes of the header; the first chunk stands behind them. */
  readonly length: number;
}

/** What somebody expects of a file: compared before anything is decrypted. */
export interface FilePlace {
  readonly vault: string;
  readonly context: readonly ContextPair[];
  readonly name: string;
}

/** The wrapping's line is a multiple of so many bytes: a disk writes them at once, whatever happens meanwhile. */
export const BLOCK_BYTES = 512;
/** The most bytes of the two lines. */
const MAX_WRAPPING = 8192;
const MAX_CORE = 16_384;

/** The least and most bytes of plaintext in a chunk; a power of two in between. */
const MIN_CHUNK = 1024;
const MAX_CHUNK = 1_048_576;

const VERSION = 1;
const LINE_FEED = 0x0a;
const WRAPPING_FIELDS = ['wx', 'is', 'wk', 'kms'] as const;
/** The fields of the core in their order. */
export const CORE_FIELDS = ['suite', 'vault', 'dk', 'ctx', 'as', 'salt', 'com', 'at', 'size'] as const;
/** How every sealed file begins. */
const BEGINNING = Buffer.from(`{"wx":${VERSION},"is":"file",`);

const VAULT = /^(?=.{2,256}$)(?:\/[A-Za-z0-9_-]+)+$/;
const KMS_KEY = /^[A-Za-z0-9-]{1,64}$/;
const NAME = /^[ !#-[\]-~]{0,256}$/;

/** Whether bytes begin as a sealed file does, as far as they go. */
export function beginsAsFile(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.byteLength, BEGINNING.byteLength);
  return BEGINNING.subarray(0, length).equals(bytes.subarray(0, length));
}

/** The line of the wrapping, padded with spaces. */
export function encodeFileWrapping({ wrappedKey, kmsKeyId }: FileWrapping): Uint8Array {
  const text = JSON.stringify({ wx: VERSION, is: 'file', wk: encodeBase64(wrappedKey), kms: kmsKeyId });
  const length = Math.ceil((text.length + 1) / BLOCK_BYTES) * BLOCK_BYTES;
  return Buffer.from(`${text.padEnd(length - 1)}\n`);
}

/** The one spelling of a header. */
export function encodeFileHeader({ core, wrapping }: FileHeader): Uint8Array {
  return Buffer.concat([encodeFileWrapping(wrapping), Buffer.from(`${encodeCore(core)}\n`)]);
}

/**
 * Reads the header in front of a file; nothing of it is trusted yet.
 * @param bytes - the beginning of a file, as far as it was read
 * @returns undefined while more bytes are needed
 * @throws WaxsealError `malformed`
 */
export function parseFileHeader(bytes: Uint8Array): FoundHeader | undefined {
  if (!beginsAsFile(bytes)) throw notSealed(bytes);
  const first = lineEnd(bytes, 0, MAX_WRAPPING);
  if (first === undefined) return undefined;
  const second = lineEnd(bytes, first, MAX_CORE);
  if (second === undefined) return undefined;
  const wrapping = parseWrapping(asText(bytes.subarray(0, first)));
  const text = asText(bytes.subarray(first, second - 1));
  const core = readCore(parseFlat(text, CORE_FIELDS));
  expectExactly(text, encodeCore(core));
  return { core, wrapping, length: second };
}

/** What is wrong with a file that ends within its header. */
export function cutInHeader(bytes: Uint8Array): WaxsealError {
  return bytes.byteLength < BEGINNING.byteLength ? notSealed(bytes) : malformed('ends within its header');
}

/**
 * Whether a file claims to be what was asked for. It may claim what it likes: only KMS and its chunks prove that.
 * @throws WaxsealError `misplaced`
 */
export function checkFilePlace(core: FileCore, { vault, context, name }: FilePlace): void {
  const refuse = (message: string, hint: string): never => {
    throw new WaxsealError('misplaced', message, { hint });
  };
  if (core.vault !== vault) {
    refuse('it was sealed for another vault', `it says ${core.vault}: open it with that one if you meant it`);
  }
  if (JSON.stringify(core.context) !== JSON.stringify(context)) {
    refuse(
      'it was sealed with another context than the one that was given',
      'give each pair that it was sealed with, and no other; "waxseal file inspect" shows what it says',
    );
  }
  if (core.name !== name)
    refuse('it was sealed under another name', 'somebody put it in the place of another');
}

/** What every chunk is bound to. */
export function fileAad(core: FileCore): Uint8Array {
  return lengthPrefixed(['waxseal file', encodeCore(core)]);
}

/** Reads the core's fields, also where they stand in a document among others. @throws WaxsealError `malformed` */
export function readCore(fields: FlatFields): FileCore {
  if (fields.number('suite') !== SUITE) throw malformed('is of a suite that is not known');
  const core: FileCore = {
    vault: fields.string('vault', VAULT),
    dataKeyId: parseFileKeyId(fields.string('dk')),
    context: readPairs(fields.value('ctx')),
    name: fields.string('as', NAME),
    salt: decodeBase64(fields.string('salt'), 'salt'),
    commitment: decodeBase64(fields.string('com'), 'com'),
    sealedAt: fields.number('at'),
    chunkBytes: fields.number('size'),
  };
  if (core.salt.byteLength !== SALT_BYTES) throw malformed(`has a salt that is not ${SALT_BYTES} bytes`);
  if (core.commitment.byteLength !== COMMITMENT_BYTES) {
    throw malformed(`has a commitment that is not ${COMMITMENT_BYTES} bytes`);
  }
  if (!isChunkSize(core.chunkBytes)) throw malformed('has chunks of a size that is not allowed');
  return core;
}

/** Reads the wrapping's fields. @throws WaxsealError `malformed` */
export function readWrapping(fields: FlatFields): FileWrapping {
  const wrapping = {
    wrappedKey: decodeBase64(fields.string('wk'), 'wk'),
    kmsKeyId: fields.string('kms', KMS_KEY),
  };
  if (wrapping.wrappedKey.byteLength === 0) throw malformed('has no wrapped key');
  return wrapping;
}

/** Whether a name can be sealed under: printable ASCII without `"` and `\`, 256 characters at most. */
export function isFileName(name: string): boolean {
  return NAME.test(name);
}

/** Whether chunks may have so many bytes. */
export function isChunkSize(bytes: number): boolean {
  return bytes >= MIN_CHUNK && bytes <= MAX_CHUNK && Number.isInteger(Math.log2(bytes));
}

function encodeCore(core: FileCore): string {
  return JSON.stringify({
    suite: SUITE,
    vault: core.vault,
    dk: formatFileKeyId(core.dataKeyId),
    ctx: core.context,
    as: core.name,
    salt: encodeBase64(core.salt),
    com: encodeBase64(core.commitment),
    at: core.sealedAt,
    size: core.chunkBytes,
  });
}

function parseWrapping(line: string): FileWrapping {
  const fields = parseFlat(line, WRAPPING_FIELDS);
  const wrapping = readWrapping(fields);
  expectExactly(line, asText(encodeFileWrapping(wrapping)));
  return wrapping;
}

/** Where the line that begins at `from` ends, its line feed included; undefined when that was not read yet. */
function lineEnd(bytes: Uint8Array, from: number, most: number): number | undefined {
  const at = bytes.subarray(from, from + most).indexOf(LINE_FEED);
  if (at >= 0) return from + at + 1;
  if (bytes.byteLength - from >= most) throw malformed('has a header without an end');
  return undefined;
}

/** Each byte a character, so that no byte is read as another. */
function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function notSealed(bytes: Uint8Array): WaxsealError {
  const version = /^\{"wx":(\d+),"is":"file",/.exec(asText(bytes.subarray(0, 64)))?.[1];
  if (version === undefined) return malformed('is not a sealed file');
  return malformed('is of a version that is not known; a newer waxseal may read it');
}

function malformed(what: string): WaxsealError {
  return new WaxsealError('malformed', `it ${what}`, {
    hint: 'only what "waxseal file encrypt" or encryptStream made can be opened',
  });
}
