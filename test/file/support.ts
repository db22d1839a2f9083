/** Streams without AWS: keys in memory, or the toy KMS of the vectors. */
import { Readable } from 'node:stream';
import { WaxsealError } from '../../src/errors.ts';
import type { StreamVault } from '../../src/index.ts';
import type { KeyWrapper } from '../../src/vault/index.ts';
import { list, Refused, type ToyKmsKey, toyUnwrap } from '../envelope/independent.ts';
import { createWorld, HOME, REPLICA, VAULT, type World } from '../support/world.ts';

/** A vault in two regions in memory. */
export function memoryVault(world: World = createWorld(), path: string = VAULT): StreamVault {
  const regions = [HOME, REPLICA].map((name) => world.aws.region(name, world.kmsKey));
  return { vault: { path }, connection: { regions } };
}

/** A vault whose KMS is the toy of test/vectors/README.md. */
export function toyVault(path: string, kmsKey: ToyKmsKey): StreamVault {
  const refuse = (): never => {
    throw new WaxsealError('denied', 'the toy only opens');
  };
  const keys: KeyWrapper = {
    generate: refuse,
    rewrap: refuse,
    async unwrap(wrappedKey, context) {
      const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
      try {
        const plaintext = Uint8Array.from(toyUnwrap(Buffer.from(wrappedKey), list(...pairs.flat()), kmsKey));
        return { plaintext, kmsKeyId: kmsKey.id };
      } catch (error) {
        if (error instanceof Refused)
          throw new WaxsealError(error.code as 'foreign_key', 'refused by the toy');
        throw error;
      }
    },
  };
  return { vault: { path }, connection: { regions: [{ name: HOME, keys }] } };
}

/** Bytes in pieces of the given sizes, over and over. */
export function inPieces(bytes: Uint8Array, ...sizes: readonly number[]): Readable {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.byteLength; i += 1) {
    const size = sizes[i % sizes.length] ?? bytes.byteLength;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(pieces, { objectMode: true });
}

/** All that comes out. */
export async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** All that comes out, and how it ended. */
export async function outcome(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: Buffer; readonly error: unknown }> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of stream) parts.push(part);
    return { bytes: Buffer.concat(parts), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
}
