/** How people write spans of time and when a secret expires. Pure: the time is passed in. */
import { WaxsealError } from '../errors.ts';
import { quoteName } from '../secret-name.ts';

const DAY = 86_400_000;
/** A year is always 365 days: whoever means a day of the calendar names it. */
const UNITS: Readonly<Record<string, number>> = {
  y: 365 * DAY,
  w: 7 * DAY,
  d: DAY,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** The longest span, in days: a hundred years. */
export const MOST_DAYS = 36_500;

/** Examples of what {@link readExpiry} takes. */
const EXPIRY_HINT = 'such as 90d, 12h, 2w, 1y, 2027-01-31, 2027-01-31T09:00:00Z or never';

/**
 * A span of time such as `30d`, `1h30m`, `2w` or `500ms`.
 * @returns ms; undefined for what is none, for nothing at all and for more than {@link MOST_DAYS}
 */
export function readSpan(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+)(ms|[ywdhms])/g)];
  const whole = parts.map(([part]) => part).join('');
  const span = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  return whole === text && span > 0 && span <= MOST_DAYS * DAY ? span : undefined;
}

/**
 * When a secret is to expire: a span from now, a day (as it begins in UTC), a time with its zone, or `never`.
 * @param what - how the message calls it, such as `--expires`
 * @param now - in ms since 1970
 * @returns ms since 1970; undefined for never
 * @throws WaxsealError `usage` for what is none of these, is past, or more than a hundred years away
 */
export function readExpiry(what: string, text: string, now: number): number | undefined {
  if (text === 'never') return undefined;
  const refuse = (why: string, hint = EXPIRY_HINT): never => {
    throw new WaxsealError('usage', `${what} ${why}, got ${quoteName(text)}`, { hint });
  };
  if (/^0+[a-z]+$/.test(text)) return refuse('expected more than no time at all');
  const span = readSpan(text);
  const time = span === undefined ? readTime(text) : Math.ceil((now + span) / 1000) * 1000;
  if (time === undefined) {
    if (/^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/.test(text)) {
      return refuse('expected a time with its zone', 'add Z for UTC, or an offset such as +02:00');
    }
    if (/^(\d+[ywdhm])+$/.test(text)) return refuse('expected at most a hundred years');
    return refuse('expected a span of time, a date or "never"');
  }
  if (time <= now) return refuse('expected a time to come');
  if (span === undefined && time - now > MOST_DAYS * DAY) return refuse('expected at most a hundred years');
  return time;
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?$/;

/** A day or a time of ISO 8601; a time without a zone is none, for two people would mean two different ones. */
function readTime(text: string): number | undefined {
  const [, year, month, day] = TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  // Date.parse takes the 30th of February for the 2nd of March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(year) < 1000 || date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  return Date.parse(text);
}

/** An expiry as {@link readExpiry} takes it back: a day where it is the beginning of one, else a time. */
export function writeExpiry(expiresAt: number | undefined): string {
  if (expiresAt === undefined) return '';
  const text = new Date(expiresAt).toISOString();
  return expiresAt % DAY === 0 ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}
