/** What an examination finds. */

/** How a finding stands. */
export type FindingState =
  /** As it should be. */
  | 'ok'
  /** It works, and should be looked at. */
  | 'warn'
  /** It is wrong. */
  | 'fail'
  /** Neither right nor wrong: a right that these credentials do not have. */
  | 'info'
  /** Nobody looked, and why. */
  | 'untested';

/** What was looked at. These names are stable. */
export type CheckId =
  | 'local-state'
  | 'credentials'
  | 'account'
  | 'clock'
  | 'region'
  | 'key'
  | 'alias'
  | 'accepted-key'
  | 'same-key'
  | 'primary'
  | 'rotation'
  | 'descriptor'
  | 'read'
  | 'write'
  | 'administer'
  | 'trail';

/** One thing that was looked at. */
export interface Finding {
  readonly check: CheckId;
  /** Where, unless it is about the vault or the account as a whole. */
  readonly region?: string;
  readonly state: FindingState;
  /** What is so; never a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Findings of one check, in one region where one is named. */
export type Say = (state: FindingState, message: string, fix?: string | undefined) => Finding;

/** Says what one check found. */
export function findingsOf(check: CheckId, region?: string): Say {
  return (state, message, fix) => ({
    check,
    ...(region === undefined ? {} : { region }),
    state,
    message,
    ...(fix === undefined ? {} : { fix }),
  });
}
