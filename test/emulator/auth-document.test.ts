import { expect, test } from 'vitest';
import { PolicyError, readPolicy } from '../../src/emulator/auth/document.ts';
import { type EmulatorError, type Identity, startEmulator } from '../../src/emulator/index.ts';
import { failure, present, start } from './support.ts';

const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
const withPrincipal = { ...statement, Principal: '*' };
const without = (name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(withPrincipal).filter(([one]) => one !== name));

test('what both kinds accept', () => {
  const Sid = 'Any words';
  const Condition = { 'ForAllValues:StringLikeIfExists': { k: ['a', 1, true] }, Null: { k: false } };
  readPolicy({ Version: '2008-10-17', Id: 'x', Statement: { ...statement, Sid, Condition } }, 'identity');
  const services = { AWS: ['000000000000', 'AROAABCDEFGHIJKLMNOPQ'], Service: 's3.amazonaws.com' };
  const resource = readPolicy({ Statement: [{ ...withPrincipal, Principal: services }] }, 'resource');
  expect(resource.statements[0]?.principals.map(({ kind }) => kind)).toEqual(['account', 'nobody', 'nobody']);
});

const refusedAnywhere: readonly (readonly [string, Record<string, unknown>])[] = [
  ['NotPrincipal', { ...without('Principal'), NotPrincipal: '*' }],
  ['Effect', { ...withPrincipal, Effect: 'allow' }],
  ['either Action or NotAction', without('Action')],
  ['either Action or NotAction', { ...withPrincipal, NotAction: '*' }],
  ['either Resource or NotResource', without('Resource')],
  ['Action can have', { ...withPrincipal, Action: 'Decrypt' }],
  ['Action can have', { ...withPrincipal, Action: [] }],
  ['Resource can have', { ...withPrincipal, Resource: 'key/x' }],
  ['Action is neither a string', { ...withPrincipal, Action: 7 }],
  ['not known: Conditions', { ...withPrincipal, Conditions: {} }],
  ['operator that is not known: StringEqual.', { ...withPrincipal, Condition: { StringEqual: { k: 'v' } } }],
  ['operator that is not known: NullIfExists', { ...withPrincipal, Condition: { NullIfExists: { k: 'v' } } }],
  [
    'operator that is not known: ForSomeValues',
    { ...withPrincipal, Condition: { 'ForSomeValues:Bool': {} } },
  ],
  ['operator that is not known: constructor', { ...withPrincipal, Condition: { constructor: {} } }],
  ['Condition that is not', { ...withPrincipal, Condition: [] }],
  ['StringEquals is not', { ...withPrincipal, Condition: { StringEquals: 'k' } }],
  ['StringEquals of k', { ...withPrincipal, Condition: { StringEquals: { k: {} } } }],
  ['Sid', { ...withPrincipal, Sid: 1 }],
];

test.each(refusedAnywhere)('refused as a statement: %s', (message, one) => {
  expect(() => readPolicy({ Statement: one }, 'resource')).toThrow(message);
  // In an identity policy the Principal alone would be reason enough.
  const { Principal: _, ...identity } = one;
  expect(() => readPolicy({ Statement: [statement, identity] }, 'identity')).toThrow(message);
});

test.each([
  ['not a JSON object', null],
  ['not a JSON object', [withPrincipal]],
  ['no Statement', {}],
  ['Version', { Version: '2012-10-18', Statement: [withPrincipal] }],
  ['not known: Statements', { Statement: [withPrincipal], Statements: [] }],
  ['Statement 2 is not', { Statement: [withPrincipal, 'x'] }],
  ['no valid Principal', { Statement: without('Principal') }],
  ['no valid Principal', { Statement: { ...statement, Principal: 'arn:aws:iam::000000000000:root' } }],
  ['not known: CanonicalUser', { Statement: { ...statement, Principal: { CanonicalUser: 'x' } } }],
  ['role/a*', { Statement: { ...statement, Principal: { AWS: 'arn:aws:iam::000000000000:role/a*' } } }],
  ['group/g', { Statement: { ...statement, Principal: { AWS: 'arn:aws:iam::000000000000:group/g' } } }],
])('refused as a key policy: %s', (message, document) => {
  expect(() => readPolicy(document, 'resource')).toThrow(PolicyError);
  expect(() => readPolicy(document, 'resource')).toThrow(message);
});

test('an identity policy has no Principal', () => {
  expect(() => readPolicy({ Statement: withPrincipal }, 'identity')).toThrow('not known: Principal');
});

test('KMS refuses to store what can not be evaluated, with or without identities', async () => {
  const { kms } = await start();
  const stored = JSON.stringify({ Statement: [withPrincipal] });
  const KeyId = present((await kms.createKey({ Policy: stored, MultiRegion: true })).KeyMetadata?.KeyId);
  const Condition = { StringEqual: { 'kms:ViaService': 'x' } };
  const Policy = JSON.stringify({ Statement: [withPrincipal, { ...withPrincipal, Condition }] });
  const refused =
    'MalformedPolicyDocumentException: Statement 2 has a condition operator that is not known: StringEqual.';
  expect(await failure(kms.createKey({ Policy }))).toBe(refused);
  expect(await failure(kms.putKeyPolicy({ KeyId, Policy }))).toBe(refused);
  expect(await failure(kms.replicateKey({ KeyId, Policy, ReplicaRegion: 'eu-west-1' }))).toBe(refused);
  expect((await kms.getKeyPolicy({ KeyId })).Policy).toBe(stored);
});

const ann: Identity = { accessKeyId: 'ANN', arn: 'arn:aws:iam::000000000000:user/ann', policies: [] };

test.each([
  ['two have', [ann, ann]],
  ['expected a list', {}],
  ['not an object', [null]],
  ['accessKeyId', [{ ...ann, accessKeyId: 'A/B' }]],
  ['ANN has an arn', [{ ...ann, arn: 'arn:aws:iam::000000000000:role/app' }]],
  ['ANN is not of the account', [{ ...ann, arn: 'arn:aws:iam::111111111111:user/ann' }]],
  ['ANN is not of the account', [{ ...ann, account: '111111111111' }]],
  ['ANN has no list', [{ ...ann, policies: { Statement: [statement] } }]],
  ['unknown member policy', [{ ...ann, policy: {} }]],
  [
    'ANN has a malformed policy 2: Statement 1',
    [{ ...ann, policies: [{ Statement: [] }, { Statement: withPrincipal }] }],
  ],
  [
    'account root',
    [{ ...ann, arn: 'arn:aws:iam::000000000000:root', policies: [{ Statement: [statement] }] }],
  ],
])('identities are refused: %s', async (message, list) => {
  const identities = list as unknown as readonly Identity[];
  const refused = { code: 'emulator_option_invalid', message: expect.stringContaining(message) };
  await expect(startEmulator({ identities })).rejects.toMatchObject(refused);
  const { emulator } = await start({ identities: [ann] });
  let thrown: EmulatorError | undefined;
  try {
    emulator.setIdentities(identities);
  } catch (error) {
    thrown = error as EmulatorError;
  }
  expect(thrown).toMatchObject(refused);
  expect(emulator.identities).toEqual([ann]);
});
