import { expect, test } from 'vitest';
import { suggestHome, suggestReplica, suggestVaults } from '../../cli/init/suggest.ts';
import { checkVaultPath } from '../../src/secret-name.ts';

test.each([
  ['/home/me/acme', '/acme/dev'],
  ['/src/My Shop.v2', '/my-shop-v2/dev'],
  ['/src/Café_Zürich', '/cafe_zurich/dev'],
  ['/src/--x--', '/x/dev'],
  ['/src/aws-tools', '/my-aws-tools/dev'],
  ['/src/SSM', '/my-ssm/dev'],
  [`/src/${'long-'.repeat(50)}`, undefined],
])('%s becomes a vault path that is allowed', (folder, expected) => {
  const [first = ''] = suggestVaults(folder);
  expect(checkVaultPath(first)).toBe(first);
  if (expected !== undefined) expect(first).toBe(expected);
});

test.each(['/', '/src/日本語', '/src/...'])('%s makes no vault path', (folder) => {
  expect(suggestVaults(folder)).toEqual([]);
});

test('the home region is that of the AWS variables, when it is one', () => {
  expect(suggestHome({})).toBe('us-east-1');
  expect(suggestHome({ AWS_DEFAULT_REGION: 'eu-north-1' })).toBe('eu-north-1');
  expect(suggestHome({ AWS_REGION: 'sa-east-1', AWS_DEFAULT_REGION: 'eu-north-1' })).toBe('sa-east-1');
  expect(suggestHome({ AWS_REGION: 'nowhere', AWS_DEFAULT_REGION: '' })).toBe('us-east-1');
});

test.each([
  ['us-east-1', 'eu-west-1'],
  ['eu-west-1', 'us-east-1'],
  ['cn-north-1', 'cn-northwest-1'],
  ['us-gov-west-1', 'us-gov-east-1'],
  ['us-iso-east-1', undefined],
])('a replica for %s lies in its partition', (home, replica) => {
  expect(suggestReplica(home)).toBe(replica);
});
