/** What may be behind a wrapped data key of another KMS key: an attack, or a move that is not through. */
import { isWaxsealError, WaxsealError } from '../errors.ts';

/**
 * What to do where the vault was simply moved.
 * @param kmsKeyId - the bare id of the KMS key that the parameter says it is under, which nothing vouches for
 */
export function moveHint(kmsKeyId: string): string {
  return `where ${kmsKeyId} was the vault's key before, put it into "acceptedKeyIds" and run waxseal key rewrap --to the key that the vault has now (docs/KEYS.md)`;
}

/** Adds that to KMS's answer that another key wrapped it; any other error stays as it is. */
export function namingKey<E>(error: E, kmsKeyId: string): E | WaxsealError {
  if (!isWaxsealError(error, 'foreign_key')) return error;
  const hint = [...(error.hint === undefined ? [] : [error.hint]), moveHint(kmsKeyId)].join('; ');
  return new WaxsealError(error.code, error.message, { hint, cause: error, region: error.region });
}
