import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Material, RsaSpec } from '../records.ts';
import type { EncryptionContext } from './blob.ts';
import { currentMaterial } from './material.ts';
import { type Key, requireState } from './resolve.ts';

export const rsaSpecs: readonly RsaSpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
export const rsaAlgorithms = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;
export type RsaAlgorithm = (typeof rsaAlgorithms)[number];

const hashes: Readonly<Record<RsaAlgorithm, { readonly name: string; readonly length: number }>> = {
  RSAES_OAEP_SHA_1: { name: 'sha1', length: 20 },
  RSAES_OAEP_SHA_256: { name: 'sha256', length: 32 },
};

const modulusBytes = (spec: RsaSpec): number => Number(spec.slice('RSA_'.length)) / 8;

/** Takes up to seconds for RSA_4096, during which nobody else is served. */
export function newRsaMaterial(spec: RsaSpec, now: number): Material {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: modulusBytes(spec) * 8,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { id: randomBytes(32).toString('hex'), bytes: privateKey.toString('base64'), createdAt: now };
}

/** The public half, DER (SubjectPublicKeyInfo), as GetPublicKey gives it. */
export function publicKeyOf(key: Key): Buffer {
  return createPublicKey(privateKey(key)).export({ type: 'spki', format: 'der' });
}

function privateKey(key: Key): ReturnType<typeof createPrivateKey> {
  const bytes = Buffer.from(currentMaterial(key.family).bytes, 'base64');
  return createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' });
}

const padding = (algorithm: RsaAlgorithm): { readonly padding: number; readonly oaepHash: string } => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: hashes[algorithm].name,
});

/** "An encryption context is supported only on operations with symmetric encryption KMS keys." */
function requireNoContext(context: EncryptionContext): void {
  if (context.size > 0)
    throw new AwsError(
      'ValidationException',
      'EncryptionContext is not supported with an asymmetric KMS key.',
    );
}

export function rsaEncrypt(
  call: Call,
  key: Key,
  spec: RsaSpec,
  plaintext: Buffer,
  context: EncryptionContext,
  algorithm: RsaAlgorithm,
): Buffer {
  requireNoContext(context);
  requireState(call, key, 'Enabled');
  // OAEP (RFC 8017, 7.1.1): the table of Encrypt says 190 bytes for RSA_2048 with SHA-256, and so on.
  const limit = modulusBytes(spec) - 2 * hashes[algorithm].length - 2;
  if (plaintext.length > limit)
    throw new AwsError('ValidationException', `${spec} with ${algorithm} encrypts ${limit} bytes at most.`);
  return publicEncrypt({ key: createPublicKey(privateKey(key)), ...padding(algorithm) }, plaintext);
}

/** @throws AwsError InvalidCiphertextException */
export function rsaDecrypt(
  call: Call,
  key: Key,
  ciphertext: Buffer,
  context: EncryptionContext,
  algorithm: RsaAlgorithm,
): Buffer {
  requireNoContext(context);
  requireState(call, key, 'Enabled');
  try {
    return privateDecrypt({ key: privateKey(key), ...padding(algorithm) }, ciphertext);
  } catch {
    throw new AwsError('InvalidCiphertextException');
  }
}
