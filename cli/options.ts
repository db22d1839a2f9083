/** Options that are more than text. */
import { WaxsealError } from '../src/errors.ts';
import { MOST_DAYS, readSpan } from '../src/vault/lifetime.ts';

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

/** A part of the whole, 0 to 1. @throws WaxsealError `usage` */
export function parseShare(option: string, text: string): number {
  const number = Number(text);
  if (/^\d*\.?\d+$/.test(text) && number <= 1) return number;
  throw new WaxsealError('usage', `${option} expected a number from 0 to 1, got ${JSON.stringify(text)}`);
}

/** A span of time such as `30d`, `1h30m` or `500ms`, in milliseconds. @throws WaxsealError `usage` */
export function parseSpan(option: string, text: string): number {
  const span = readSpan(text);
  if (span !== undefined) return span;
  const range = `more than nothing, up to ${MOST_DAYS}d`;
  throw new WaxsealError('usage', `${option} expected a span of time, got ${JSON.stringify(text)}`, {
    hint: `such as 30d, 1h30m or 500ms: ${range}`,
  });
}
