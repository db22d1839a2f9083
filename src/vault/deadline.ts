/** One deadline over many calls, and what it looks like when it passes. */
import { isWaxsealError, WaxsealError } from '../errors.ts';

/** A signal that fires at the deadline or when the caller gives up. */
export function deadline(timeout: number, signal?: AbortSignal): AbortSignal {
  const timer = AbortSignal.timeout(timeout);
  return signal === undefined ? timer : AbortSignal.any([timer, signal]);
}

/** Throws when the caller gave up. @throws WaxsealError `cancelled` */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WaxsealError('cancelled', 'cancelled', { cause: signal.reason });
}

/** Whether an error leaves open if a write was done: the request may have arrived. */
export function outcomeUnknown(error: unknown): boolean {
  return isWaxsealError(error, 'unreachable', 'timeout', 'unexpected');
}
