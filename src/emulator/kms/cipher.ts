import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import { type EncryptionContext, openBlob, parseBlob, sealBlob } from './blob.ts';
import { currentMaterial } from './material.ts';
import { type Key, keyByAnyName, keyById, requireState } from './resolve.ts';

/**
 * Encrypts under the current material of an enabled key: data keys, SecureStrings, and Encrypt by default.
 * @throws AwsError InvalidKeyUsageException for an asymmetric key, besides those of the key's state
 */
export function encryptUnder(call: Call, key: Key, plaintext: Buffer, context: EncryptionContext): Buffer {
  // "You cannot use an asymmetric KMS key to encrypt data keys" (GenerateDataKey); SecureStrings say the same.
  if (key.family.spec !== undefined)
    throw new AwsError('InvalidKeyUsageException', `${key.arn} is not a symmetric encryption KMS key.`);
  requireState(call, key, 'Enabled');
  const material = currentMaterial(key.family);
  return sealBlob({ account: call.account, keyId: key.family.id, material }, plaintext, context);
}

export interface Opened {
  readonly key: Key;
  readonly plaintext: Buffer;
  readonly materialId: string;
}

/**
 * Decrypts with the key that the blob names, in the region of the call.
 * @param keyId the key that it must be, if the caller says one
 * @throws AwsError InvalidCiphertextException, IncorrectKeyException, AccessDeniedException and those of the key
 */
export function decrypt(
  call: Call,
  ciphertext: Buffer,
  context: EncryptionContext,
  keyId: string | undefined,
): Opened {
  const asked = keyId === undefined ? undefined : keyByAnyName(call, keyId);
  const blob = parseBlob(ciphertext);
  if (blob === undefined) throw new AwsError('InvalidCiphertextException');
  if (asked !== undefined && asked.record.id !== blob.keyId)
    throw new AwsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  if (asked === undefined && call.tx.get('key', call.region, blob.keyId) === undefined)
    // AWS does not tell which of the three it is.
    throw new AwsError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    );
  const key = asked ?? keyById(call, blob.keyId);
  requireState(call, key, 'Enabled');
  const material = key.family.materials.find(({ id }) => id === blob.materialId);
  const plaintext =
    material === undefined || blob.account !== call.account ? undefined : openBlob(blob, material, context);
  if (plaintext === undefined) throw new AwsError('InvalidCiphertextException');
  return { key, plaintext, materialId: blob.materialId };
}
