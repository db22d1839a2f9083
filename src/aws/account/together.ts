/** Work side by side that is never given up half-way. */
import { isWaxsealError } from '../../errors.ts';

type Results<T extends readonly Promise<unknown>[]> = { -readonly [I in keyof T]: Awaited<T[I]> };

/**
 * Waits for all of it, even when some of it was stopped: a probe has to clean up.
 * @throws whatever ended one of them; first of all an error with a hint, which says what was left behind
 */
export async function together<const T extends readonly Promise<unknown>[]>(work: T): Promise<Results<T>> {
  const ends = await Promise.allSettled(work);
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const telling = reasons.find((reason) => isWaxsealError(reason) && reason.hint !== undefined);
  if (telling !== undefined) throw telling;
  return (await Promise.all(work)) as Results<T>;
}
