/** AWS's time, as far as its answers tell it: a signature is good for five minutes around it. */
import { AwsFailure } from './failure.ts';

/** How far apart clocks may be before it is the likely reason for a refusal, in ms; the SDK's figure. */
const SKEWED = 4 * 60 * 1000;

/** A clock that learns. */
export interface Clock {
  now(): Date;
  /** Whether a refusal came with another time than it was signed at; from then on it is the server's that counts. */
  corrects(error: unknown, signedAt: Date): boolean;
}

/** This machine's clock, at first. */
export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    corrects(error, signedAt) {
      if (!(error instanceof AwsFailure) || error.answeredAt === undefined) return false;
      const status = error.$metadata.httpStatusCode;
      if (status < 400 || status >= 500) return false;
      if (Math.abs(error.answeredAt - signedAt.getTime()) < SKEWED) return false;
      ahead = error.answeredAt - Date.now();
      return true;
    },
  };
}
