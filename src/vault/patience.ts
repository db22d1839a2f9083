/** Long work goes on where one call would give up. */
import { isWaxsealError, type WaxsealError } from '../errors.ts';
import { jitter } from './backoff.ts';
import { checkCancelled } from './deadline.ts';
import type { VaultScope } from './scope.ts';

/** With waits of up to five seconds in between: some minutes in all. */
const MAX_ATTEMPTS = 60;
/** A region that does not answer is not waited for that long. */
const MAX_SILENCES = 4;

/**
 * Does work again that AWS asked to slow down, and a few times where an answer got lost. The work must be such that
 * doing it again does nothing twice.
 */
export async function patiently<T>(
  scope: VaultScope,
  caller: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let silences = 0;
  for (let attempt = 1; ; attempt += 1) {
    checkCancelled(caller);
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error) || attempt >= MAX_ATTEMPTS) throw error;
      if (error.code !== 'throttled') silences += 1;
      if (silences >= MAX_SILENCES) throw error;
      await scope.pause(jitter(scope, attempt, 200));
    }
  }
}

function mayPass(error: unknown): error is WaxsealError {
  return isWaxsealError(error, 'throttled', 'unreachable', 'timeout', 'write_unconfirmed');
}
