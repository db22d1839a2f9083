/** What may be known of a call to AWS once it is over. Neither names nor values are part of it. */

/** One call, all its attempts together. */
export interface ObservedCall {
  /** Such as `ssm:GetParameters`. */
  readonly operation: string;
  readonly region: string;
  /** From the first attempt to the end, waiting between attempts included. */
  readonly ms: number;
  readonly attempts: number;
  /** Bytes in the body of the last answer. */
  readonly bytes: number;
  /** The HTTP status of the last answer; 0 where none came. */
  readonly status: number;
}

/** Told of each call when it is over, whether it went well or not. */
export type Observe = (call: ObservedCall) => void;
