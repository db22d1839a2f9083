/**
 * What it means that a secret expires, and how that is said. An expiry is told and never enforced: an expired secret
 * opens like any other, so that a clock that is wrong locks nobody out. Pure: the time is passed in.
 */
import { WaxsealError } from '../errors.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** How long before it expires a secret counts as about to, in ms: 30 days. */
export const EXPIRING_WITHIN: number = 30 * DAY;

/** The furthest time that a Date holds, in ms since 1970. */
const LAST_MOMENT = 8_640_000_000_000_000;

/**
 * Whether a secret has expired, or will within `within` ms. The moment of its expiry belongs to the time after it.
 * @returns undefined for one that never expires, or later
 */
export function expiryState(
  expiresAt: number | undefined,
  now: number,
  within: number = EXPIRING_WITHIN,
): 'expired' | 'expiring' | undefined {
  if (expiresAt === undefined || expiresAt - now > within) return undefined;
  return expiresAt <= now ? 'expired' : 'expiring';
}

/** How many of these have expired, and how many more will within {@link EXPIRING_WITHIN}. */
export function countExpiring(
  secrets: readonly { readonly expiresAt?: number | undefined }[],
  now: number,
): { readonly expired: number; readonly expiring: number } {
  const states = secrets.map(({ expiresAt }) => expiryState(expiresAt, now));
  return {
    expired: states.filter((state) => state === 'expired').length,
    expiring: states.filter((state) => state === 'expiring').length,
  };
}

/** Such as "expires in 12 days" and "expired 3 days ago". */
export function expiryWords(expiresAt: number, now: number): string {
  return `${expiresAt <= now ? 'expired' : 'expires'} ${timeFrom(expiresAt, now)}`;
}

/** The same where it stands under "expires": "in 12 days" and "expired 3 days ago". */
export function expiryNote(expiresAt: number, now: number): string {
  return expiresAt <= now ? expiryWords(expiresAt, now) : timeFrom(expiresAt, now);
}

/** Such as "in 12 days", "3 days ago" and "just now": in one unit, to the nearest. */
function timeFrom(time: number, now: number): string {
  if (time > now) return `in ${spanWords(Math.max(SECOND, time - now))}`;
  return now - time < SECOND ? 'just now' : `${spanWords(now - time)} ago`;
}

function spanWords(span: number): string {
  const seconds = Math.floor(span / SECOND);
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.round(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (seconds < 60) return counted(seconds, 'second');
  // What rounds up to a whole of the next unit is told in that: no "60 minutes".
  if (minutes < 60) return counted(minutes, 'minute');
  if (hours < 24) return counted(hours, 'hour');
  return days < 730 ? counted(days, 'day') : counted(Math.round(days / 365), 'year');
}

function counted(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/**
 * The expiry of a write as an entry holds it: seconds since 1970, 0 for never.
 * @param expiresAt - in ms since 1970; undefined or 0 for never
 * @throws WaxsealError `usage` for what is no time
 */
export function sealedExpiry(expiresAt: number | undefined): number {
  if (expiresAt === undefined || expiresAt === 0) return 0;
  // Less than a second after 1970 began is long past, and must not be taken for never.
  if (expiresAt > 0 && expiresAt <= LAST_MOMENT) return Math.max(1, Math.floor(expiresAt / SECOND));
  throw new WaxsealError('usage', '"expiresAt" expected a time in ms since 1970', {
    hint: 'such as Date.now() + 90 * 86_400_000; leave it out for never',
  });
}
