/**
 * Streams sealed under a vault's KMS key, for files, rows, uploads: whatever a program keeps elsewhere. What does it is
 * loaded when the first stream runs, so that an application that only reads secrets waits for none of it.
 */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { WaxsealError } from '../errors.ts';
import type { DecryptOptions, EncryptOptions, StreamKey, StreamVault } from './types.ts';

export type { DecryptOptions, EncryptOptions, StreamBinding, StreamKey, StreamVault } from './types.ts';

/** In bytes: what is copied into one piece, since handing out three takes longer. */
const SMALL = 4096;

/** Bytes as they come: from a file, a socket, a request, an array of pieces. */
type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Seals a stream under a data key of its own, or under `key`. A Web stream gives a Web stream, anything else a Node
 * stream. Memory stays constant whatever its length. A piece belongs to the stream once it was given, as with any
 * stream: a source that fills the same buffer again would change what is sealed.
 * @throws WaxsealError by the stream: `usage`, `cancelled`, and what KMS can answer; what the source throws
 */
export function encryptStream(
  source: ReadableStream<Uint8Array>,
  vault: StreamVault,
  options?: EncryptOptions,
): ReadableStream<Uint8Array>;
export function encryptStream(source: Bytes, vault: StreamVault, options?: EncryptOptions): Readable;
export function encryptStream(
  source: ReadableStream<Uint8Array> | Bytes,
  vault: StreamVault,
  options: EncryptOptions = {},
): ReadableStream<Uint8Array> | Readable {
  return sameKind(source, async function* () {
    const { seal } = await loadSealing();
    for await (const parts of seal(pieces(source), vault, options)) {
      const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (length <= SMALL) yield Buffer.concat(parts, length);
      else yield* parts;
    }
  });
}

/**
 * Opens what {@link encryptStream} or `waxseal file encrypt` sealed. Every byte that comes out is authentic and in its
 * place. That it is the whole is known when the stream ends; one that was cut off ends with an error, so nothing may be
 * done with a part that cannot be undone.
 * @throws WaxsealError by the stream: `malformed`, `misplaced`, `foreign_key`, `decrypt_failed`, `usage`, `cancelled`,
 *   and what KMS can answer; what the source throws
 */
export function decryptStream(
  source: ReadableStream<Uint8Array>,
  vault: StreamVault,
  options?: DecryptOptions,
): ReadableStream<Uint8Array>;
export function decryptStream(source: Bytes, vault: StreamVault, options?: DecryptOptions): Readable;
export function decryptStream(
  source: ReadableStream<Uint8Array> | Bytes,
  vault: StreamVault,
  options: DecryptOptions = {},
): ReadableStream<Uint8Array> | Readable {
  return sameKind(source, async function* () {
    const { open } = await loadSealing();
    yield* open(pieces(source), vault, options);
  });
}

/**
 * Has KMS make a data key that serves for many streams, such as all rows of a table: one call instead of one for each.
 * Give each stream a `name` then.
 * @throws WaxsealError `usage`, and what KMS can answer
 */
export async function makeStreamKey(
  vault: StreamVault,
  options: Pick<EncryptOptions, 'context' | 'signal'> = {},
): Promise<StreamKey> {
  const { handOut, makeFileKey } = await import('./keys.ts');
  return handOut(await makeFileKey(vault, options.context, options.signal));
}

/**
 * Has KMS open the data key of something that was sealed, so that it serves for all that it sealed.
 * @param sealed - the beginning of any of it
 * @throws WaxsealError `malformed`, `misplaced`, `foreign_key`, `decrypt_failed`, and what KMS can answer
 */
export async function openStreamKey(
  sealed: Uint8Array,
  vault: StreamVault,
  options: Pick<DecryptOptions, 'context' | 'signal'> = {},
): Promise<StreamKey> {
  const { openKeyOf } = await import('./whole.ts');
  return openKeyOf(sealed, vault, options);
}

let sealing: Promise<typeof import('./seal.ts')> | undefined;

/** Asked for once: an import that was done before still takes a part of what a short stream takes. */
function loadSealing(): Promise<typeof import('./seal.ts')> {
  sealing ??= import('./seal.ts');
  return sealing;
}

function sameKind(
  source: ReadableStream<Uint8Array> | Bytes,
  run: () => AsyncGenerator<Uint8Array>,
): ReadableStream<Uint8Array> | Readable {
  // Asked for only here: an import has Node load all of Web Streams, for which a start would wait.
  if ('getReader' in source) return process.getBuiltinModule('node:stream/web').ReadableStream.from(run());
  return Readable.from(run(), { objectMode: false });
}

async function* pieces(source: ReadableStream<Uint8Array> | Bytes): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    // A stream with an encoding gives text, of which the bytes are not known any more.
    if (!(piece instanceof Uint8Array))
      throw new WaxsealError('usage', 'the stream gives something else than bytes');
    yield piece;
  }
}
