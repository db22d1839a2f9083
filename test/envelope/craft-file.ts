/** Sealed files made byte by byte: what only somebody with the data key could write. */
import { createCipheriv } from 'node:crypto';
import { lengthPrefixed } from '../../src/envelope/bytes.ts';
import { deriveMessageKey, type Purpose } from '../../src/envelope/suite.ts';
import type { ToyKmsKey } from './independent.ts';

/** The bound line's fields as they stand in the JSON. */
export interface FileFields {
  suite: number;
  vault: string;
  dk: string;
  ctx: readonly (readonly [string, string])[];
  as: string;
  salt: string;
  com: string;
  at: number;
  size: number;
}

/** What a vector of a file says. */
export interface FileVector {
  readonly description: string;
  readonly expect: 'opens' | 'malformed' | 'misplaced' | 'foreign_key' | 'decrypt_failed';
  readonly stage?: 'parse' | 'place' | 'unwrap' | 'open';
  readonly asked: {
    readonly vault: string;
    readonly context: Readonly<Record<string, string>>;
    readonly as: string;
  };
  readonly kmsKey: ToyKmsKey;
  /** In hexadecimal. */
  readonly dataKey: string;
  /** In base64, where it opens. */
  readonly value?: string;
  /** Bytes to keep, from and to (included): each number in between is a case of its own. */
  readonly cuts?: readonly [from: number, to: number];
  /** In base64. */
  readonly file: string;
}

/** What a seal may do differently from what FORMAT.md says. */
export interface FileSeal {
  readonly dataKey: Uint8Array;
  /** Commit to this data key and encrypt under the other. */
  readonly committedKey?: Uint8Array;
  readonly purpose?: Purpose;
  /** Counts from here. */
  readonly first?: number;
  /** Marks the last chunk as one that others follow, or every chunk as the last. */
  readonly marks?: 'none' | 'all';
  /** Cuts the plaintext into chunks of these sizes. */
  readonly sizes?: readonly number[];
  /** Binds the chunks to a line that differs in these. */
  readonly bound?: Partial<FileFields>;
}

/** The encryption context of a file's data key. */
export function fileContextOf(
  vault: string,
  dk: string,
  context: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [created = '', random = ''] = dk.split('.');
  return {
    ...context,
    'waxseal:vault': vault,
    'waxseal:purpose': 'file',
    'waxseal:created': created,
    'waxseal:data-key': random,
  };
}

/** Fills in the commitment and seals each chunk. */
export function sealFile(
  fields: FileFields,
  plaintext: Uint8Array,
  how: FileSeal,
): { fields: FileFields; chunks: Buffer[] } {
  const salt = Buffer.from(fields.salt, 'base64');
  const purpose = how.purpose ?? 'file';
  const { commitment } = deriveMessageKey(how.committedKey ?? how.dataKey, salt, purpose);
  const whole = { ...fields, com: Buffer.from(commitment).toString('base64') };
  const aad = lengthPrefixed(['waxseal file', JSON.stringify({ ...whole, ...how.bound })]);
  const { key } = deriveMessageKey(how.dataKey, salt, purpose);
  const sizes = how.sizes ?? cutSizes(plaintext.byteLength, fields.size);
  let at = 0;
  const chunks = sizes.map((size, i) => {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE((how.first ?? 0) + i, 7);
    const last = how.marks === undefined ? i === sizes.length - 1 : how.marks === 'all';
    nonce[11] = last ? 1 : 0;
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    const body = cipher.update(plaintext.subarray(at, at + size));
    at += size;
    return Buffer.concat([body, cipher.final(), cipher.getAuthTag()]);
  });
  return { fields: whole, chunks };
}

/** The wrapping's line. */
export function wrappingLine(wk: string, kms: string, more: object = {}): Buffer {
  const text = JSON.stringify({ wx: 1, is: 'file', wk, kms, ...more });
  return Buffer.from(`${text.padEnd(Math.ceil((text.length + 1) / 512) * 512 - 1)}\n`);
}

function cutSizes(length: number, size: number): number[] {
  const count = Math.max(1, Math.ceil(length / size));
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}
