import type { ParameterTier } from './records.ts';
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
  /** Absent while no identities are set: then everybody may do everything. */
  readonly guard?: Guard;
  /** What the call reads is so many milliseconds old. */
  readonly staleMs?: number;
  /** A listing gives an empty page before each full one. */
  readonly blank?: boolean;
}

/** What stands between a caller and what it asks for. All of it throws AwsError AccessDeniedException. */
export interface Guard {
  /** What STS calls the caller's UserId. */
  readonly userId: string;
  /** Before an operation does anything, with its validated input. */
  readonly enter: (call: Call, input: Readonly<Record<string, unknown>>) => void;
  /** Before Parameter Store encrypts on the caller's behalf, under the key of that ARN. */
  readonly seal: (
    call: Call,
    keyArn: string,
    tier: ParameterTier,
    context: ReadonlyMap<string, string>,
  ) => void;
  /** Before Parameter Store decrypts on the caller's behalf. */
  readonly open: (call: Call, blob: Buffer, context: ReadonlyMap<string, string>) => void;
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
  return (call, body) => {
    const input = validate(fields, body);
    call.guard?.enter(call, input);
    return act(call, input);
  };
}

/** AWS writes times as seconds with a fraction. */
export function seconds(ms: number): number {
  return ms / 1000;
}
