import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSecrets } from '../../cli/formats/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { anyText, check, complaint, decode, lines, read, refusal, SECRET } from './support.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables that must stay as they are
describe('reads what dotenv reads', () => {
  test.each<[string, [string, string][]]>([
    ['A=1', [['A', '1']]],
    ['A=', [['A', '']]],
    [
      'A=\nB=2',
      [
        ['A', ''],
        ['B', '2'],
      ],
    ],
    ['A=""', [['A', '']]],
    ['export A=1', [['A', '1']]],
    ['export A=', [['A', '']]],
    [
      '\uFEFFA=1\r\nB=2\r\n',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['A: b', [['A', 'b']]],
    ['A = x # note', [['A', 'x']]],
    ['A="x # y" # note', [['A', 'x # y']]],
    ['A=x#y', [['A', 'x']]],
    [
      'A="x\ny"\nB=`q"\'`',
      [
        ['A', 'x\ny'],
        ['B', 'q"\''],
      ],
    ],
    ["A='x\r\ny'", [['A', 'x\ny']]],
    ['A="a\\nb"', [['A', 'a\nb']]],
    ["A='a\\nb'", [['A', 'a\\nb']]],
    [
      'A=$HOME\nB="${A}"',
      [
        ['A', '$HOME'],
        ['B', '${A}'],
      ],
    ],
    [
      'A="open\nB=2',
      [
        ['A', '"open'],
        ['B', '2'],
      ],
    ],
    ['A="B=1\nC=2"', [['A', 'B=1\nC=2']]],
    [
      'constructor=1\ntoString=2',
      [
        ['constructor', '1'],
        ['toString', '2'],
      ],
    ],
    ['A=é😀', [['A', 'é😀']]],
    ['# A=1\n#\n', []],
    ['', []],
    ['\uFEFF\r\n \t\n', []],
  ])('%j', (text, expected) => {
    expect(read('dotenv', text)).toEqual(expected);
    expect(Object.entries(parse(text))).toEqual(expected);
  });

  test('whatever it is given, or complains', async () => {
    const value = fc.oneof(
      anyText,
      fc.tuple(fc.constantFrom('"', "'", '`'), anyText).map(([quote, inner]) => quote + inner + quote),
    );
    const assignment = fc
      .tuple(
        fc.constantFrom('', ' ', 'export ', '# ', '\uFEFF'),
        fc.constantFrom('A', 'B', 'C.d-e', '1', '__proto__'),
        fc.constantFrom('=', ' = ', ': ', ':'),
        value,
        fc.constantFrom('', ' ', ' # x', '#"'),
        fc.constantFrom('\n', '\r\n', '\r', '\n\n', ''),
      )
      .map((parts) => parts.join(''));
    let accepted = 0;
    await check(
      2000,
      fc
        .array(fc.oneof({ weight: 4, arbitrary: assignment }, anyText), { maxLength: 4 })
        .map((pieces) => pieces.join('')),
      (text) => {
        let secrets: ReturnType<typeof parseSecrets>;
        try {
          secrets = parseSecrets('dotenv', text, 'f');
        } catch (error) {
          if (isWaxsealError(error, 'import_invalid')) return;
          throw error;
        }
        accepted += secrets.length;
        expect(Object.fromEntries(secrets.map(({ name, value }) => [name, decode(value)]))).toEqual({
          ...parse(text),
        });
        const rows = text.split(/\r\n?|\n/);
        for (const { name, line } of secrets) expect(rows[(line ?? 0) - 1]).toContain(name);
      },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

test('lines are those of the names', () => {
  const text = '\r\n# x\r\nA="1\r\n2"\r\n\r\n  export B=2\rC=\nD=4\n\n\n';
  expect(lines(parseSecrets('dotenv', text, 'f'))).toEqual([
    ['A', 3],
    ['B', 6],
    ['C', 7],
    ['D', 8],
  ]);
});

describe('a name that occurs twice', () => {
  test.each([`A=${SECRET}\nB=1\nA="${SECRET}"`, 'A=\nA=""', 'A="x"\nA=x # note'])(
    '%j is the same value',
    (text) => {
      expect(read('dotenv', text).filter(([name]) => name === 'A')).toHaveLength(1);
    },
  );

  test('with different values names both lines', () => {
    expect(refusal('dotenv', `A=${SECRET}\nB=1\nA=${SECRET}2`)).toBe(
      'f:3: "A" is given twice with different values, first on line 1',
    );
  });

  test('is compared with the one before it', () => {
    expect(refusal('dotenv', 'A=1\nA=1\nA=2\nA=1')).toMatch(/^f:3: .* first on line 2$/);
  });
});

describe('refuses, with the line', () => {
  test.each<[string, RegExp]>([
    [`A=1\n${SECRET}`, /^f:2: the line is neither/],
    [`${SECRET}\nA=1`, /^f:1: the line is neither/],
    [`A=1\n\n# x\n  ${SECRET} x\nB=2`, /^f:4: the line is neither/],
    ['export A', /^f:1: the line is neither/],
    [`=${SECRET}`, /^f:1: the line is neither/],
    [`A:${SECRET}`, /^f:1: the line is neither/],
    [`a/b=${SECRET}`, /^f:1: the line is neither/],
    [`A B=${SECRET}`, /^f:1: the line is neither/],
    [`KEY=-----BEGIN X-----\n${SECRET}/+\n-----END X-----`, /^f:2: the line is neither/],
    [`A="x\n${SECRET}\nB=1`, /^f:2: the line is neither/],
    [`A=1\nB=${SECRET}\0`, /^f:2: the value of "B" holds a NUL character$/],
    [`A=1\nB="\n${SECRET}\0"`, /^f:2: the value of "B" holds a NUL character$/],
    [`A=1\nB=\ud800${SECRET}`, /^f:2: the value of "B" holds half of a surrogate pair$/],
    [`A=1\n__proto__=${SECRET}`, /^f:2: "__proto__" is a name that dotenv drops$/],
    ['A=1\n..=2', /^f:2: secret name ".." has "." or ".." as a level$/],
    ['A=1\n.waxseal=2', /^f:2: secret name ".waxseal" is reserved$/],
  ])('%j', (text, message) => {
    expect(refusal('dotenv', text)).toMatch(message);
  });

  test('a bad name keeps hint and cause', () => {
    const error = complaint(() => parseSecrets('dotenv', '..=2', 'f'));
    expect(error.hint).toContain('pick another word');
    expect(isWaxsealError(error.cause, 'invalid_name')).toBe(true);
  });
});

describe('5 MB', () => {
  test('in many lines', () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `NAME_${i}="${'v'.repeat(36)}${i}"`).join('\n');
    expect(text.length).toBeGreaterThan(5_000_000);
    const secrets = parseSecrets('dotenv', text, 'f');
    expect(secrets).toHaveLength(100_000);
    expect(secrets.at(-1)).toMatchObject({ name: 'NAME_99999', line: 100_000 });
  });

  test('in one value', () => {
    const value = 'line\n'.repeat(1_000_000);
    expect(read('dotenv', `A='${value}'\nB=2`)).toEqual([
      ['A', value],
      ['B', '2'],
    ]);
  });
});

describe('a real .env file', () => {
  test.each([
    {
      name: 'supabase.env.example',
      count: 60,
      some: {
        STUDIO_DEFAULT_ORGANIZATION: 'Default Organization',
        ADDITIONAL_REDIRECT_URLS: '',
        MAILER_URLPATHS_INVITE: '/auth/v1/verify',
        PGRST_DB_SCHEMAS: 'public,storage,graphql_public',
      },
    },
    {
      name: 'calcom.env.example',
      count: 39,
      some: {
        NEXT_PUBLIC_LICENSE_CONSENT: '',
        NEXT_PUBLIC_WEBAPP_URL: 'http://localhost:3000',
        NEXTAUTH_COOKIE_DOMAIN: '.example.com',
        EMAIL_SERVER_HOST: 'smtp.office365.com',
      },
    },
  ])('$name is read as dotenv reads it', ({ name, count, some }) => {
    const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
    const secrets = parseSecrets('dotenv', text, name);
    const entries = secrets.map((secret) => [secret.name, decode(secret.value)]);
    expect(entries).toEqual(Object.entries(parse(text)));
    expect(entries).toHaveLength(count);
    expect(Object.fromEntries(entries)).toMatchObject(some);
    const rows = text.split('\n');
    for (const secret of secrets) expect(rows[(secret.line ?? 0) - 1]?.split('=')[0]).toBe(secret.name);
  });
});
