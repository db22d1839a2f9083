import type { Key } from '../kms/resolve.ts';
import type { Call } from '../operation.ts';
import type { ContextEntry } from './patterns.ts';

/** One right that a request takes. */
export interface Need {
  /** e.g. `kms:Decrypt`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** The key whose policy must allow it as well. */
  readonly key?: Key;
  /** Where the right is asked for; absent: in the region of the call. */
  readonly region?: string;
  readonly context?: readonly ContextEntry[];
  /** A refusal does not tell which key it was about. */
  readonly discreet?: boolean;
}

/** The validated input of an operation. */
export type Members = Readonly<Record<string, unknown>>;

/** The rights that an operation takes, before it does anything. @throws AwsError where a key is not found */
export type Needs = (call: Call, input: Members) => readonly Need[];
export type NeedsTable = Readonly<Record<string, Needs>>;

/** A member that validation has left a string; `''` where it is absent. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

/** Tags that a request brings or takes away: `aws:RequestTag/…` and `aws:TagKeys`. */
export function requestTags(
  tags: readonly (readonly [key: string, value: string])[],
  removed: readonly string[] = [],
): ContextEntry[] {
  return [
    ...tags.map(([key, value]): ContextEntry => [`aws:RequestTag/${key}`, value]),
    ['aws:TagKeys', [...tags.map(([key]) => key), ...removed]],
  ];
}
