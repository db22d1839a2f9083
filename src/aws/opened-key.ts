/** A data key as KMS gave it, and whether it was the vault's KMS key that did. */
import { WaxsealError } from '../errors.ts';
import type { UnwrappedKey } from '../vault/index.ts';
import { bareKeyId, namesKey } from './arn.ts';

/** What KMS says after it made or opened a data key. */
export interface KmsAnswer {
  /** Wiped by whoever takes it. */
  readonly Plaintext?: Uint8Array | undefined;
  /** The ARN of the KMS key that did it. */
  readonly KeyId?: string | undefined;
  /** The id of that key's material that did it. */
  readonly KeyMaterialId?: string | undefined;
}

/**
 * The data key out of KMS's answer.
 * @param asked - the alias, id or ARN that the call named
 * @throws WaxsealError `foreign_key` when another KMS key answered, or no key at all
 */
export function openedKey(asked: string, region: string, answer: KmsAnswer): UnwrappedKey {
  const { Plaintext: plaintext, KeyId = '', KeyMaterialId: kmsKeyMaterialId } = answer;
  const kmsKeyId = bareKeyId(KeyId);
  if (plaintext === undefined || kmsKeyId === '' || (namesKey(asked) && bareKeyId(asked) !== kmsKeyId)) {
    plaintext?.fill(0);
    throw new WaxsealError(
      'foreign_key',
      `another KMS key answered in ${region} than the one that was asked`,
      { hint: 'check the endpoint: KMS itself does not do this', region },
    );
  }
  // A copy of our own: the answer may be a view over memory that is shared.
  const copy = Uint8Array.from(plaintext);
  plaintext.fill(0);
  return { plaintext: copy, kmsKeyId, ...(kmsKeyMaterialId === undefined ? {} : { kmsKeyMaterialId }) };
}
