import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSecrets } from '../../cli/formats/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { anyName, anyText, check, complaint, lines, read, refusal, SECRET } from './support.ts';

describe('reads', () => {
  test.each<[string, [string, string][]]>([
    [
      '{"A":"x","B":""}',
      [
        ['A', 'x'],
        ['B', ''],
      ],
    ],
    [
      '{"A":true,"B":false}',
      [
        ['A', 'true'],
        ['B', 'false'],
      ],
    ],
    [
      '{"A":1.10,"B":12345678901234567890,"C":-0,"D":1E5}',
      [
        ['A', '1.10'],
        ['B', '12345678901234567890'],
        ['C', '-0'],
        ['D', '1E5'],
      ],
    ],
    [
      '{"smtp":{"password":"x","tls":{"key":"y"}},"A":"z"}',
      [
        ['smtp/password', 'x'],
        ['smtp/tls/key', 'y'],
        ['A', 'z'],
      ],
    ],
    ['{"smtp/password":"x"}', [['smtp/password', 'x']]],
    [
      '{"a":"x","a/b":"y"}',
      [
        ['a', 'x'],
        ['a/b', 'y'],
      ],
    ],
    ['{"A":"\\u00e9\\ud83d\\ude00\\n\\u0000"}', [['A', 'é😀\n\0']]],
    ['{"\\u0041":"x"}', [['A', 'x']]],
    [
      '{"__proto__":"x","constructor":{"prototype":"y"}}',
      [
        ['__proto__', 'x'],
        ['constructor/prototype', 'y'],
      ],
    ],
    ['{"__proto__":{"polluted":"x"}}', [['__proto__/polluted', 'x']]],
    [
      '{"2":"x","1":"y"}',
      [
        ['2', 'x'],
        ['1', 'y'],
      ],
    ],
    ['\uFEFF{"A":"x"}\r\n', [['A', 'x']]],
    ['{"A":{}}', []],
    ['{}', []],
    ['', []],
    ['\uFEFF \r\n', []],
  ])('%j', (text, expected) => {
    expect(read('json', text)).toEqual(expected);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('lines are those of the names', () => {
    expect(lines(parseSecrets('json', '\uFEFF{\r\n"A":\n"x",\r"b": {\n\n "c": 1}}', 'f'))).toEqual([
      ['A', 2],
      ['b/c', 6],
    ]);
  });
});

describe('refuses, with the line', () => {
  test.each<[string, string | RegExp]>([
    [`{"A":"x",\n"A":"${SECRET}"}`, 'f:2: "A" is given twice, first on line 1'],
    ['{"A":"x",\n"A":"x"}', 'f:2: "A" is given twice, first on line 1'],
    ['{"A":"x",\n"\\u0041":"x"}', 'f:2: "A" is given twice, first on line 1'],
    ['{"a":{"b":1},\n"a":{"c":2}}', 'f:2: "a" is given twice, first on line 1'],
    ['{"a":{"b":{},\n"b":{}}}', 'f:2: "a/b" is given twice, first on line 1'],
    ['{"a":{"b":1},\n"a/b":1}', 'f:2: "a/b" is given twice, first on line 1'],
    ['{"__proto__":1,\n"__proto__":2}', 'f:2: "__proto__" is given twice, first on line 1'],
    ['{\n"A":null}', 'f:2: "A" is null'],
    [`{"a":{\n"b":["${SECRET}"]}}`, 'f:2: "a/b" is an array'],
    ['{"a":\n[]}', 'f:1: "a" is an array'],
    [`\n["${SECRET}"]`, 'f:2: the file is not an object of names and values'],
    [`"${SECRET}"`, 'f:1: the file is not an object of names and values'],
    ['null', 'f:1: the file is not an object of names and values'],
    [`{"A":"x",\n"B":${SECRET}}`, 'f:2: it is not JSON at column 5'],
    [`{"A":"${SECRET}`, /^f:1: it is not JSON/],
    [`{"A" "${SECRET}"}`, /^f:1: it is not JSON/],
    ['{"A":"x",}', /^f:1: it is not JSON/],
    ['{"A":01}', /^f:1: it is not JSON/],
    ['// x\n{}', /^f:1: it is not JSON/],
    [`{"A":"x"}\n{"B":"${SECRET}"}`, /^f:2: it is not JSON/],
    [`{"A":"x",\n"B":"${SECRET}\t"}`, 'f:2: the value of "B" holds a control character that is not escaped'],
    ['{"A":"x",\n"B\u0001":"x"}', 'f:2: a name holds a control character that is not escaped'],
    [`{"A":"x",\n"B":"${SECRET}\\ud800"}`, 'f:2: the value of "B" holds half of a surrogate pair'],
    ['{\n"":"x"}', 'f:2: secret name "" is empty'],
    ['{\n"":{"a":"x"}}', 'f:2: secret name "/a" starts with "/"'],
    ['{\n"/a":"x"}', 'f:2: secret name "/a" starts with "/"'],
    ['{"a":{\n"":"x"}}', 'f:2: secret name "a/" has characters that Parameter Store refuses'],
    ['{\n"a b":"x"}', 'f:2: secret name "a b" has characters that Parameter Store refuses'],
    ['{"é\\u001b":\n[]}', 'f:1: "\\u00e9\\u001b" is an array'],
    [`${'{"a":'.repeat(15)}"x"${'}'.repeat(15)}`, /^f:1: secret name .* deeper than/],
  ])('%j', (text, message) => {
    if (typeof message === 'string') expect(refusal('json', text)).toBe(message);
    else expect(refusal('json', text)).toMatch(message);
  });

  test.each(['[', '{"a":'])('%j over and over', (opening) => {
    expect(refusal('json', opening.repeat(100_000))).toBe('f: the JSON is nested too deeply');
  });

  test('a bad name keeps hint and cause', () => {
    const error = complaint(() => parseSecrets('json', '{"a b":"x"}', 'f'));
    expect(error.hint).toContain('letters, digits');
    expect(isWaxsealError(error.cause, 'invalid_name')).toBe(true);
  });
});

test('any map of strings comes back from JSON.stringify', async () => {
  const indent = fc.constantFrom(undefined, 2, '\t');
  await check(
    300,
    fc.tuple(fc.uniqueArray(fc.tuple(anyName, anyText), { selector: ([name]) => name }), indent),
    ([entries, space]) => {
      const text = JSON.stringify(Object.fromEntries(entries), null, space);
      expect(new Map(read('json', text))).toEqual(new Map(entries));
    },
  );
});

test('takes no text for JSON that JSON.parse does not', async () => {
  let valid = 0;
  const piece = fc.constantFrom(
    '{',
    '}',
    '"A"',
    '"b"',
    ':',
    ',',
    '"x"',
    '1',
    '-',
    '0',
    '.',
    'e',
    'true',
    '\t',
    '\n',
    '"\t"',
    '{"a":',
    '"B":1',
  );
  await check(
    3000,
    fc.array(piece, { maxLength: 7 }).map((pieces) => `{${pieces.join('')}}`),
    (text) => {
      try {
        parseSecrets('json', text, 'f');
      } catch (error) {
        if (isWaxsealError(error, 'import_invalid')) return;
        throw error;
      }
      valid++;
      expect(() => JSON.parse(text)).not.toThrow();
    },
  );
  expect(valid).toBeGreaterThan(0);
});

describe('5 MB', () => {
  test('in many names', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => [`NAME_${i}`, 'v'.repeat(40)]);
    const text = JSON.stringify(Object.fromEntries(entries), null, 1);
    expect(text.length).toBeGreaterThan(5_000_000);
    const secrets = parseSecrets('json', text, 'f');
    expect(secrets).toHaveLength(100_000);
    expect(secrets.at(-1)).toMatchObject({ name: 'NAME_99999', line: 100_001 });
  });

  test('in one value', () => {
    const value = 'é\n'.repeat(2_000_000);
    expect(read('json', JSON.stringify({ A: value }))).toEqual([['A', value]]);
  });
});
