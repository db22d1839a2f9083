/** This machine's clock against that of AWS. */
import type { STSClient } from '@aws-sdk/client-sts';
import { type Finding, findingsOf } from './finding.ts';

/** In ms: from here on it is worth mending. */
const NOTICEABLE = 60_000;
/** In ms. Source: "Signature Version 4": a request must reach AWS within five minutes of its time stamp. */
const REFUSED = 5 * 60_000;

/**
 * Tells the time difference at each answer of `client`, refusals too.
 * @param tell - takes how far this machine is ahead of AWS, in ms; half a second is lost to the `Date` header
 */
export function watchClock(client: STSClient, tell: (aheadMs: number) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sent = Date.now();
      const output = await next(args);
      const { headers } = output.response as { headers?: Readonly<Record<string, string>> };
      const date = Date.parse(headers?.date ?? '');
      // The header has whole seconds, cut off.
      if (!Number.isNaN(date)) tell((sent + Date.now()) / 2 - (date + 500));
      return output;
    },
    // Next to the wire: the SDK turns a refusal into an error further out.
    { step: 'deserialize', priority: 'low', name: 'waxsealWatchClock' },
  );
}

/** Judges a time difference. @param aheadMs - how far this machine is ahead of AWS, in ms */
export function judgeClock(aheadMs: number | undefined): Finding {
  const say = findingsOf('clock');
  if (aheadMs === undefined) return say('untested', 'no answer of AWS carried a date');
  const apart = Math.abs(aheadMs);
  if (apart < NOTICEABLE) return say('ok', `this machine's clock agrees with AWS to ${seconds(apart)}`);
  const message = `this machine's clock is ${seconds(apart)} ${aheadMs > 0 ? 'ahead of' : 'behind'} AWS`;
  const fix = 'set the clock, best by a time service (NTP), such as "timedatectl set-ntp true"';
  return apart <= REFUSED
    ? say('warn', `${message}; above 5 min AWS refuses what is signed here`, fix)
    : say('fail', `${message}, which refuses what is signed more than 5 min off`, fix);
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
