import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import { type Field, oneOf, optional } from '../validate.ts';
import type { EncryptionContext } from './blob.ts';
import { decrypt, encryptUnder, type Opened } from './cipher.ts';
import { currentMaterial } from './material.ts';
import { type Key, keyByAnyName } from './resolve.ts';
import { type RsaAlgorithm, rsaDecrypt, rsaEncrypt } from './rsa.ts';

export type Algorithm = 'SYMMETRIC_DEFAULT' | RsaAlgorithm | 'SM2PKE';

export const algorithmField: Field<Algorithm | undefined> = optional(
  oneOf('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'),
);

/** "The default value, SYMMETRIC_DEFAULT, represents the algorithm used for symmetric encryption KMS keys." */
const standard: Algorithm = 'SYMMETRIC_DEFAULT';

const isRsa = (algorithm: Algorithm): algorithm is RsaAlgorithm => algorithm.startsWith('RSAES_');

/** @throws AwsError InvalidKeyUsageException where algorithm and key do not belong together. */
export function requireAlgorithm(key: Key, algorithm: Algorithm): void {
  const fits = key.family.spec === undefined ? algorithm === standard : isRsa(algorithm);
  if (fits) return;
  const spec = key.family.spec ?? standard;
  throw new AwsError('InvalidKeyUsageException', `the algorithm ${algorithm} is not one of a ${spec} key`);
}

/** "Decrypt", "ReEncrypt": KeyMaterialId is there for symmetric encryption keys only. */
export function materialIdOf(key: Key): string | undefined {
  return key.family.spec === undefined ? currentMaterial(key.family).id : undefined;
}

/** Encrypts under any key for the algorithm that the request names, or the default one. */
export function encryptWith(
  call: Call,
  key: Key,
  plaintext: Buffer,
  context: EncryptionContext,
  algorithm: Algorithm = standard,
): Buffer {
  requireAlgorithm(key, algorithm);
  const { spec } = key.family;
  if (spec === undefined || !isRsa(algorithm)) return encryptUnder(call, key, plaintext, context);
  return rsaEncrypt(call, key, spec, plaintext, context, algorithm);
}

/** What was opened; an RSA key has no material id to tell. */
export type OpenedBy = Omit<Opened, 'materialId'> & { readonly materialId?: string };

export function decryptWith(
  call: Call,
  ciphertext: Buffer,
  context: EncryptionContext,
  keyId: string | undefined,
  algorithm: Algorithm = standard,
): OpenedBy {
  if (!isRsa(algorithm)) {
    if (keyId !== undefined) requireAlgorithm(keyByAnyName(call, keyId), algorithm);
    else if (algorithm !== standard)
      throw new AwsError('InvalidKeyUsageException', `no key here is for the algorithm ${algorithm}`);
    return decrypt(call, ciphertext, context, keyId);
  }
  // "This parameter is required only when the ciphertext was encrypted under an asymmetric KMS key."
  if (keyId === undefined)
    throw new AwsError('ValidationException', 'The key ID is required for an asymmetric algorithm.');
  const key = keyByAnyName(call, keyId);
  requireAlgorithm(key, algorithm);
  return { key, plaintext: rsaDecrypt(call, key, ciphertext, context, algorithm) };
}
