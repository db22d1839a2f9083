/** Large secrets made piece by piece: what only somebody with the data key could write. */
import { createCipheriv, createHash } from 'node:crypto';
import { lengthPrefixed } from '../../src/envelope/bytes.ts';
import { deriveMessageKey, type Purpose } from '../../src/envelope/suite.ts';
import type { Asked, Stage, ToyKmsKey } from './independent.ts';

/** A manifest's fields as they stand in the JSON. */
export interface ManifestFields {
  wx: number;
  parts: string;
  salt: string;
  com: string;
}

/** What a vector of a large secret says. */
export interface LargeVector {
  readonly description: string;
  readonly expect: 'opens' | 'malformed' | 'decrypt_failed' | 'large_incomplete';
  readonly stage?: Stage | 'manifest' | 'parts' | 'value';
  readonly asked: Asked;
  readonly kmsKey: ToyKmsKey;
  /** In hexadecimal. */
  readonly dataKey: string;
  /** In base64, where it opens. */
  readonly value?: string;
  /** The text of the secret's own parameter. */
  readonly parameter: string;
  /** The texts of the parameters beside it, by full name. */
  readonly parts: Readonly<Record<string, string>>;
}

/** What the parts are sealed for. */
export interface PartsPlace {
  /** The full name. */
  readonly name: string;
  readonly rev: number;
  readonly dk: string;
}

/** What a seal may do differently from what FORMAT.md says. */
export interface PartsSeal {
  readonly dataKey: Uint8Array;
  /** Commit to this data key and encrypt under the other. */
  readonly committedKey?: Uint8Array;
  /** Derive for another purpose. */
  readonly purpose?: Purpose;
  /** Another first field of the AAD. */
  readonly word?: string;
  /** Bind to another place than the one that it is put in. */
  readonly bound?: Partial<PartsPlace>;
  readonly nonce?: Uint8Array;
  /** Cut the ciphertext into pieces of these sizes; what is left makes none. */
  readonly sizes?: readonly number[];
  /** Spell the parts otherwise. */
  readonly spell?: (texts: readonly string[]) => readonly string[];
}

/** Seals bytes in parts. */
export function sealInParts(
  place: PartsPlace,
  salt: Buffer,
  plaintext: Uint8Array,
  how: PartsSeal,
): { fields: ManifestFields; texts: readonly string[] } {
  const purpose = how.purpose ?? 'large';
  const { commitment } = deriveMessageKey(how.committedKey ?? how.dataKey, salt, purpose);
  const { key } = deriveMessageKey(how.dataKey, salt, purpose);
  const { name, rev, dk } = { ...place, ...how.bound };
  const cipher = createCipheriv('aes-256-gcm', key, how.nonce ?? Buffer.alloc(12));
  cipher.setAAD(
    lengthPrefixed([how.word ?? 'waxseal large', '1', '1', name, String(rev), dk, salt, commitment]),
  );
  const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const sizes = how.sizes ?? Array<number>(Math.ceil(ct.length / 3072)).fill(3072);
  let at = 0;
  const cut = sizes.map((size) => {
    at += size;
    return ct.subarray(at - size, at).toString('base64');
  });
  const texts = how.spell?.(cut) ?? cut;
  const parts = texts.map(partDigest).join(' ');
  const com = Buffer.from(commitment).toString('base64');
  return { fields: { wx: 1, parts, salt: salt.toString('base64'), com }, texts };
}

/** What a manifest calls a part by. */
export function partDigest(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64');
}
