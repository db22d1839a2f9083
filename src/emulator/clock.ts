import { EmulatorError } from './errors.ts';
import type { ClockState } from './types.ts';
import { isObject } from './validate.ts';

export interface Clock {
  readonly now: () => number;
  readonly state: ClockState;
  advance(ms: number): void;
}

/** Further ahead keys that rotate by themselves would have had more rotations than anybody can list. */
const farthest = 100 * 365 * 24 * 60 * 60 * 1000;

/**
 * A clock that can be moved forward.
 * @param base - the clock that it is ahead of
 * @param changed - called before the clock jumps; when it throws, it does not
 */
export function createClock(
  base: () => number,
  initial = 0,
  changed: (aheadMs: number) => void = () => {},
): Clock {
  let aheadMs = initial;
  const now = (): number => base() + aheadMs;
  return {
    now,
    get state() {
      return { now: now(), aheadMs };
    },
    advance: (ms) => {
      const next = readAhead(aheadMs + readAhead(ms));
      changed(next);
      aheadMs = next;
    },
  };
}

/** @throws EmulatorError emulator_option_invalid */
export function readAhead(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= farthest)
    return value;
  throw new EmulatorError(
    'emulator_option_invalid',
    'a clock moves by whole milliseconds, forward, and 100 years at most',
    'to go back, start with another state folder',
  );
}

/** What a clock says of itself, from outside. */
export function readClockState(value: unknown): ClockState | undefined {
  if (!isObject(value)) return undefined;
  const { now, aheadMs } = value;
  return typeof now === 'number' && typeof aheadMs === 'number' ? { now, aheadMs } : undefined;
}
