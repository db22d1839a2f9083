import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument, stringify } from 'yaml';
import { parseSecrets } from '../../cli/formats/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { anyName, anyText, check, complaint, lines, read, refusal, SECRET } from './support.ts';

describe('reads', () => {
  test.each<[string, [string, string][]]>([
    [
      'A: x\nB: ""',
      [
        ['A', 'x'],
        ['B', ''],
      ],
    ],
    [
      'A: 0123\nB: 1.10\nC: 0x1F\nD: 12345678901234567890\nE: .nan\nF: 1_000',
      [
        ['A', '0123'],
        ['B', '1.10'],
        ['C', '0x1F'],
        ['D', '12345678901234567890'],
        ['E', '.nan'],
        ['F', '1_000'],
      ],
    ],
    [
      'A: yes\nB: no\nC: on\nD: true\nE: False',
      [
        ['A', 'yes'],
        ['B', 'no'],
        ['C', 'on'],
        ['D', 'true'],
        ['E', 'False'],
      ],
    ],
    [
      '%YAML 1.1\n---\nA: yes\nB: 0777\nC: 1:30',
      [
        ['A', 'yes'],
        ['B', '0777'],
        ['C', '1:30'],
      ],
    ],
    [
      'A: 2001-12-14t21:59:43.10-05:00\nB: 2001-01-01',
      [
        ['A', '2001-12-14t21:59:43.10-05:00'],
        ['B', '2001-01-01'],
      ],
    ],
    [
      'smtp:\n  password: x\n  tls: {key: y}\nA: z',
      [
        ['smtp/password', 'x'],
        ['smtp/tls/key', 'y'],
        ['A', 'z'],
      ],
    ],
    [
      'KEY: |\n  -----BEGIN-----\n    a b\n\n  -----END-----\nB: x',
      [
        ['KEY', '-----BEGIN-----\n  a b\n\n-----END-----\n'],
        ['B', 'x'],
      ],
    ],
    ['KEY: |-\n  a\n  b\n', [['KEY', 'a\nb']]],
    ['KEY: |+\n  a\n\n', [['KEY', 'a\n\n']]],
    ['KEY: >\n  a\n  b\n', [['KEY', 'a b\n']]],
    [
      "A: a\n  b # note\nB: \"a\n  b\\n\\0\"\nC: 'it''s'",
      [
        ['A', 'a b'],
        ['B', 'a b\n\0'],
        ['C', "it's"],
      ],
    ],
    [
      'A: !!str 0123\nB: !!str\nC: ! x\nD: !!int "3"\nE: !!timestamp 2001-01-01\nF: !!str ~',
      [
        ['A', '0123'],
        ['B', ''],
        ['C', 'x'],
        ['D', '3'],
        ['E', '2001-01-01'],
        ['F', '~'],
      ],
    ],
    [
      'A: "~"\nB: \'null\'',
      [
        ['A', '~'],
        ['B', 'null'],
      ],
    ],
    [
      'A: &a x\nB: *a\nC: &a y\nD: *a',
      [
        ['A', 'x'],
        ['B', 'x'],
        ['C', 'y'],
        ['D', 'y'],
      ],
    ],
    [
      'A: &a x\nB: &m {c: *a}\nC: &a y\nD: *m',
      [
        ['A', 'x'],
        ['B/c', 'x'],
        ['C', 'y'],
        ['D/c', 'x'],
      ],
    ],
    [
      '1: x\n"0123": y\ntrue: z',
      [
        ['1', 'x'],
        ['0123', 'y'],
        ['true', 'z'],
      ],
    ],
    [
      '1: x\n0x1: y\n1.0: z',
      [
        ['1', 'x'],
        ['0x1', 'y'],
        ['1.0', 'z'],
      ],
    ],
    [
      '__proto__: x\nconstructor: {prototype: y}',
      [
        ['__proto__', 'x'],
        ['constructor/prototype', 'y'],
      ],
    ],
    ['__proto__: {polluted: x}', [['__proto__/polluted', 'x']]],
    [
      '{"A": "x", "b": {"c": 1}}',
      [
        ['A', 'x'],
        ['b/c', '1'],
      ],
    ],
    ['--- !!map\nA: x\n...\n', [['A', 'x']]],
    [
      '\uFEFF# x\r\nA: x\r\nB: |\r\n  a\r\n  b\r\n',
      [
        ['A', 'x'],
        ['B', 'a\nb\n'],
      ],
    ],
    ['A: {}', []],
    ['{}', []],
    ['', []],
    ['# x\n', []],
    ['---\n', []],
    ['\uFEFF\n', []],
  ])('%j', (text, expected) => {
    expect(read('yaml', text)).toEqual(expected);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test.each<[string, number[]]>([
    ['/wAB', [255, 0, 1]],
    ['"/w=="', [255]],
    ['|\n  /w\n  AB\n', [255, 0, 1]],
    ['""', []],
  ])('!!binary %j', (base64, bytes) => {
    expect(parseSecrets('yaml', `A: !!binary ${base64}`, 'f')).toEqual([
      { name: 'A', value: Uint8Array.from(bytes), line: 1 },
    ]);
  });

  test('lines are those of the names, and of the alias for what it stands for', () => {
    const text = '\uFEFF# x\r\nA: |\r\n  1\r\n  2\r\nb: &b\r\n  c:\r\n    x\r\nD: *b\r\n';
    expect(lines(parseSecrets('yaml', text, 'f'))).toEqual([
      ['A', 2],
      ['b/c', 6],
      ['D/c', 8],
    ]);
  });
});

describe('refuses, with the line', () => {
  const laughs = [
    'a: &l0 {x: 1, y: 2}',
    ...Array.from({ length: 12 }, (_, i) => `b${i}: &l${i + 1} {x: *l${i}, y: *l${i}}`),
  ];
  test.each<[string, string | RegExp]>([
    [`A: x\nA: ${SECRET}`, 'f:2: "A" is given twice, first on line 1'],
    ['A: x\n"A": x', 'f:2: "A" is given twice, first on line 1'],
    ['1: x\n"1": y', 'f:2: "1" is given twice, first on line 1'],
    ['a:\n  b: {}\n  b: {}', 'f:3: "a/b" is given twice, first on line 2'],
    ['a: {b: 1}\na/b: 1', 'f:2: "a/b" is given twice, first on line 1'],
    ['A: x\nB:\nC: y', 'f:2: "B" is null'],
    ['A: x\nB: ~', 'f:2: "B" is null'],
    ['A: x\nB: null', 'f:2: "B" is null'],
    ['{A: x,\nB}', 'f:2: "B" is null'],
    [`a:\n  b:\n    - ${SECRET}`, 'f:2: "a/b" is an array'],
    [`- ${SECRET}`, 'f:1: the file is not a map of names and values'],
    [`# x\n${SECRET}`, 'f:2: the file is not a map of names and values'],
    ['~', 'f:1: the file is not a map of names and values'],
    [`A: x\n---\nB: ${SECRET}`, 'f:2: the file holds more than one document'],
    [`A: x\nB: !vault ${SECRET}`, 'f:2: the value has a tag that is not known here'],
    ['A: !!js/function x', 'f:1: the value has a tag that is not known here'],
    ['A: !!set {x, y}', 'f:1: the value has a tag that is not known here'],
    ['--- !x\nA: y', 'f:2: the value has a tag that is not known here'],
    ['!x A: y', 'f:1: a name is not plain text'],
    ['A: &a x\n*a : y', 'f:2: a name is not plain text'],
    ['A: x\n? [a]\n: y', 'f:2: a name is not plain text'],
    ['A: x\n: y', 'f:2: a name is not plain text'],
    [`A: x\nB: !!binary ${SECRET}`, 'f:2: the value of "B" is not base64'],
    ['B: !!binary "/w="', 'f:1: the value of "B" is not base64'],
    ['A: x\nB: *b', 'f:2: "B" is an alias without an anchor'],
    ['A: *b\nB: &b x', 'f:1: "A" is an alias without an anchor'],
    [laughs.join('\n'), /^f:\d+: aliases stand for too many values$/],
    ['a: &a\n  b: *a', 'f:2: aliases stand for too many values'],
    ['a: &a {b: x}\nc:\n  <<: *a', 'f:3: secret name "c/<</b" has characters that Parameter Store refuses'],
    [`A: "${SECRET}`, 'f:1: it is not YAML (missing char)'],
    [`A: x\n\tB: ${SECRET}`, /^f:2: it is not YAML \(.*\)$/],
    [`A: x\n${SECRET}\n`, 'f:2: it is not YAML (missing char)'],
    [`A: @${SECRET}`, 'f:1: it is not YAML (bad scalar start)'],
    [`- x\n${SECRET}: ${SECRET}`, /^f:2: it is not YAML \(.*\)$/],
    [`A: x\nB: "${SECRET}\\ud800"`, 'f:2: the value of "B" holds half of a surrogate pair'],
    ['A: x\na b: y', 'f:2: secret name "a b" has characters that Parameter Store refuses'],
    ['A: x\n/a: y', 'f:2: secret name "/a" starts with "/"'],
    ['"é\\e":\n  [x]', 'f:1: "\\u00e9\\u001b" is an array'],
  ])('%j', (text, message) => {
    if (typeof message === 'string') expect(refusal('yaml', text)).toBe(message);
    else expect(refusal('yaml', text)).toMatch(message);
  });

  test.each(['{a: '.repeat(100_000), '['.repeat(100_000), `${'{a: '.repeat(100)}x${'}'.repeat(100)}`])(
    'nesting that no name has (%#)',
    (text) => {
      expect(refusal('yaml', text)).toMatch(/^f(:1)?: .*(nested too deeply|deeper than|not YAML)/);
    },
  );

  test('a bad name keeps hint and cause', () => {
    const error = complaint(() => parseSecrets('yaml', 'a b: x', 'f'));
    expect(error.hint).toContain('letters, digits');
    expect(isWaxsealError(error.cause, 'invalid_name')).toBe(true);
  });
});

const anyMap = fc
  .uniqueArray(fc.tuple(anyName, anyText), { selector: ([name]) => name })
  .map((entries) => new Map(entries));

test('any map of strings comes back from stringify', () => {
  const style = fc.record({
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    defaultKeyType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE'),
    lineWidth: fc.constantFrom(0, 20, 80),
    // stringify loses blanks when it writes nothing but blanks as a block
    blockQuote: fc.constant(false),
  } as const);
  return check(300, fc.tuple(anyMap, style), ([map, options]) => {
    expect(new Map(read('yaml', stringify(map, options)))).toEqual(map);
  });
});

test('block scalars are what yaml itself takes them for', () => {
  // Which is not always what went in, see above, nor always YAML: for " \n\t\n" stringify writes a block that starts with
  // blank lines and says nothing of its indentation.
  return check(300, anyMap, (map) => {
    const text = stringify(map, { defaultStringType: 'BLOCK_LITERAL', defaultKeyType: 'QUOTE_DOUBLE' });
    const { errors } = parseDocument(text, { schema: 'failsafe' });
    if (errors.length > 0) return void expect(refusal('yaml', text)).toMatch(/^f(:\d+)?: it is not YAML/);
    const expected: unknown = parse(text, { schema: 'failsafe', mapAsMap: true });
    expect(new Map(read('yaml', text))).toEqual(expected);
  });
});

test('any bytes come back from !!binary', () => {
  return check(200, fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const text = stringify({ A: bytes }, { customTags: ['binary'] });
    expect(parseSecrets('yaml', text, 'f')).toEqual([{ name: 'A', value: bytes, line: 1 }]);
  });
});

describe('5 MB', () => {
  test('in many names', () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `NAME_${i}: ${'v'.repeat(40)}\n`).join('');
    expect(text.length).toBeGreaterThan(5_000_000);
    const secrets = parseSecrets('yaml', text, 'f');
    expect(secrets).toHaveLength(100_000);
    expect(secrets.at(-1)).toMatchObject({ name: 'NAME_99999', line: 100_000 });
  });

  test('in one value', () => {
    const value = 'line\n'.repeat(1_000_000);
    expect(read('yaml', `A: |\n${value.replace(/^(?=.)/gm, '  ')}`)).toEqual([['A', value]]);
  });

  test('in one !!binary', () => {
    const bytes = Buffer.alloc(5_000_000, 'x');
    const [secret] = parseSecrets('yaml', `A: !!binary ${bytes.toString('base64')}`, 'f');
    expect(bytes.equals(secret?.value ?? Buffer.alloc(0))).toBe(true);
  });
});
