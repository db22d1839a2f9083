/** Options that are more than text. */
import { WaxsealError } from '../src/errors.ts';

/** A revision number from the command line. @throws WaxsealError `usage` */
export function parseRevision(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseWhole('--expect-revision', text, Number.MAX_SAFE_INTEGER);
}

/** A whole number, 0 to `most`. @throws WaxsealError `usage` */
export function parseWhole(option: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new WaxsealError(
    'usage',
    `${option} expected a whole number up to ${most}, got ${JSON.stringify(text)}`,
  );
}
