/** What is done with a header, or with a small file as a whole. */
import {
  checkFilePlace,
  contextPairs,
  cutInHeader,
  encodeFileDocument,
  type FoundHeader,
  formatFileKeyId,
  parseFileDocument,
  parseFileHeader,
  TAG_BYTES,
} from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { handOut, openFileKey } from './keys.ts';
import { isDocument, MAX_DOCUMENT, readHeader, seal, tooLong } from './seal.ts';
import type { DecryptOptions, EncryptOptions, StreamKey, StreamVault } from './types.ts';

/** What a sealed file says of itself. */
export interface FileLook {
  readonly kind: 'file' | 'envelope';
  readonly vault: string;
  readonly context: Readonly<Record<string, string>>;
  readonly name: string;
  readonly dataKeyId: string;
  readonly kmsKeyId: string;
  /** Seconds since 1970, UTC. */
  readonly sealedAt: number;
  readonly chunkBytes: number;
  /** Bytes of a chunk with its tag. */
  readonly recordBytes: number;
  /** Bytes in front of the first chunk; 0 in an envelope. */
  readonly headerBytes: number;
  /** Bytes of the chunks with their tags, where they stand in it: in an envelope. */
  readonly sealedBytes: number | undefined;
}

/** A header has no more bytes than that. */
const MAX_HEADER = 24_576;

/** A header with what it was read from. */
interface FoundWhole {
  readonly header: FoundHeader;
  /** The chunks, where they stand in it: in a document. */
  readonly chunks: Uint8Array | undefined;
  /** As many bytes as were read: a document's are all of it. */
  readonly bytes: Uint8Array;
}

/**
 * Reads the header of a file, or a whole document; nothing of it is proven.
 * @param read - gives so many bytes of its beginning, or fewer where there are no more
 * @throws WaxsealError `malformed`
 */
export async function readWhole(read: (length: number) => Promise<Uint8Array>): Promise<FoundWhole> {
  const bytes = await read(MAX_HEADER);
  if (!isDocument(bytes)) {
    const header = parseFileHeader(bytes);
    if (header === undefined) throw cutInHeader(bytes);
    return { header, chunks: undefined, bytes };
  }
  const all = await read(MAX_DOCUMENT + 1);
  if (all.byteLength > MAX_DOCUMENT) throw tooLong();
  const { core, wrapping, chunks } = parseFileDocument(Buffer.from(all).toString());
  return { header: { core, wrapping, length: 0 }, chunks, bytes: all };
}

/** Reads what a file says of itself, as {@link readWhole} does. */
export async function lookAt(read: (length: number) => Promise<Uint8Array>): Promise<FileLook> {
  const { header, chunks } = await readWhole(read);
  return describe(header, chunks === undefined ? 'file' : 'envelope', chunks?.byteLength);
}

/** Whether it is a sealed file, or a document, by its beginning. @param read - as {@link readWhole} takes it */
export async function isSealed(read: (length: number) => Promise<Uint8Array>): Promise<boolean> {
  try {
    await readWhole(read);
    return true;
  } catch (error) {
    if (isWaxsealError(error, 'malformed')) return false;
    throw error;
  }
}

/** How many bytes are sealed in a file of so many. */
export function plaintextBytes({ headerBytes, sealedBytes, recordBytes }: FileLook, size: number): number {
  const sealed = sealedBytes ?? size - headerBytes;
  return Math.max(0, sealed - Math.ceil(sealed / recordBytes) * TAG_BYTES);
}

/** Opens the data key that stands in front of something sealed. */
export async function openKeyOf(
  sealed: Uint8Array,
  vault: StreamVault,
  { context = {}, signal }: Pick<DecryptOptions, 'context' | 'signal'>,
): Promise<StreamKey> {
  const { header } = await readHeader(only(sealed));
  const pairs = contextPairs(context);
  // Which name it was sealed under is the affair of whoever opens it.
  checkFilePlace(header.core, { vault: vault.vault.path, context: pairs, name: header.core.name });
  return handOut(await openFileKey(vault, header, pairs, signal));
}

/** Seals a value as one JSON document. @throws WaxsealError as `seal` does */
export async function sealDocument(
  value: Uint8Array,
  vault: StreamVault,
  options: EncryptOptions,
): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const some of seal(only(value), vault, options)) parts.push(...some);
  const [first = new Uint8Array(0), ...chunks] = parts;
  const header = parseFileHeader(first);
  if (header === undefined) throw new WaxsealError('unexpected', 'nothing was sealed');
  const { core, wrapping } = header;
  return encodeFileDocument({ core, wrapping, chunks: Buffer.concat(chunks) });
}

function describe(
  { core, wrapping, length }: FoundHeader,
  kind: FileLook['kind'],
  sealedBytes: number | undefined,
): FileLook {
  return {
    kind,
    vault: core.vault,
    context: Object.fromEntries(core.context),
    name: core.name,
    dataKeyId: formatFileKeyId(core.dataKeyId),
    kmsKeyId: wrapping.kmsKeyId,
    sealedAt: core.sealedAt,
    chunkBytes: core.chunkBytes,
    recordBytes: core.chunkBytes + TAG_BYTES,
    headerBytes: length,
    sealedBytes,
  };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
