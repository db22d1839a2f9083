/** What both kinds of diff have in common. */
import type { CommonOptions } from '../context.ts';
import { unifiedDiff } from './lines.ts';

/** Options of a diff. */
export interface DiffOptions extends CommonOptions {
  readonly reveal?: boolean;
}

/** As design has it: drift where it was asked about. */
export const DIFFERS = 5;

/** A value of one of the two sides. */
export interface Side {
  /** Undefined for a secret that is deleted. */
  readonly value: Uint8Array | undefined;
  readonly binary: boolean;
}

/** Whether both sides have the same value, or none. */
export function sameSide(a: Side, b: Side): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return Buffer.compare(a.value, b.value) === 0;
}

/** The values as lines to show: what differs where both are text. */
export async function valueLines(a: Side, b: Side): Promise<readonly string[]> {
  // A value must not be able to move the cursor or rename the window: control characters are spelled out.
  const { escapeText } = await import('../ui/escape.ts');
  if ((a.binary && a.value !== undefined) || (b.binary && b.value !== undefined)) return ['binary, differs'];
  const text = ({ value }: Side): string => Buffer.from(value ?? []).toString();
  return unifiedDiff(text(a), text(b)).map(escapeText);
}
