/** A read that is older than what a writer knows to be there: writing on top of it would be void once more. */
import type { StoredParameter } from './ports.ts';

/** Each so many attempts a read is believed all the same: a parameter that was purged and made anew begins at 1 again. */
const BELIEVED_EACH = 4;

/**
 * Whether to wait for a newer answer instead of writing. A void write is kept as a version, of which Parameter Store
 * keeps 100, and costs each reader one read more until the next write.
 * @param seen - the highest Version that this writer knows of; 0 for none
 * @param attempt - from 1
 */
export function isStale(top: StoredParameter | undefined, seen: number, attempt: number): boolean {
  // Creating what is there already is refused and leaves nothing behind.
  return top !== undefined && top.version < seen && attempt % BELIEVED_EACH !== 0;
}
