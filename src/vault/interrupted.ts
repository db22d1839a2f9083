/** Long work that was stopped half-way and can be begun again. */
import { isWaxsealError, WaxsealError } from '../errors.ts';

/**
 * The failure itself, with how far the work got: code and cause stay what they were.
 * @param progress - such as "3 of 12 secrets are in place"
 * @param hint - how it goes on
 */
export function interrupted(failure: unknown, progress: string, hint: string): WaxsealError {
  if (isWaxsealError(failure, 'cancelled')) {
    return new WaxsealError('cancelled', `stopped: ${progress}`, { hint, cause: failure.cause });
  }
  if (!(failure instanceof WaxsealError)) {
    return new WaxsealError('unexpected', `stopped: ${progress}`, { hint, cause: failure });
  }
  return new WaxsealError(failure.code, `${failure.message} (${progress})`, {
    hint: failure.hint === undefined ? hint : `${failure.hint}; then ${hint}`,
    cause: failure,
    region: failure.region,
  });
}
