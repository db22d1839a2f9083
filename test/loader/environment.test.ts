import { describe, expect, it } from 'vitest';
import { isWaxsealError, type WaxsealError } from '../../src/errors.ts';
import { isRefused, mergeEnvironment, namesIn, toVariables, variableName } from '../../src/loader/index.ts';
import type { Secret } from '../../src/vault/index.ts';

function secrets(values: Record<string, string | Uint8Array>): ReadonlyMap<string, Secret> {
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const binary = typeof value !== 'string';
      const bytes = binary ? value : Uint8Array.from(Buffer.from(value));
      return [
        name,
        { name, value: bytes, binary, revision: 1, sealedAt: 0, dataKeyId: '', region: 'us-east-1' },
      ];
    }),
  );
}

function refusal(run: () => unknown): WaxsealError {
  try {
    run();
  } catch (error) {
    if (isWaxsealError(error)) return error;
    throw error;
  }
  return expect.fail('expected a refusal');
}

it.each([
  ['DATABASE_URL', 'DATABASE_URL'],
  ['camelCase', 'camelCase'],
  ['_x', '_x'],
  ['smtp/password', 'SMTP_PASSWORD'],
  ['api.key-2', 'API_KEY_2'],
  ['2fa', '_2FA'],
  ['a/b.c-d', 'A_B_C_D'],
])('%s becomes %s', (name, variable) => expect(variableName(name)).toBe(variable));

it.each([
  'PATH',
  'path',
  'LD_PRELOAD',
  'DYLD_INSERT_LIBRARIES',
  'NODE_OPTIONS',
  'AWS_PROFILE',
  'WAXSEAL_VAULT',
  'BASH_ENV',
])('%s could take over a process', (variable) => expect(isRefused(variable)).toBe(true));

it.each(['DATABASE_URL', 'PATHS', 'OLD_PATH', 'NODES', 'MY_AWS_KEY', 'LDAP_URL', 'ENVIRONMENT'])(
  '%s could not',
  (variable) => expect(isRefused(variable)).toBe(false),
);

describe('variables of a vault', () => {
  it('keep every value as it is, empty ones too', () => {
    const values = { A: '', B: ' x ', C: 'line\nline\n', D: '$HOME `id` \\ "\'', E: '\u{1F511}' };
    expect(Object.fromEntries(toVariables(secrets(values)))).toEqual(values);
  });

  it('name every clash at once', () => {
    const error = refusal(() => toVariables(secrets({ 'a/b': '1', A_B: '2', 'c.d': '3', 'c-d': '4' })));
    expect(error.code).toBe('name_clash');
    expect(error.message).toBe('A_B and a/b both become A_B; c-d and c.d both become C_D');
  });

  it('that could take over the process are refused, all named, unless allowed one by one', () => {
    const vault = secrets({ LD_PRELOAD: 'x', NODE_OPTIONS: 'y', OK: 'z' });
    const error = refusal(() => toVariables(vault));
    expect([error.code, error.message]).toEqual([
      'name_refused',
      'LD_PRELOAD, NODE_OPTIONS could take over the process that gets it',
    ]);
    expect(refusal(() => toVariables(vault, { allow: ['NODE_OPTIONS'] })).message).toMatch(
      /^LD_PRELOAD could/,
    );
    expect(refusal(() => toVariables(vault, { allow: ['LD_*', 'NODE_*', '*'] })).code).toBe('name_refused');
    expect(toVariables(vault, { allow: ['LD_PRELOAD', 'NODE_OPTIONS'] }).size).toBe(3);
  });

  it('cannot be binary, which can be left out by name', () => {
    const vault = secrets({ KEYSTORE: Uint8Array.of(0, 255), 'a/b': '1', A_B: '2' });
    const error = refusal(() => toVariables(vault, { except: ['a/b'] }));
    expect([error.code, error.message]).toEqual([
      'not_loadable',
      'KEYSTORE: an environment variable cannot hold binary',
    ]);
    const variables = toVariables(vault, { except: ['KEYSTORE', 'a/b'] });
    expect(Object.fromEntries(variables)).toEqual({ A_B: '2' });
  });
});

describe('an environment', () => {
  const variables = new Map([
    ['A', 'vault'],
    ['B', 'same'],
    ['C', 'new'],
  ]);

  it('keeps what is set already, and says what differs', () => {
    const base = { A: 'mine', B: 'same', D: 'other', E: undefined };
    expect(mergeEnvironment(base, variables, false)).toEqual({
      env: { A: 'mine', B: 'same', C: 'new', D: 'other' },
      kept: ['A'],
    });
  });

  it('counts a variable set to nothing as set', () => {
    expect(mergeEnvironment({ A: '' }, variables, false)).toMatchObject({ env: { A: '' }, kept: ['A'] });
  });

  it("takes the vault's where that is asked for", () => {
    expect(mergeEnvironment({ A: 'mine' }, variables, true)).toMatchObject({ env: { A: 'vault' }, kept: [] });
  });
});

it('a list of names has commas between, and may be missing', () => {
  expect(namesIn(' A, B ,,C')).toEqual(['A', 'B', 'C']);
  expect(namesIn(undefined)).toEqual([]);
});
