/** Which failures are worth another attempt, and after how long. As the SDK's standard mode has it, but for throttling. */
import { AwsFailure } from './failure.ts';

/** Attempts in all. */
const ATTEMPTS = 3;
/**
 * Attempts where AWS asks to slow down: many applications that start at once share one quota, and each has to come up
 * within its own deadline.
 */
const ATTEMPTS_WHEN_THROTTLED = 8;

/** Waits grow from here, in ms. */
const BASE = 100;
const BASE_WHEN_THROTTLED = 500;
/** No wait of its own is longer, in ms. */
const LONGEST_WAIT = 2_000;
/** How much longer than the wait of its own turn a Retry-After may make it, in ms. */
const LONGEST_WISH = 5_000;

const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const PASSING = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);
const NETWORK = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * How long to wait before the next attempt, in ms; undefined: do not try again.
 * @param attempts - how many were made
 */
export function retryDelay(error: unknown, attempts: number): number | undefined {
  const { name = '', code = '' } = error as NodeJS.ErrnoException;
  const status = error instanceof AwsFailure ? error.$metadata.httpStatusCode : 0;
  const throttled = status === 429 || THROTTLED.has(name);
  if (!throttled && status < 500 && !PASSING.has(name) && !NETWORK.has(code)) return undefined;
  if (attempts >= (throttled ? ATTEMPTS_WHEN_THROTTLED : ATTEMPTS)) return undefined;
  const base = throttled ? BASE_WHEN_THROTTLED : BASE;
  const delay = Math.random() * Math.min(base * 2 ** (attempts - 1), LONGEST_WAIT);
  const wish = error instanceof AwsFailure ? (error.retryAfter ?? 0) : 0;
  return Math.max(delay, Math.min(wish, delay + LONGEST_WISH));
}
