import type { Tx } from './state/store.ts';
import { type Fields, type Input, validate } from './validate.ts';

/** What an action knows besides its input. */
export interface Call {
  readonly region: string;
  readonly account: string;
  /** ARN of the caller. */
  readonly caller: string;
  readonly regions: readonly string[];
  /** Milliseconds. */
  readonly now: number;
  readonly tx: Tx;
}

/** An answer's body, as JSON.stringify takes it: undefined members are left out. */
export type Answer = Readonly<Record<string, unknown>>;

/** Validation and action of one AWS operation; throws AwsError. */
export type Operation = (call: Call, body: unknown) => Answer;
export type Operations = Readonly<Record<string, Operation>>;

export function operation<F extends Fields>(
  fields: F,
  act: (call: Call, input: Input<F>) => Answer,
): Operation {
  return (call, body) => act(call, validate(fields, body));
}

/** AWS writes times as seconds with a fraction. */
export function seconds(ms: number): number {
  return ms / 1000;
}
