/** What may be behind a wrapped data key of another KMS key: an attack, or a move that is not through. */
import { isWaxsealError, WaxsealError } from '../errors.ts';

/**
 * What to do where the vault was simply moved.
 * @param kmsKeyId - the bare id of the KMS key that the parameter says it is under, which nothing vouches for
 */
export function moveHint(kmsKeyId: string): string {
  return `where ${kmsKeyId} was the vault's key before, "acceptedKeyIds": ["${kmsKeyId}"] for the vault in waxseal.json opens it, and waxseal key rewrap --to the key that the vault has now moves it (docs/KEYS.md)`;
}

/** Adds that to KMS's answer that another key wrapped it; any other error stays as it is. */
export function namingKey<E>(error: E, kmsKeyId: string): E | WaxsealError {
  if (!isWaxsealError(error, 'foreign_key')) return error;
  const hint = [...(error.hint === undefined ? [] : [error.hint]), moveHint(kmsKeyId)].join('; ');
  const message = `its data key says it is under KMS key ${kmsKeyId}: ${error.message}`;
  return new WaxsealError(error.code, message, { hint, cause: error, region: error.region });
}

/** Whether KMS itself said that another key wrapped it, so that the parameter may well be under the KMS key it names. */
export function isUnderAnother({ cause }: WaxsealError): boolean {
  return isWaxsealError(cause, 'foreign_key');
}
