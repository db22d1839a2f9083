import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';

/** A waxseal.json whose vault starts in line 3 and whose last fields stand in lines of their own. */
function vault(...fields: readonly string[]): string {
  return ['{', '  "vaults": {', '    "/acme/dev": {', fields.join(',\n'), '} } }'].join('\n');
}
const HOME = '"home": "us-east-1"';
const MRK = 'mrk-0123456789abcdef0123456789abcdef';

/** What a vault is read as that says no more than where it is. */
function vaultOf(home: string, ...replicas: readonly string[]): object {
  return {
    home,
    replicas,
    tier: 'standard',
    publish: 'auto',
    rotationDays: 365,
    dataKeyMaxAgeDays: 365,
    deletionWindowDays: 30,
    acceptedKeyIds: [],
    tags: {},
    retired: false,
    roles: {},
  };
}

describe('parseConfig', () => {
  it('fills in the defaults', async () => {
    await expect(parseConfig(vault(HOME), 'waxseal.json')).resolves.toEqual({
      aws: 'account',
      vaults: {
        '/acme/dev': {
          home: 'us-east-1',
          replicas: [],
          tier: 'standard',
          publish: 'auto',
          rotationDays: 365,
          dataKeyMaxAgeDays: 365,
          deletionWindowDays: 30,
          acceptedKeyIds: [],
          tags: {},
          retired: false,
          roles: {},
        },
      },
      tags: {},
      administrators: [],
      breakGlass: { role: 'waxseal-break-glass', trustedBy: [] },
      alarms: { email: [] },
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
          replicas: ['us-gov-east-1'],
          primary: 'us-gov-east-1',
          tier: 'advanced',
          publish: 'manual',
          rotationDays: 90,
          dataKeyMaxAgeDays: 30,
          deletionWindowDays: 7,
          acceptedKeyIds: [MRK],
          tags: { 'Größe x_.:/=+-@': '' },
          retired: false,
          roles: { reader: ['ecs-tasks.amazonaws.com', '123456789012'], admin: [] },
        },
        '/c': { ...vaultOf('us-gov-east-1'), sharesKeyWith: '/b', retired: true },
        '/d': {
          ...vaultOf('eu-west-1', 'us-east-1'),
          keyId: `arn:aws:kms:us-east-1:123456789012:key/${MRK}`,
        },
        '/e': { ...vaultOf('us-east-1'), keyId: '01234567-89ab-cdef-0123-456789abcdef' },
        '/f': { ...vaultOf('us-east-1'), customKeyStoreId: 'cks-0123456789abcdef0' },
        '/g': { ...vaultOf('us-east-1', 'eu-west-1'), retired: ['eu-west-1'] },
      },
      tags: { a: 'b' },
      administrators: [
        'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Platform_*',
      ],
      breakGlass: { role: 'arn:aws:iam::123456789012:role/ops/Last', trustedBy: [] },
      alarms: { email: ['platform@acme.example'] },
      state: { bucket: 'acme-terraform', key: 'a/b.tfstate', region: 'eu-west-1', lockTable: 'locks' },
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
    for (const days of [1, 3650]) {
      await expect(parseConfig(vault(HOME, `"dataKeyMaxAgeDays": ${days}`), 'w')).resolves.toBeDefined();
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
    [
      'a data key of no age',
      vault(HOME, '"dataKeyMaxAgeDays": 0'),
      'w:5: "dataKeyMaxAgeDays": a data key is rotated every 1 to 3650 days',
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
    [
      'an alias that is accepted',
      vault(HOME, '"acceptedKeyIds": ["alias/own"]'),
      'w:5: "0": is not the id or ARN of a KMS key (an alias can be moved)',
    ],
    [
      'a key accepted beside itself',
      vault(HOME, `"keyId": "${MRK}"`, `"acceptedKeyIds": ["arn:aws:kms:us-east-1:123456789012:key/${MRK}"]`),
      `w:6: key ${MRK} is named twice`,
    ],
    [
      'an accepted key that replicas could not use',
      vault(HOME, '"replicas": ["eu-west-1"]', '"acceptedKeyIds": ["01234567-89ab-cdef-0123-456789abcdef"]'),
      'w:6: the key exists in one region only, so replicas could not open anything',
    ],
    ['no key', vault(HOME, '"keyId": ""'), 'w:5: "keyId": is not the id or ARN of a KMS key'],
    [
      'the alias of a key',
      vault(HOME, '"keyId": "alias/own"'),
      'w:5: "keyId": is not the id or ARN of a KMS key',
    ],
    ['a field of old', vault(HOME, '"kmsKey": "mrk-1"'), 'w:5: "kmsKey" is not a known field'],
    ['no role', vault(HOME, '"roles": {\n"owner": [] }'), 'w:6: "owner" is not a known field'],
    ['anybody in a role', vault(HOME, '"roles": {\n"reader": [\n"*"] }'), 'w:7: "0": is not an account id'],
    [
      'an administrator without an account',
      '{\n  "administrators": [\n"arn:aws:iam::*:role/x"],\n  "vaults": {} }',
      'w:3: "0": is not the ARN of a role or user',
    ],
    ['no bucket', '{\n  "state": { "region": "eu-west-1" },\n  "vaults": {} }', 'w:2: "bucket" is missing'],
    [
      'no address',
      '{\n  "alarms": {\n"email": ["x"] },\n  "vaults": {} }',
      'w:3: "0": is not an e-mail address',
    ],
    // Its fields contradict each other
    [
      'two partitions',
      vault(HOME, '"replicas": ["cn-north-1"]'),
      'w:5: cn-north-1 is in partition aws-cn, home',
    ],
    [
      'two keys',
      vault(HOME, `"keyId": "${MRK}"`, '"customKeyStoreId": "cks-0123456789abcdef0"'),
      'w:6: "keyId" and "customKeyStoreId" both say which key',
    ],
    [
      'a vault that shares with itself',
      vault(HOME, '"sharesKeyWith": "/acme/dev"'),
      'w:5: a vault does not share',
    ],
    ['home given up', vault(HOME, '"retired": ["us-east-1"]'), 'w:5: us-east-1 is the home region'],
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
