import { expect, test } from 'vitest';
import type { Identity } from '../../src/emulator/index.ts';
import { account, allow, as, deny, forAll, keyPolicyOf, type Statement, user } from './auth-support.ts';
import { type Clients, code, failure, present, type Started, start } from './support.ts';

const arn = (name: string): string => `arn:aws:ssm:us-east-1:${account}:parameter${name}`;

/** An emulator with some parameters, and a caller with these statements. */
async function withCaller(
  ...statements: readonly Statement[]
): Promise<Clients & { readonly root: Started; readonly caller: Identity }> {
  const root = await start();
  for (const Name of ['/a/x', '/a/y', '/b/x'])
    await root.ssm.putParameter({ Name, Value: Name, Type: 'String', Tags: [{ Key: 'team', Value: Name }] });
  const caller = user('ANN', ...statements);
  root.emulator.setIdentities([caller]);
  return { ...as(root.emulator.endpoint, 'ANN'), root, caller };
}

const denied = 'AccessDeniedException';

test('one denied name fails GetParameters and DeleteParameters as a whole', async () => {
  const { ssm } = await withCaller(
    allow(['ssm:GetParameters', 'ssm:DeleteParameters'], arn('/a/*')),
    allow('ssm:GetParameter', arn('/b/*')),
  );
  const { Parameters, InvalidParameters } = await ssm.getParameters({ Names: ['/a/x', '/a/gone'] });
  expect([Parameters?.length, InvalidParameters]).toEqual([1, ['/a/gone']]);
  expect(await failure(ssm.getParameters({ Names: ['/a/x', '/b/x'] }))).toContain(
    `ssm:GetParameters on resource: ${arn('/b/x')}`,
  );
  expect(await code(ssm.getParameters({ Names: ['/a/x', '/b/gone'] }))).toBe(denied);
  expect(await code(ssm.deleteParameters({ Names: ['/a/x', '/b/x'] }))).toBe(denied);
  expect((await ssm.getParameters({ Names: ['/a/x'] })).Parameters).toHaveLength(1);
  expect((await ssm.deleteParameters({ Names: ['/a/x'] })).DeletedParameters).toEqual(['/a/x']);
});

test('each reading operation has a right of its own; versions and ARNs are the name', async () => {
  const { ssm } = await withCaller(allow('ssm:GetParameter', arn('/a/x')));
  for (const Name of ['/a/x', '/a/x:1', arn('/a/x'), `${arn('/a/x')}:1`])
    expect((await ssm.getParameter({ Name })).Parameter?.Value).toBe('/a/x');
  expect(await code(ssm.getParameter({ Name: '/a/y:1' }))).toBe(denied);
  expect(await code(ssm.getParameter({ Name: '/a/gone' }))).toBe(denied);
  expect(await code(ssm.getParameters({ Names: ['/a/x'] }))).toBe(denied);
  expect(await code(ssm.getParameterHistory({ Name: '/a/x' }))).toBe(denied);
  expect(await code(ssm.getParametersByPath({ Path: '/a' }))).toBe(denied);
  expect(await code(ssm.describeParameters({}))).toBe(denied);
  expect(await code(ssm.deleteParameter({ Name: '/a/x' }))).toBe(denied);
  expect(await code(ssm.labelParameterVersion({ Name: '/a/x', Labels: ['l'] }))).toBe(denied);
  expect(await code(ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: '/a/x' }))).toBe(denied);
});

test('a path opens all below it, also what is denied by name', async () => {
  const notRecursive = { StringEquals: { 'ssm:Recursive': 'true' } };
  const { ssm } = await withCaller(
    allow('ssm:GetParametersByPath', arn('/a')),
    deny('ssm:*', arn('/a/x')),
    allow('ssm:GetParametersByPath', arn('/b')),
    deny('ssm:GetParametersByPath', arn('/b'), notRecursive),
  );
  expect((await ssm.getParametersByPath({ Path: '/a', Recursive: true })).Parameters).toHaveLength(2);
  expect(await code(ssm.getParametersByPath({ Path: '/' }))).toBe(denied);
  expect((await ssm.getParametersByPath({ Path: '/b' })).Parameters).toHaveLength(1);
  expect(await code(ssm.getParametersByPath({ Path: '/b', Recursive: true }))).toBe(denied);
});

test('DescribeParameters is allowed on everything or not at all', async () => {
  const { ssm, root } = await withCaller(allow('ssm:DescribeParameters', arn('/*')));
  expect(await failure(ssm.describeParameters({}))).toContain('ssm:DescribeParameters on resource: *');
  root.emulator.setIdentities([user('ANN', allow('ssm:DescribeParameters'))]);
  expect((await ssm.describeParameters({})).Parameters).toHaveLength(3);
});

test('ssm:Overwrite, and tags on creation take their own right', async () => {
  const { ssm, root } = await withCaller(
    allow('ssm:PutParameter', '*', { StringEquals: { 'ssm:Overwrite': 'false' } }),
  );
  const put = { Name: '/a/new', Value: 'x', Type: 'String' } as const;
  const Tags = [{ Key: 'team', Value: 'red' }];
  expect(await failure(ssm.putParameter({ ...put, Tags }))).toContain('perform: ssm:AddTagsToResource on');
  expect((await ssm.putParameter(put)).Version).toBe(1);
  expect(await code(ssm.putParameter({ ...put, Overwrite: true }))).toBe(denied);
  const red = {
    StringEquals: { 'aws:RequestTag/team': 'red' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' },
  };
  root.emulator.setIdentities([
    user('ANN', allow('ssm:PutParameter'), allow('ssm:AddTagsToResource', '*', red)),
  ]);
  await ssm.putParameter({ ...put, Name: '/a/red', Tags });
  for (const wrong of [[{ Key: 'team', Value: 'blue' }], [...Tags, { Key: 'more', Value: '1' }]])
    expect(await code(ssm.putParameter({ ...put, Name: '/a/blue', Tags: wrong }))).toBe(denied);
});

test('conditions on the tags of a parameter, the region and the caller', async () => {
  const { ssm, root } = await withCaller(
    allow('ssm:GetParameter', '*', { StringEquals: { 'aws:ResourceTag/team': '/a/x' } }),
    allow('ssm:GetParameterHistory', '*', {
      StringEquals: { 'aws:RequestedRegion': 'us-east-1', 'aws:PrincipalAccount': account },
      ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/A*' },
    }),
  );
  await ssm.getParameter({ Name: '/a/x' });
  expect(await code(ssm.getParameter({ Name: '/a/y' }))).toBe(denied);
  await ssm.getParameterHistory({ Name: '/a/y' });
  const elsewhere = as(root.emulator.endpoint, 'ANN', 'eu-west-1').ssm;
  expect(await code(elsewhere.getParameterHistory({ Name: '/a/y' }))).toBe(denied);
});

test('a SecureString uses KMS as the caller', async () => {
  const root = await start();
  const { endpoint } = root.emulator;
  const Policy = keyPolicyOf(forAll(allow('kms:*')));
  const KeyId = present((await root.kms.createKey({ Policy })).KeyMetadata?.Arn);
  const use = { StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' } };
  const own = { StringEquals: { 'kms:EncryptionContext:PARAMETER_ARN': arn('/s/big') } };
  root.emulator.setIdentities([
    user('NONE', allow('ssm:*')),
    user('SOME', allow('ssm:*'), allow(['kms:Encrypt', 'kms:Decrypt'], KeyId, use)),
    user('BIG', allow('ssm:*'), allow(['kms:GenerateDataKey', 'kms:Decrypt'], KeyId, own)),
  ]);
  const [none, some, big] = [as(endpoint, 'NONE'), as(endpoint, 'SOME'), as(endpoint, 'BIG')];
  const put = { Name: '/s/a', Value: 'secret', Type: 'SecureString', KeyId } as const;
  const refusal = await failure(none.ssm.putParameter(put));
  expect(refusal).toContain(`AccessDeniedException: User: arn:aws:iam::${account}:user/NONE`);
  expect(refusal).toContain(`kms:Encrypt on resource: ${KeyId} because no identity-based policy allows`);
  expect(refusal).toContain('(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException)');
  await some.ssm.putParameter(put);
  const open = { Name: '/s/a', WithDecryption: true };
  expect((await some.ssm.getParameter(open)).Parameter?.Value).toBe('secret');
  expect(await failure(none.ssm.getParameter(open))).toMatch(
    /^AccessDeniedException: The ciphertext refers to/,
  );
  expect(await code(none.ssm.getParameters({ Names: ['/s/a'], WithDecryption: true }))).toBe(denied);
  expect((await none.ssm.getParameter({ Name: '/s/a' })).Parameter?.Value).not.toContain('secret');
  // The key may be used through Parameter Store only.
  expect(await code(some.kms.encrypt({ KeyId, Plaintext: Buffer.from('x') }))).toBe(denied);

  const advanced = { ...put, Name: '/s/big', Tier: 'Advanced' } as const;
  expect(await failure(some.ssm.putParameter(advanced))).toContain('perform: kms:GenerateDataKey');
  await big.ssm.putParameter(advanced);
  expect((await big.ssm.getParameter({ ...open, Name: '/s/big' })).Parameter?.Value).toBe('secret');
  expect(await code(big.ssm.getParameter(open))).toBe(denied);
});

test('the default key serves whoever may use Parameter Store, and nobody directly', async () => {
  const { emulator } = await start({ identities: [user('ANN', allow('ssm:*')), user('EVE', allow('*'))] });
  const [ann, eve] = [as(emulator.endpoint, 'ANN'), as(emulator.endpoint, 'EVE')];
  await ann.ssm.putParameter({ Name: '/s', Value: 'secret', Type: 'SecureString' });
  expect((await ann.ssm.getParameter({ Name: '/s', WithDecryption: true })).Parameter?.Value).toBe('secret');
  const KeyId = 'alias/aws/ssm';
  expect(await failure(eve.kms.encrypt({ KeyId, Plaintext: Buffer.from('x') }))).toContain(
    'because no resource-based policy allows the kms:Encrypt action',
  );
  expect((await eve.kms.describeKey({ KeyId })).KeyMetadata?.KeyManager).toBe('AWS');
  expect(await code(ann.kms.describeKey({ KeyId }))).toBe(denied);
});
