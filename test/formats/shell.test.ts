import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toShellExports } from '../../cli/formats/index.ts';
import { anyText, check, complaint, SECRET } from './support.ts';

/** What a real shell has in its environment after reading the script. */
function evaluate(script: string, names: readonly string[]): string[] {
  const print = `require('node:process').argv.slice(1).forEach((n) => process.stdout.write(process.env[n] + '\\0'))`;
  const command = [process.execPath, '-e', print, ...names].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const { status, stdout, stderr } = spawnSync('sh', [], { input: `${script}exec ${command.join(' ')}\n` });
  expect([status, stderr.toString()]).toEqual([0, '']);
  return stdout.toString().split('\0').slice(0, -1);
}

test('one line for each variable', () => {
  expect(
    toShellExports(
      new Map([
        ['A', 'x y'],
        ['_b1', "it's"],
        ['C', ''],
      ]),
    ),
  ).toBe("export A='x y'\nexport _b1='it'\\''s'\nexport C=''\n");
  expect(toShellExports(new Map())).toBe('');
});

test.each([
  '',
  "'",
  "''",
  "'; echo pwned; '",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell is not to expand it
  '$(echo pwned) `echo pwned` ${HOME} $HOME',
  '\\',
  "\\'",
  '\n',
  'a\nb\n\n',
  '\r\n\t ',
  '!! !$ ~ * ? [a-z] {a,b} # x',
  '-n',
  'é😀\u2028\uFEFF\u007f\u0080\u0001',
])('a shell reads %j', (value) => {
  expect(
    evaluate(
      toShellExports(
        new Map([
          ['WS_A', value],
          ['WS_B', 'end'],
        ]),
      ),
      ['WS_A', 'WS_B'],
    ),
  ).toEqual([value, 'end']);
});

test('a shell reads any values', () => {
  const value = anyText.map((text) => text.replaceAll('\0', ''));
  return check(15, fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
    const variables = new Map(values.map((text, i) => [`WS_${i}`, text]));
    expect(evaluate(toShellExports(variables), [...variables.keys()])).toEqual(values);
  });
});

describe('refuses', () => {
  test.each(['', '1A', 'a-b', 'a/b', 'A B', 'A=1', 'A;echo', '$(echo)', 'A\n', '\nA', 'é'])(
    'the name %j',
    (name) => {
      expect(
        complaint(() =>
          toShellExports(
            new Map([
              ['OK', ''],
              [name, SECRET],
            ]),
          ),
        ).code,
      ).toBe('invalid_name');
    },
  );

  test('a value with NUL', () => {
    const error = complaint(() => toShellExports(new Map([['A', `${SECRET}\0`]])));
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('value of A holds a NUL'),
    });
  });
});
