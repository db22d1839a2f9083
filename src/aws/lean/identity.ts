/** Whose a call is. */

/** What a call is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Until when they are good; absent: for as long as the process lives. */
  readonly expiration?: Date;
}

/** Real credentials are never sent to a server that stands in for AWS: its answers need none. */
export const STAND_IN_CREDENTIALS: Credentials = { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' };
