/**
 * The one cryptographic suite: HKDF-SHA512 to a key and a commitment, AES-256-GCM under the key.
 * Sources: RFC 5869; NIST SP 800-38D; on why a commitment, https://eprint.iacr.org/2020/1153.
 */
import { createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from 'node:crypto';
import { WaxsealError } from '../errors.ts';
import { lengthPrefixed } from './bytes.ts';

/** The suite's number in the format. */
export const SUITE = 1;
/** Bytes of a data key. */
export const DATA_KEY_BYTES = 32;
/** Bytes of a salt. Fresh for each message, which is what lets the nonce be constant. */
export const SALT_BYTES = 32;
/** Bytes of a commitment. */
export const COMMITMENT_BYTES = 32;
/** Bytes of an authentication tag. */
export const TAG_BYTES = 16;

/** What a message is for; keys of one purpose never serve another. */
export type Purpose = 'entry' | 'release' | 'large' | 'file' | 'report';

/** Each derived key encrypts exactly one message, so the nonce has nothing to tell apart. */
const NONCE = new Uint8Array(12);

/** The key and the commitment of one message. `wipe` zeroes the key. */
export interface MessageKey {
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
  wipe(): void;
}

/**
 * Derives a message's key and commitment, in one HKDF expansion of 64 bytes.
 * @param dataKey - 32 bytes
 * @param salt - 32 bytes, fresh for each message
 */
export function deriveMessageKey(dataKey: Uint8Array, salt: Uint8Array, purpose: Purpose): MessageKey {
  expectLength('data key', dataKey, DATA_KEY_BYTES);
  expectLength('salt', salt, SALT_BYTES);
  const info = lengthPrefixed(['waxseal', String(SUITE), purpose]);
  const okm = new Uint8Array(hkdfSync('sha512', dataKey, salt, info, 32 + COMMITMENT_BYTES));
  const key = okm.subarray(0, 32);
  return { key, commitment: okm.slice(32), wipe: () => okm.fill(0) };
}

/** AES-256-GCM; the tag of 16 bytes stands behind the ciphertext. */
export function encrypt(key: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, NONCE, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  return Uint8Array.from(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

/** Undoes {@link encrypt}. @throws WaxsealError `decrypt_failed` */
export function decrypt(key: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    const body = ciphertext.subarray(0, -TAG_BYTES);
    // Without authTagLength Node takes a tag of four bytes for a whole one.
    const decipher = createDecipheriv('aes-256-gcm', key, NONCE, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES));
    const opened = decipher.update(body);
    const plaintext = new Uint8Array(opened);
    opened.fill(0);
    decipher.final();
    return plaintext;
  } catch (cause) {
    throw decryptFailed(cause);
  }
}

/** Whether two commitments are the same, in constant time. */
export function sameCommitment(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** The one error for tag, commitment, AAD and data key: telling them apart would help only an attacker. */
export function decryptFailed(cause?: unknown): WaxsealError {
  return new WaxsealError(
    'decrypt_failed',
    'what is stored does not decrypt: it was changed, or sealed for another place',
    {
      cause,
      hint: 'compare with "waxseal history"; setting the secret again puts a good revision on top',
    },
  );
}

function expectLength(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== length) {
    throw new TypeError(
      `"${what}" expected Uint8Array of length ${length}, got ${bytes?.byteLength ?? typeof bytes}`,
    );
  }
}
