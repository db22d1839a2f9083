/**
 * The chunks of a sealed file: AES-256-GCM, the nonce a counter with a mark on the last one, so that a chunk opens in
 * its place alone and nothing can be left out, doubled, exchanged or put behind the end.
 * The construction is STREAM of https://eprint.iacr.org/2015/189.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { WaxsealError } from '../../errors.ts';
import { deriveMessageKey, sameCommitment, TAG_BYTES } from '../suite.ts';
import { checkFilePlace, type FileCore, type FilePlace, fileAad, isChunkSize, isFileName } from './core.ts';
import type { FileKeyId } from './key.ts';

/** A file's data key in the clear, and who it is. */
export interface FileKey {
  readonly id: FileKeyId;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What a file is sealed with. */
export interface FileSealInput extends FilePlace {
  readonly dataKey: FileKey;
  /** 32 fresh random bytes: under one data key no two files may have the same. */
  readonly salt: Uint8Array;
  /** Seconds since 1970, UTC. */
  readonly sealedAt: number;
  /** Bytes of plaintext in a chunk: a power of two from 1,024 to 1,048,576. */
  readonly chunkBytes: number;
}

/** Seals one file, chunk after chunk. */
export interface FileSealer {
  readonly core: FileCore;
  /**
   * Seals the next chunk.
   * @param plaintext - `chunkBytes` of it; the last chunk has at least one byte unless the file has none
   * @returns ciphertext and tag, which stand one behind the other in the file; apart, so that nothing is copied
   */
  seal(plaintext: Uint8Array, last: boolean): readonly [ciphertext: Uint8Array, tag: Uint8Array];
  /** Overwrites the key with zeros. */
  wipe(): void;
}

/** Opens one file, chunk after chunk. */
export interface FileOpener {
  /**
   * Opens the next chunk; what it returns is authentic and in its place.
   * @param sealed - ciphertext and tag
   * @throws WaxsealError `decrypt_failed`
   */
  open(sealed: Uint8Array, last: boolean): Uint8Array;
  /** Overwrites the key with zeros. */
  wipe(): void;
}

/** Begins to seal a file. Pure: the same input gives the same file. */
export function createFileSealer(input: FileSealInput): FileSealer {
  const { vault, context, name, dataKey, sealedAt, chunkBytes } = input;
  if (!isChunkSize(chunkBytes)) throw new WaxsealError('usage', 'chunks cannot have that many bytes');
  if (!isFileName(name)) {
    throw new WaxsealError('usage', 'the name cannot be sealed under', {
      hint: 'up to 256 characters of printable ASCII without \\ and "',
    });
  }
  const salt = Uint8Array.from(input.salt);
  const messageKey = deriveMessageKey(dataKey.key, salt, 'file');
  const { commitment } = messageKey;
  const core: FileCore = {
    vault,
    dataKeyId: dataKey.id,
    context,
    name,
    salt,
    commitment,
    sealedAt,
    chunkBytes,
  };
  const aad = fileAad(core);
  const nextNonce = nonces();
  return {
    core,
    seal(plaintext, last) {
      if (last ? plaintext.byteLength > chunkBytes : plaintext.byteLength !== chunkBytes) {
        throw new TypeError(`a chunk has ${chunkBytes} bytes, got ${plaintext.byteLength}`);
      }
      const cipher = createCipheriv('aes-256-gcm', messageKey.key, nextNonce(last), {
        authTagLength: TAG_BYTES,
      });
      cipher.setAAD(aad);
      const ciphertext = cipher.update(plaintext);
      cipher.final();
      return [ciphertext, cipher.getAuthTag()];
    },
    wipe: messageKey.wipe,
  };
}

/**
 * Begins to open a file that was asked for as `place`.
 * @throws WaxsealError `misplaced` when it says itself that it is another (nothing was decrypted), `decrypt_failed`
 *   when it was sealed under another data key
 */
export function createFileOpener(core: FileCore, place: FilePlace, key: Uint8Array): FileOpener {
  checkFilePlace(core, place);
  const messageKey = deriveMessageKey(key, core.salt, 'file');
  if (!sameCommitment(messageKey.commitment, core.commitment)) {
    messageKey.wipe();
    throw fileBroken();
  }
  const aad = fileAad(core);
  const nextNonce = nonces();
  let first = true;
  return {
    open(sealed, last) {
      const length = sealed.byteLength - TAG_BYTES;
      // An empty chunk stands only for an empty file: each content has one way to be cut into chunks.
      const fits = last ? length >= (first ? 0 : 1) && length <= core.chunkBytes : length === core.chunkBytes;
      if (!fits) throw fileBroken();
      first = false;
      try {
        const decipher = createDecipheriv('aes-256-gcm', messageKey.key, nextNonce(last), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(aad);
        decipher.setAuthTag(sealed.subarray(length));
        const plaintext = decipher.update(sealed.subarray(0, length));
        decipher.final();
        return plaintext;
      } catch (cause) {
        throw fileBroken(cause);
      }
    },
    wipe: messageKey.wipe,
  };
}

/** The one error for all that is not as it was sealed. */
function fileBroken(cause?: unknown): WaxsealError {
  return new WaxsealError(
    'decrypt_failed',
    'it does not decrypt: it was changed, cut off or extended, or sealed under another data key',
    { cause, hint: 'get it again from where it came from, or from a backup' },
  );
}

/** 0, 1, 2 … as 88-bit big-endian numbers, and a byte that is 1 in the last one. */
function nonces(): (last: boolean) => Uint8Array {
  const nonce = Buffer.alloc(12);
  let count = 0;
  let over = false;
  return (last) => {
    if (over) throw new TypeError('the last chunk was there already');
    over = last;
    nonce.writeUInt32BE(Math.floor(count / 2 ** 32), 3);
    nonce.writeUInt32BE(count % 2 ** 32, 7);
    nonce[11] = last ? 1 : 0;
    count += 1;
    return nonce;
  };
}
