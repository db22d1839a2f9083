/** Entries made field by field, with authentic seals over anything: what only somebody with the data key could write. */
import { createCipheriv, createHash } from 'node:crypto';
import { lengthPrefixed } from '../../src/envelope/bytes.ts';
import { deriveMessageKey, type Purpose } from '../../src/envelope/suite.ts';
import type { ToyKmsKey } from './independent.ts';

/** An entry's fields as they stand in the JSON. */
export interface Fields {
  wx: number;
  suite: number;
  name: string;
  rev: number;
  prev: string;
  dk: string;
  salt: string;
  com: string;
  at: number;
  exp: number;
  fl: string;
  ct: string;
  wk: string;
  kms: string;
  slot: string;
}

/** What a seal may do differently from what FORMAT.md says. */
export interface Seal {
  readonly dataKey: Uint8Array;
  /** Commit to this data key and encrypt under the other. */
  readonly committedKey?: Uint8Array;
  readonly purpose?: Purpose;
  readonly nonce?: Uint8Array;
  /** Put this name into the AAD. */
  readonly aadName?: string;
}

/** Fixed bytes that look random; the same label gives the same bytes. */
export function fixedBytes(label: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(`waxseal vector ${label}`).digest();
}

/** Encrypts `plaintext` under whatever `fields` say, and fills in commitment and ciphertext. */
export function seal(fields: Fields, plaintext: Uint8Array, how: Seal): Fields {
  const salt = Buffer.from(fields.salt, 'base64');
  const purpose = how.purpose ?? 'entry';
  const { commitment } = deriveMessageKey(how.committedKey ?? how.dataKey, salt, purpose);
  const cipher = createCipheriv(
    'aes-256-gcm',
    deriveMessageKey(how.dataKey, salt, purpose).key,
    how.nonce ?? Buffer.alloc(12),
  );
  cipher.setAAD(
    aad({ ...fields, name: how.aadName ?? fields.name, com: Buffer.from(commitment).toString('base64') }),
  );
  const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { ...fields, com: Buffer.from(commitment).toString('base64'), ct: ct.toString('base64') };
}

/** The AAD of an entry as it stands. */
export function aad(fields: Fields): Uint8Array {
  return lengthPrefixed([
    'waxseal entry',
    String(fields.wx),
    String(fields.suite),
    fields.name,
    String(fields.rev),
    Buffer.from(fields.prev, 'base64'),
    fields.dk,
    Buffer.from(fields.salt, 'base64'),
    Buffer.from(fields.com, 'base64'),
    String(fields.at),
    String(fields.exp),
    fields.fl,
  ]);
}

/** The digest that the next revision carries. */
export function digest(fields: Fields): string {
  const bytes = lengthPrefixed([aad(fields), Buffer.from(fields.ct, 'base64')]);
  return createHash('sha256').update(bytes).digest('base64');
}

/** The encryption context of a data key. */
export function contextOf(vault: string, dk: string): Record<string, string> {
  const [generation = '', created = '', random = ''] = dk.split('.');
  return {
    'waxseal:vault': vault,
    'waxseal:generation': generation,
    'waxseal:created': created,
    'waxseal:data-key': random,
  };
}

/** Wraps as the toy KMS of test/vectors/README.md does. */
export function toyWrap(
  kmsKey: ToyKmsKey,
  context: Readonly<Record<string, string>>,
  dataKey: Uint8Array,
  label: string,
): string {
  const nonce = fixedBytes(`nonce ${label}`, 12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(kmsKey.kek, 'hex'), nonce);
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  cipher.setAAD(lengthPrefixed(pairs.flat()));
  const body = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([Buffer.from(kmsKey.id), nonce, body]).toString('base64');
}

/** The same bytes with one bit turned. A negative index counts from the end. */
export function flipBit(base64: string, index: number): string {
  const bytes = Buffer.from(base64, 'base64');
  const at = index < 0 ? bytes.length + index : index;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
}
