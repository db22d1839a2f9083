/** A data key as KMS gave it, and whether it was the vault's KMS key that did. */
import { WaxsealError } from '../errors.ts';
import type { RewrappedKey, UnwrappedKey } from '../vault/index.ts';
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
  if (plaintext === undefined || isAnother(asked, kmsKeyId)) {
    plaintext?.fill(0);
    throw anotherKey(region);
  }
  // A copy of our own: the answer may be a view over memory that is shared.
  const copy = Uint8Array.from(plaintext);
  plaintext.fill(0);
  return { plaintext: copy, kmsKeyId, ...(kmsKeyMaterialId === undefined ? {} : { kmsKeyMaterialId }) };
}

/** What KMS says after it wrapped a data key anew. */
export interface ReEncryptAnswer {
  readonly CiphertextBlob?: Uint8Array | undefined;
  /** The ARN of the KMS key that it was under. */
  readonly SourceKeyId?: string | undefined;
  /** The ARN of the KMS key that it is under now. */
  readonly KeyId?: string | undefined;
  readonly SourceKeyMaterialId?: string | undefined;
  readonly DestinationKeyMaterialId?: string | undefined;
}

/**
 * The data key as it is wrapped now, out of KMS's answer.
 * @param from - the alias, id or ARN that the call named for the key that it was under
 * @param to - and for the one that it was to be put under
 * @throws WaxsealError `foreign_key` when other KMS keys answered
 */
export function rewrappedKey(
  from: string,
  to: string,
  region: string,
  answer: ReEncryptAnswer,
): RewrappedKey {
  const { CiphertextBlob: wrappedKey, SourceKeyId = '', KeyId = '' } = answer;
  const [sourceKmsKeyId, kmsKeyId] = [bareKeyId(SourceKeyId), bareKeyId(KeyId)];
  if (wrappedKey === undefined || isAnother(from, sourceKmsKeyId) || isAnother(to, kmsKeyId)) {
    throw anotherKey(region);
  }
  return {
    wrappedKey: Uint8Array.from(wrappedKey),
    kmsKeyId,
    sourceKmsKeyId,
    materialId: answer.DestinationKeyMaterialId,
    sourceMaterialId: answer.SourceKeyMaterialId,
  };
}

/** Whether the key that answered is surely not the one that was asked; only KMS knows where an alias leads. */
function isAnother(asked: string, answered: string): boolean {
  return answered === '' || (namesKey(asked) && bareKeyId(asked) !== answered);
}

function anotherKey(region: string): WaxsealError {
  return new WaxsealError(
    'foreign_key',
    `another KMS key answered in ${region} than the one that was asked`,
    { hint: 'check the endpoint: KMS itself does not do this', region },
  );
}
