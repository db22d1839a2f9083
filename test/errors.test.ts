import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { EXIT_STATUS, isIntegrityError, isWaxsealError, WaxsealError } from '../src/errors.ts';

const page = readFileSync(new URL('../docs/ERRORS.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(/^\| `([a-z_]+)` \| (\d)/gm)].map(([, code, status]) => [
  code,
  Number(status),
]);

it('docs/ERRORS.md lists every code with its exit status, and no other', () => {
  expect(Object.fromEntries(documented)).toEqual(EXIT_STATUS);
  expect(documented).toHaveLength(Object.keys(EXIT_STATUS).length);
});

it('an error keeps its cause and gives everything else to JSON', () => {
  const cause = new Error('the bottom of it');
  const error = new WaxsealError('denied', 'not allowed', { hint: 'grant it', cause, region: 'eu-west-1' });
  expect(error.cause).toBe(cause);
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: 'denied',
    message: 'not allowed',
    hint: 'grant it',
    region: 'eu-west-1',
  });
  expect(inspect(error)).toContain('the bottom of it');
});

it('exit status 6 is for what is not to be trusted, and only for that', () => {
  for (const [code, status] of Object.entries(EXIT_STATUS)) {
    const error = new WaxsealError(code as keyof typeof EXIT_STATUS, 'x');
    expect(isIntegrityError(error), code).toBe(status === 6);
  }
});

it('an error of another copy of the library is one, too', async () => {
  const path = '../src/errors.ts?another';
  const another = (await import(path)) as typeof import('../src/errors.ts');
  expect(another.WaxsealError).not.toBe(WaxsealError);
  const error = new another.WaxsealError('denied', 'not allowed');
  expect(error).toBeInstanceOf(WaxsealError);
  expect(isWaxsealError(error, 'denied')).toBe(true);
  for (const other of [new Error('x'), { name: 'WaxsealError', code: 'denied' }, null, 'denied'])
    expect(isWaxsealError(other)).toBe(false);
  expect(inspect(error)).not.toContain('waxseal.error');
});
