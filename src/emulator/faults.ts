import { EmulatorError } from './errors.ts';
import type { Fault, FaultKind } from './types.ts';
import { isObject } from './validate.ts';

export interface Faults {
  set(fault: Fault): void;
  clear(region?: string): void;
  readonly list: readonly Fault[];
  /** The faults that hit a call, latencies first, and at most one of another kind. Counts `times` down. */
  take(region: string, operation: string): readonly Fault[];
}

const kinds: readonly FaultKind[] = ['down', 'hang', 'throttle', 'latency', 'error', 'lost-answer'];

/**
 * @param initial - the faults that were set before
 * @param changed - called with all faults whenever one is set, cleared or spent
 */
export function createFaults(
  initial: readonly Fault[] = [],
  changed: (faults: readonly Fault[]) => void = () => {},
): Faults {
  let faults = [...initial];
  const change = (next: Fault[]): void => {
    faults = next;
    changed(faults);
  };
  const same = (a: Fault, b: Fault): boolean =>
    a.region === b.region && a.operation === b.operation && a.kind === b.kind;
  const spend = (fault: Fault): void => {
    if (fault.times === undefined) return;
    const left = fault.times - 1;
    change(
      left > 0
        ? faults.map((one) => (one === fault ? { ...one, times: left } : one))
        : faults.filter((one) => one !== fault),
    );
  };
  return {
    set: (fault) => {
      const checked = readFault(fault);
      change([...faults.filter((one) => !same(one, checked)), checked]);
    },
    clear: (region) => {
      change(region === undefined ? [] : faults.filter((one) => one.region !== region));
    },
    get list() {
      return [...faults];
    },
    take: (region, operation) => {
      const hits = faults.filter(
        (one) =>
          (one.region === '*' || one.region === region) &&
          (one.operation === undefined || one.operation === operation),
      );
      const ending = hits.find(({ kind }) => kind !== 'latency');
      const taken = [...hits.filter(({ kind }) => kind === 'latency'), ...(ending ? [ending] : [])];
      taken.forEach(spend);
      return taken;
    },
  };
}

/** Checks a fault from outside. @throws EmulatorError emulator_option_invalid */
export function readFault(value: unknown): Fault {
  const invalid = (what: string): EmulatorError =>
    new EmulatorError('emulator_option_invalid', `not a fault: ${what}`, `kinds are ${kinds.join(', ')}`);
  if (!isObject(value)) throw invalid('not an object');
  const { region, operation, kind, ms, code, times } = value;
  if (typeof region !== 'string' || region === '') throw invalid('no region');
  if (operation !== undefined && typeof operation !== 'string') throw invalid('operation is not a string');
  const known = kinds.find((one) => one === kind);
  if (known === undefined) throw invalid('unknown kind');
  const count = (name: string, number: unknown, min: number): number | undefined => {
    if (number === undefined) return undefined;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min) return number;
    throw invalid(`${name} is not a whole number from ${min}`);
  };
  const delay = count('ms', ms, 0);
  const uses = count('times', times, 1);
  if (known === 'latency' && delay === undefined) throw invalid('latency without ms');
  if (known === 'error' && (typeof code !== 'string' || !/^[A-Za-z]+$/.test(code)))
    throw invalid('error without a code');
  return {
    region,
    kind: known,
    ...(operation === undefined ? {} : { operation }),
    ...(delay === undefined ? {} : { ms: delay }),
    ...(typeof code === 'string' ? { code } : {}),
    ...(uses === undefined ? {} : { times: uses }),
  };
}
