import type { PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { code, failure, start } from './support.ts';

type Put = Partial<PutParameterCommandInput>;
const put = (change: Put = {}): PutParameterCommandInput => ({
  Name: '/a/b',
  Value: 'v',
  Type: 'String',
  ...change,
});

test('a parameter is made once, and overwritten only when asked to', async () => {
  const { ssm } = await start();
  expect(await ssm.putParameter(put())).toMatchObject({ Version: 1, Tier: 'Standard' });
  expect(await failure(ssm.putParameter(put()))).toMatch(
    /^ParameterAlreadyExists: The parameter already exists\./,
  );
  expect(await ssm.putParameter(put({ Overwrite: true, Value: 'w' }))).toMatchObject({ Version: 2 });
  const { Parameter } = await ssm.getParameter({ Name: '/a/b' });
  expect(Parameter).toMatchObject({
    Name: '/a/b',
    Value: 'w',
    Version: 2,
    Type: 'String',
    DataType: 'text',
    ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/a/b',
  });
  expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
});

test('a deleted name begins at version 1 again', async () => {
  const { ssm } = await start();
  await ssm.putParameter(put());
  await ssm.putParameter(put({ Overwrite: true }));
  await ssm.deleteParameter({ Name: '/a/b' });
  expect(await code(ssm.getParameter({ Name: '/a/b' }))).toBe('ParameterNotFound');
  expect(await code(ssm.deleteParameter({ Name: '/a/b' }))).toBe('ParameterNotFound');
  expect(await ssm.putParameter(put())).toMatchObject({ Version: 1 });
  expect((await ssm.getParameterHistory({ Name: '/a/b' })).Parameters).toHaveLength(1);
});

const tooLong = 'x'.repeat(2000);
test.each<[string, Put, RegExp]>([
  [
    'standard holds 4096',
    { Value: 'x'.repeat(4097) },
    /^ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters/,
  ],
  [
    'advanced holds 8192',
    { Value: 'x'.repeat(8193), Tier: 'Advanced' },
    /^ValidationException: .*8192 characters/,
  ],
  ['an empty value', { Value: '' }, /^ValidationException: 1 validation error detected: Value at 'value'/],
  ['nesting', { Value: 'a {{ssm:x}} b' }, /^ValidationException: .*can't nest another parameter/],
  ['no type at first', { Type: undefined as never }, /^ValidationException: A parameter type is required/],
  [
    'tags with overwrite',
    { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] },
    /^ValidationException: .*tags and overwrite can't be used together/,
  ],
  ['a space in the name', { Name: '/a b' }, /^ValidationException/],
  ['a colon in the name', { Name: '/a:b' }, /^ValidationException/],
  ['an ARN', { Name: 'arn:aws:ssm:us-east-1:000000000000:parameter/a' }, /^ValidationException/],
  ['a slash at the end', { Name: '/a/' }, /^ValidationException: Parameter name must not end with slash/],
  ['two slashes', { Name: '/a//b' }, /^ValidationException/],
  ['no slash at the beginning of a path', { Name: 'a/b' }, /^ValidationException: .*fully qualified/],
  ['aws', { Name: '/AWSome' }, /^AccessDeniedException: No access to reserved parameter name/],
  ['ssm', { Name: 'Ssm-thing' }, /^ValidationException: .*"ssm"/],
  ['16 levels', { Name: '/a'.repeat(16) }, /^HierarchyLevelLimitExceededException/],
  [
    '1012 characters with the ARN',
    { Name: `/${tooLong.slice(0, 1012 - 'arn:aws:ssm:us-east-1:000000000000:parameter'.length - 1)}` },
    /^ValidationException: .*1011/,
  ],
  ['a pattern that does not match', { AllowedPattern: '^\\d+$' }, /^ParameterPatternMismatchException/],
  ['a pattern that is none', { AllowedPattern: '(' }, /^InvalidAllowedPatternException/],
  ['an unknown data type', { DataType: 'aws:s3:key' }, /^ValidationException/],
  ['what is no image id', { DataType: 'aws:ec2:image' }, /^ValidationException/],
  ['an unknown type', { Type: 'Blob' as never }, /^ValidationException/],
  ['a key for a plain string', { KeyId: 'alias/aws/ssm' }, /^ValidationException/],
  ['a policy', { Tier: 'Advanced', Policies: '[{"Type":"Expiration"}]' }, /^ValidationException/],
  ['reserved tags', { Tags: [{ Key: 'aws:a', Value: '' }] }, /^ValidationException/],
])('refused: %s', async (_, change, expected) => {
  const { ssm } = await start();
  expect(await failure(ssm.putParameter(put(change)))).toMatch(expected);
  expect((await ssm.describeParameters({})).Parameters).toEqual([]);
});

test.each<[string, Put]>([
  ['4096 characters', { Value: 'x'.repeat(4096) }],
  ['8192 characters, advanced', { Value: 'x'.repeat(8192), Tier: 'Advanced' }],
  ['15 levels', { Name: '/a'.repeat(15) }],
  [
    '1011 characters with the ARN',
    { Name: `/${tooLong.slice(0, 1011 - 'arn:aws:ssm:us-east-1:000000000000:parameter'.length - 1)}` },
  ],
  ['a flat name', { Name: 'flat.name_-' }],
  ['what Terraform sends', { AllowedPattern: '', Overwrite: false, Tags: [], Tier: 'Standard' }],
  ['a pattern', { AllowedPattern: '^v$' }],
  ['an image id', { DataType: 'aws:ec2:image', Value: 'ami-0123456789abcdef0' }],
  ['a single brace', { Value: '{"a":{"b":1}}' }],
])('accepted: %s', async (_, change) => {
  const { ssm } = await start();
  const request = put(change);
  expect(await ssm.putParameter(request)).toMatchObject({ Version: 1 });
  expect((await ssm.getParameter({ Name: request.Name })).Parameter?.Value).toBe(request.Value);
});

test('tiers go up and never down', async () => {
  const { ssm } = await start();
  const large = 'x'.repeat(5000);
  expect(await ssm.putParameter(put({ Tier: 'Intelligent-Tiering' }))).toMatchObject({ Tier: 'Standard' });
  const grown = put({ Tier: 'Intelligent-Tiering', Value: large, Overwrite: true });
  expect(await ssm.putParameter(grown)).toMatchObject({ Tier: 'Advanced' });
  expect(await failure(ssm.putParameter(put({ Tier: 'Standard', Overwrite: true })))).toMatch(
    /^ValidationException: .*can't downgrade/,
  );
  expect(await ssm.putParameter(put({ Overwrite: true }))).toMatchObject({ Tier: 'Advanced' });
  expect(await ssm.putParameter(put({ Overwrite: true, Tier: 'Intelligent-Tiering' }))).toMatchObject({
    Tier: 'Advanced',
  });
  expect((await ssm.describeParameters({})).Parameters?.[0]?.Tier).toBe('Advanced');
});

test('the type stays', async () => {
  const { ssm } = await start();
  await ssm.putParameter(put());
  expect(await code(ssm.putParameter(put({ Type: 'SecureString', Overwrite: true })))).toBe(
    'HierarchyTypeMismatchException',
  );
  const { Type: _, ...untyped } = put({ Overwrite: true });
  expect(await ssm.putParameter(untyped)).toMatchObject({ Version: 2 });
});

test('a refused request leaves nothing behind and does not quote the value', async () => {
  const { ssm } = await start();
  const secret = 'correct-horse-battery';
  for (const change of [
    { Value: secret.repeat(300) },
    { Value: `${secret}{{a}}` },
    { Value: secret, AllowedPattern: '^no$' },
    { Value: secret, Type: secret as never },
    { Value: secret, DataType: 'aws:ec2:image' },
  ])
    expect(await failure(ssm.putParameter(put(change)))).not.toContain(secret);
  expect((await ssm.getParameters({ Names: ['/a/b'] })).InvalidParameters).toEqual(['/a/b']);
});

test('regions have nothing in common', async () => {
  const { ssm, at } = await start();
  await ssm.putParameter(put({ Value: 'us' }));
  const eu = at('eu-west-1').ssm;
  expect(await code(eu.getParameter({ Name: '/a/b' }))).toBe('ParameterNotFound');
  await eu.putParameter(put({ Value: 'eu' }));
  await ssm.deleteParameter({ Name: '/a/b' });
  expect((await eu.getParameter({ Name: '/a/b' })).Parameter).toMatchObject({
    Value: 'eu',
    ARN: 'arn:aws:ssm:eu-west-1:000000000000:parameter/a/b',
  });
});
