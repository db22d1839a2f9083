/** Shared by the tests of the formats. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type FormatName, type ParsedSecret, parseSecrets } from '../../cli/formats/index.ts';
import { isWaxsealError, type WaxsealError } from '../../src/errors.ts';
import { checkProperty } from '../support/seed.ts';

/** What every value in these tests contains when it must not show up in a complaint. */
export const SECRET = 'hunter2';

/** Names and values as text, in the order of the file. */
export function read(format: FormatName, text: string): [string, string][] {
  return parseSecrets(format, text, 'f').map(({ name, value }) => [name, decode(value)]);
}

/** Names and lines. */
export function lines(secrets: readonly ParsedSecret[]): [string, number | undefined][] {
  return secrets.map(({ name, line }) => [name, line]);
}

export function decode(value: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
}

/** The complaint that `run` ends with; anything that shows a value fails. */
export function complaint(run: () => unknown): WaxsealError {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  if (!isWaxsealError(caught)) throw new Error('expected a WaxsealError', { cause: caught });
  for (let error: unknown = caught; error instanceof Error; error = error.cause) {
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(SECRET);
  }
  expect(caught.message).not.toMatch(/\.$/);
  return caught;
}

/** A complaint of `parseSecrets`: `f:LINE: …`. */
export function refusal(format: FormatName, text: string): string {
  const error = complaint(() => parseSecrets(format, text, 'f'));
  expect(error.code).toBe('import_invalid');
  return error.message;
}

/** Checks a property of the formats, a hundred times as often with TEST_DEEP=1. */
export function check<T>(runs: number, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): Promise<void> {
  return checkProperty('values tried', fc.property(arbitrary, holds), { small: runs, full: runs * 100 });
}

/** Any text that is text, control characters and all planes included. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'\'"`\\$#:!&*|>-%@{}[], \t\r\n\0\u0085\u2028\uFEFFn0é😀') }),
  fc.constantFrom(
    '',
    ' ',
    'null',
    '~',
    'yes',
    'true',
    '0123',
    '1.10',
    '2001-01-01',
    '<<',
    '---',
    '...',
    '=',
    '\n\n',
  ),
);

/** A name that any vault takes, one level deep. */
export const anyName: fc.Arbitrary<string> = fc
  .stringMatching(/^[A-Za-z0-9_.-]{1,12}$/)
  .filter((name) => name !== '.' && name !== '..' && name.toLowerCase() !== '.waxseal');
