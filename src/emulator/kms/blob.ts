import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { byBytes } from '../paging.ts';
import type { Material } from '../records.ts';

/*
 * A ciphertext blob: magic 5 | version 1 | header length 2 | plaintext length 4 | account 12 | key id 36 |
 * material id 32 | salt 32, all of it authenticated, then nonce 12 | ciphertext | tag 16. The magic is the one
 * that real blobs begin with, and 152 bytes on top make an AES_256 data key's blob 184 bytes long, as AWS's is.
 */
const magic = Buffer.from([0x01, 0x02, 0x02, 0x00, 0x78]);
const headerLength = 124;
const nonceLength = 12;
const tagLength = 16;

export type EncryptionContext = ReadonlyMap<string, string>;

export interface Blob {
  readonly account: string;
  readonly keyId: string;
  readonly materialId: string;
  readonly header: Buffer;
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly body: Buffer;
  readonly tag: Buffer;
}

/** Seals bytes under a material, bound to the key's id and to the encryption context. */
export function sealBlob(
  key: { readonly account: string; readonly keyId: string; readonly material: Material },
  plaintext: Buffer,
  context: EncryptionContext,
): Buffer {
  const salt = randomBytes(32);
  const nonce = randomBytes(nonceLength);
  const lengths = Buffer.alloc(7);
  lengths.writeUInt8(1, 0);
  lengths.writeUInt16BE(headerLength, 1);
  lengths.writeUInt32BE(plaintext.length, 3);
  const names = Buffer.from(key.account.padStart(12, '0') + key.keyId, 'latin1');
  const header = Buffer.concat([magic, lengths, names, Buffer.from(key.material.id, 'hex'), salt]);
  const cipher = createCipheriv('aes-256-gcm', messageKey(key.material, salt), nonce);
  cipher.setAAD(aad(header, context));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Takes a blob apart; undefined where it is none of ours. Nothing is authenticated yet. */
export function parseBlob(bytes: Buffer): Blob | undefined {
  if (bytes.length < headerLength + nonceLength + tagLength) return undefined;
  if (!bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (bytes.readUInt8(5) !== 1 || bytes.readUInt16BE(6) !== headerLength) return undefined;
  if (bytes.readUInt32BE(8) !== bytes.length - headerLength - nonceLength - tagLength) return undefined;
  return {
    account: bytes.toString('latin1', 12, 24),
    keyId: bytes.toString('latin1', 24, 60),
    materialId: bytes.toString('hex', 60, 92),
    header: bytes.subarray(0, headerLength),
    salt: bytes.subarray(92, headerLength),
    nonce: bytes.subarray(headerLength, headerLength + nonceLength),
    body: bytes.subarray(headerLength + nonceLength, bytes.length - tagLength),
    tag: bytes.subarray(bytes.length - tagLength),
  };
}

/** The plaintext, or undefined where blob, material and context do not belong together. */
export function openBlob(blob: Blob, material: Material, context: EncryptionContext): Buffer | undefined {
  const key = messageKey(material, blob.salt);
  const decipher = createDecipheriv('aes-256-gcm', key, blob.nonce, { authTagLength: tagLength });
  decipher.setAAD(aad(blob.header, context));
  decipher.setAuthTag(blob.tag);
  try {
    return Buffer.concat([decipher.update(blob.body), decipher.final()]);
  } catch {
    return undefined;
  }
}

// As KMS does, each message gets a key derived from the material and a random salt.
function messageKey(material: Material, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(material.bytes, 'base64'), salt, 'kms message', 32));
}

// Every part carries its length, so that no two contexts have the same bytes.
function aad(header: Buffer, context: EncryptionContext): Buffer {
  const parts = [header];
  for (const key of [...context.keys()].sort(byBytes)) {
    for (const text of [key, context.get(key) ?? '']) {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      parts.push(length, bytes);
    }
  }
  return Buffer.concat(parts);
}
