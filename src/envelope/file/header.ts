/**
 * What stands in front of a sealed file: a line that says how its data key is wrapped, which may be replaced, and a
 * line that is bound to every chunk behind it. docs/FORMAT.md, "Files", specifies every byte.
 */
import type { WaxsealError } from '../../errors.ts';
import { decodeBase64, encodeBase64 } from '../bytes.ts';
import { expectExactly, type FlatFields, parseFlat } from '../json.ts';
import { CORE_FIELDS, encodeCore, type FileCore, malformed, readCore } from './core.ts';

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

/** The wrapping's line is a multiple of so many bytes: a disk writes them at once, whatever happens meanwhile. */
export const BLOCK_BYTES = 512;
/** The most bytes of the two lines. */
const MAX_WRAPPING = 8192;
const MAX_CORE = 16_384;

const VERSION = 1;
const LINE_FEED = 0x0a;
const WRAPPING_FIELDS = ['wx', 'is', 'wk', 'kms'] as const;
/** How every sealed file begins. */
const BEGINNING = Buffer.from(`{"wx":${VERSION},"is":"file",`);

const KMS_KEY = /^[A-Za-z0-9-]{1,64}$/;

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

/** Reads the wrapping's fields. @throws WaxsealError `malformed` */
export function readWrapping(fields: FlatFields): FileWrapping {
  const wrapping = {
    wrappedKey: decodeBase64(fields.string('wk'), 'wk'),
    kmsKeyId: fields.string('kms', KMS_KEY),
  };
  if (wrapping.wrappedKey.byteLength === 0) throw malformed('has no wrapped key');
  return wrapping;
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
