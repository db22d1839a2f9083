import { expect, test } from 'vitest';
import { insertVault } from '../../cli/init/insert.ts';

const ENTRY = { home: 'us-east-1', replicas: ['eu-west-1'], primary: 'us-east-1' };
const ADDED_WIDE = `,
    "/b/c": {
      "home": "us-east-1",
      "replicas": [
        "eu-west-1"
      ],
      "primary": "us-east-1"
    }`;
const ADDED_NARROW = ', "/b/c": { "home": "us-east-1", "replicas": ["eu-west-1"], "primary": "us-east-1" }';

test.each([
  [
    'lines of two spaces, and what stands behind the vaults',
    '{\n  "aws": "embedded",\n  "vaults": {\n    "/a": { "home": "us-east-1" }',
    ADDED_WIDE,
    '\n  },\n  "tags": { "managed-by": "x" }\n}\n',
  ],
  ['no last line break', '{\n  "vaults": {\n    "/a": { "home": "us-east-1" }', ADDED_WIDE, '\n  }\n}'],
  ['one line', '{ "vaults": { "/a": { "home": "us-east-1" }', ADDED_NARROW, ' } }'],
  ['no spaces at all', '{"vaults":{"/a":{"home":"us-east-1"}', ADDED_NARROW, '},"aws":"embedded"}'],
  [
    'tabs',
    '{\n\t"vaults": {\n\t\t"/a": { "home": "us-east-1" }',
    ADDED_WIDE.replaceAll('  ', '\t'),
    '\n\t}\n}\n',
  ],
  [
    'Windows lines and a byte-order mark',
    '\uFEFF{\r\n  "vaults": {\r\n    "/a": { "home": "us-east-1" }',
    ADDED_WIDE.replaceAll('\n', '\r\n'),
    '\r\n  }\r\n}\r\n',
  ],
  [
    'a member that looks like the vaults inside another',
    '{\n  "tags": { "vaults": "x" },\n  "vaults": {\n    "/a": { "home": "us-east-1" }',
    ADDED_WIDE,
    '\n  }\n}\n',
  ],
])('a vault comes behind the last one: %s', async (_what, before, added, after) => {
  expect(await insertVault(before + after, '/b/c', ENTRY)).toBe(before + added + after);
});

test('without a vault to follow there is nothing to put it behind', async () => {
  expect(await insertVault('{ "vaults": {} }', '/b/c', ENTRY)).toBeUndefined();
  expect(await insertVault('{ "aws": "embedded" }', '/b/c', ENTRY)).toBeUndefined();
});
