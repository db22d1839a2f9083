import { EmulatorError } from './errors.ts';
import type { Fault, FaultKind } from './types.ts';
import { isObject } from './validate.ts';

export const faultKinds: readonly FaultKind[] = [
  'down',
  'hang',
  'half-open',
  'throttle',
  'latency',
  'error',
  'lost-answer',
  'stale',
  'empty-pages',
];

/** What only some operations can suffer. */
export const touched: Readonly<Partial<Record<FaultKind, readonly string[]>>> = {
  stale: ['GetParameter', 'GetParameters', 'GetParametersByPath'],
  'empty-pages': ['GetParametersByPath', 'DescribeParameters'],
};

/** Whole numbers, and the least that each may be. */
const numbers: Readonly<Record<'ms' | 'times' | 'forMs' | 'until' | 'seed', number>> = {
  ms: 0,
  times: 1,
  forMs: 1,
  until: 0,
  seed: 0,
};

const invalid = (what: string): EmulatorError =>
  new EmulatorError('emulator_option_invalid', `not a fault: ${what}`, `kinds are ${faultKinds.join(', ')}`);

/** Checks a fault from outside. @throws EmulatorError emulator_option_invalid */
export function readFault(value: unknown): Fault {
  if (!isObject(value)) throw invalid('not an object');
  const { region, operation, kind, code, probability } = value;
  if (typeof region !== 'string' || region === '') throw invalid('no region');
  if (operation !== undefined && typeof operation !== 'string') throw invalid('operation is not a string');
  const known = faultKinds.find((one) => one === kind);
  if (known === undefined) throw invalid('unknown kind');
  const only = touched[known];
  if (operation !== undefined && only?.includes(operation) === false)
    throw invalid(`${known} is for ${only.join(', ')}`);
  const counts = Object.fromEntries(
    Object.entries(numbers).flatMap(([name, min]) => {
      const number = value[name];
      if (number === undefined) return [];
      if (!Number.isSafeInteger(number) || Number(number) < min)
        throw invalid(`${name} is not a whole number from ${min}`);
      return [[name, number]];
    }),
  ) as Partial<Record<keyof typeof numbers, number>>;
  if (known === 'latency' && counts.ms === undefined) throw invalid('latency without ms');
  if (known === 'stale' && !counts.ms) throw invalid('stale without ms');
  if (known === 'error' && (typeof code !== 'string' || !/^[A-Za-z]+$/.test(code)))
    throw invalid('error without a code');
  if (probability !== undefined && !(typeof probability === 'number' && probability >= 0 && probability <= 1))
    throw invalid('probability is not a number from 0 to 1');
  return {
    region,
    kind: known,
    ...(operation === undefined ? {} : { operation }),
    ...counts,
    ...(typeof code === 'string' ? { code } : {}),
    ...(probability === undefined ? {} : { probability }),
  };
}
