import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';

/** A waxseal.json whose vault starts in line 3 and whose last fields stand in lines of their own. */
function vault(...fields: readonly string[]): string {
  return ['{', '  "vaults": {', '    "/acme/dev": {', fields.join(',\n'), '} } }'].join('\n');
}
const HOME = '"home": "us-east-1"';

describe('parseConfig', () => {
  it('fills in the defaults', async () => {
    await expect(parseConfig(vault(HOME), 'waxseal.json')).resolves.toEqual({
      aws: 'account',
      vaults: {
        '/acme/dev': {
          home: 'us-east-1',
          replicas: [],
          tier: 'standard',
          rotationDays: 365,
          deletionWindowDays: 30,
          tags: {},
        },
      },
      tags: {},
    });
  });

  it('keeps what is written', async () => {
    const written = {
      $schema: './waxseal.schema.json',
      aws: 'embedded',
      account: '123456789012',
      defaultVault: '/b',
      vaults: {
        '/b': {
          home: 'us-gov-west-1',
          replicas: ['eu-west-1', 'us-east-1'],
          primary: 'eu-west-1',
          kmsKey: 'arn:aws:kms:us-east-1:123456789012:key/mrk-1',
          tier: 'advanced',
          rotationDays: 90,
          deletionWindowDays: 7,
          tags: { 'Größe x_.:/=+-@': '' },
        },
      },
      tags: { a: 'b' },
    };
    await expect(parseConfig(JSON.stringify(written), 'waxseal.json')).resolves.toEqual(written);
  });

  it('reads over a byte-order mark, and counts lines as if it were not there', async () => {
    await expect(parseConfig(`\uFEFF${vault(HOME)}`, 'w')).resolves.toMatchObject({ aws: 'account' });
    await expect(parseConfig(`\uFEFF${vault('"home": 1')}`, 'w')).rejects.toThrow(
      /^w:4: "home" expected string/,
    );
  });

  it('takes the bounds themselves', async () => {
    for (const days of [90, 2560]) {
      await expect(parseConfig(vault(HOME, `"rotationDays": ${days}`), 'w')).resolves.toBeDefined();
    }
  });

  it.each<[string, string, string]>([
    // It is not JSON
    ['nothing at all', '', 'w:1:1: '],
    ['a comma too many', '{\n  "vaults": {},\n}', 'w:3:1: '],
    ['a comment', '{\n  // mine\n  "vaults": {} }', 'w:2:3: '],
    ['two values', '{}\n{}', 'w:2:1: '],
    // It has another shape
    ['a list', '[]', 'w:1: "vaults" is missing'],
    ['null', '\nnull', 'w:2: the file expected Object, got null'],
    ['no vaults', '{}', 'w:1: "vaults" is missing'],
    ['an unknown field', '{\n  "vault": {},\n  "vaults": {} }', 'w:2: "vault" is not a known field'],
    ['an unknown field of a vault', vault(HOME, '"replica": []'), 'w:5: "replica" is not a known field'],
    ['no home', vault('"replicas": []'), 'w:3: "home" is missing'],
    ['a wrong type', vault('"home": 5'), 'w:4: "home" expected string, got 5'],
    [
      'a wrong type in a list',
      vault(HOME, '"replicas": ["eu-west-1",\n7]'),
      'w:6: "1" expected string, got 7',
    ],
    [
      'a number for an account',
      '{\n  "account": 1,\n  "vaults": {} }',
      'w:2: "account" expected string, got 1',
    ],
    [
      'a short account',
      '{\n  "account": "1",\n  "vaults": {} }',
      'w:2: "account": an AWS account id has 12 digits',
    ],
    [
      'another AWS',
      '{\n  "aws": "local",\n  "vaults": {} }',
      'w:2: "aws" expected ("embedded" | "account"), got',
    ],
    ['another tier', vault(HOME, '"tier": "gold"'), 'w:5: "tier" expected ("standard" | "advanced"), got'],
    ['no region', vault('"home": "mars"'), 'w:4: "home": is not the name of an AWS region'],
    ['rotation too often', vault(HOME, '"rotationDays": 89'), 'w:5: "rotationDays": KMS rotates every 90 to'],
    [
      'rotation too rare',
      vault(HOME, '"rotationDays": 2561'),
      'w:5: "rotationDays": KMS rotates every 90 to',
    ],
    ['half a day', vault(HOME, '"rotationDays": 90.5'), 'w:5: "rotationDays": is not a whole number'],
    ['days as text', vault(HOME, '"rotationDays": "90"'), 'w:5: "rotationDays" expected number, got "90"'],
    [
      'too long a window',
      vault(HOME, '"deletionWindowDays": 31'),
      'w:5: "deletionWindowDays": KMS waits 7 to 30',
    ],
    ["a tag of AWS's", vault(HOME, '"tags": {\n"Aws:x": "1" }'), 'w:6: "Aws:x": a tag holds'],
    ['a tag as a number', vault(HOME, '"tags": {\n"x": 1 }'), 'w:6: "x" expected string, got 1'],
    ['a tag with a brace', vault(HOME, '"tags": {\n"x": "{" }'), 'w:6: "x": a tag holds letters'],
    ['no key', vault(HOME, '"kmsKey": ""'), 'w:5: "kmsKey": is not the id, ARN or alias of a KMS key'],
    // Its fields contradict each other
    ['no vault', '{\n  "vaults": {} }', 'w:2: names no vault'],
    [
      'a vault in a vault',
      '{ "vaults": {\n  "/a/b": { "home": "us-east-1" },\n  "/a": { "home": "us-east-1" } } }',
      'w:2: vault /a/b lies inside vault /a',
    ],
    [
      'a dotted path',
      '{ "vaults": {\n\n  "/a.b": { "home": "us-east-1" } } }',
      'w:3: vault path "/a.b" is not',
    ],
    [
      "a path of AWS's",
      '{ "vaults": {\n "/ssm": { "home": "us-east-1" } } }',
      'w:2: vault path "/ssm" starts',
    ],
    [
      'a repeated region',
      vault(HOME, '"replicas": ["eu-west-1", "eu-west-1"]'),
      'w:5: region eu-west-1 is named',
    ],
    ['home among replicas', vault(HOME, '"replicas": ["us-east-1"]'), 'w:5: home region us-east-1 is among'],
    ['a primary elsewhere', vault(HOME, '"primary": "eu-west-1"'), 'w:5: primary key region eu-west-1 is'],
    [
      'a default that is not there',
      '{\n  "defaultVault": "toString",\n  "vaults": { "/a": { "home": "us-east-1" } } }',
      'w:2: vault toString is not among the vaults',
    ],
  ])('names file and line of %s', async (_, text, start) => {
    const error: unknown = await parseConfig(text, 'w').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'WaxsealError', code: 'config_invalid' });
    const { message } = error as Error;
    expect(message.slice(0, start.length)).toBe(start);
    expect(message).toMatch(/: \S.*[^.]$/);
  });

  it('takes two vaults whose paths only begin alike', async () => {
    const text = '{ "vaults": { "/a": { "home": "us-east-1" }, "/ab": { "home": "us-east-1" } } }';
    await expect(parseConfig(text, 'w')).resolves.toBeDefined();
  });
});
