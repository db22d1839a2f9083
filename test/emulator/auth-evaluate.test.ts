import { expect, test } from 'vitest';
import { type Policy, readPolicy } from '../../src/emulator/auth/document.ts';
import { evaluate } from '../../src/emulator/auth/evaluate.ts';
import { type ContextEntry, makeContext } from '../../src/emulator/auth/patterns.ts';
import { readPrincipal } from '../../src/emulator/auth/principals.ts';
import { present } from './support.ts';

const key = 'arn:aws:kms:us-east-1:000000000000:key/k';
const user = 'arn:aws:iam::000000000000:user/team/ann';
const session = 'arn:aws:sts::000000000000:assumed-role/app/i-1';
const root = 'arn:aws:iam::000000000000:root';

type Statement = Readonly<Record<string, unknown>>;

function policy(
  kind: 'identity' | 'resource',
  statements: readonly Statement[],
  Version = '2012-10-17',
): Policy {
  return readPolicy({ Version, Statement: statements }, kind);
}

interface Asked {
  readonly action?: string;
  readonly resource?: string;
  readonly context?: readonly ContextEntry[];
  readonly by?: string;
  readonly version?: string;
}

/** What identity policies alone decide. */
function iam(statements: readonly Statement[], asked: Asked = {}): string {
  return decide([policy('identity', statements, asked.version)], undefined, asked);
}

function decide(identity: readonly Policy[], resource: Policy | undefined, asked: Asked): string {
  const verdict = evaluate(
    { identity, ...(resource === undefined ? {} : { resource }) },
    {
      principal: present(readPrincipal(asked.by ?? user)),
      action: asked.action ?? 'kms:Decrypt',
      resource: asked.resource ?? key,
      context: makeContext(asked.context ?? []),
    },
  );
  if (verdict.allowed) return 'allowed';
  return `${verdict.explicit ? 'deny' : 'none'} ${verdict.policy}`;
}

const allow = (more: Statement = {}): Statement => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more });
const deny = (more: Statement = {}): Statement => ({ ...allow(more), Effect: 'Deny' });
const without = (statement: Statement, name: string): Statement =>
  Object.fromEntries(Object.entries(statement).filter(([one]) => one !== name));

test.each([
  ['kms:Decrypt', 'kms:Decrypt', true],
  ['KMS:decrypt', 'kms:Decrypt', true],
  ['kms:*', 'kms:Decrypt', true],
  ['kms:De*', 'kms:DescribeKey', true],
  ['kms:*Key', 'kms:GenerateDataKey', true],
  ['kms:*Key', 'kms:GenerateDataKeyWithoutPlaintext', false],
  ['kms:Decryp?', 'kms:Decrypt', true],
  ['kms:Decrypt?', 'kms:Decrypt', false],
  ['ssm:*', 'kms:Decrypt', false],
  ['*:Decrypt', 'kms:Decrypt', true],
  ['*', 'ssm:GetParameter', true],
  [['ssm:Get*', 'kms:Decrypt'], 'kms:Decrypt', true],
])('the action %j takes %s: %s', (Action, action, taken) => {
  expect(iam([allow({ Action })], { action })).toBe(taken ? 'allowed' : 'none identity');
  const NotAction = without(allow({ NotAction: Action }), 'Action');
  expect(iam([NotAction], { action })).toBe(taken ? 'none identity' : 'allowed');
  expect(iam([allow(), deny({ Action })], { action })).toBe(taken ? 'deny identity' : 'allowed');
});

const parameter = 'arn:aws:ssm:us-east-1:000000000000:parameter/acme/prod/A';

test.each([
  ['*', parameter, true],
  ['arn:aws:ssm:*:000000000000:parameter/acme/*', parameter, true],
  ['arn:aws:ssm:*:*:parameter/acme/prod/?', parameter, true],
  ['arn:aws:ssm:us-east-1:000000000000:parameter/acme/prod', parameter, false],
  ['arn:aws:ssm:us-east-1:000000000000:parameter/ACME/*', parameter, false],
  ['arn:aws:ssm:eu-*:000000000000:parameter/*', parameter, false],
  // A wildcard does not reach over a colon, except in the last part.
  ['arn:aws:ssm:*:parameter/acme/prod/A', parameter, false],
  ['arn:aws:ssm:*:*:*', 'arn:aws:ssm:r:0:parameter/a:3', true],
  // Incomplete ones are completed.
  ['arn:aws:ssm', parameter, true],
  ['arn:aws:kms', parameter, false],
  ['arn:aws:kms:*:000000000000:key/*', '*', false],
  ['*', '*', true],
])('the resource %s takes %s: %s', (Resource, resource, taken) => {
  expect(iam([allow({ Resource })], { resource })).toBe(taken ? 'allowed' : 'none identity');
  const NotResource = without(allow({ NotResource: Resource }), 'Resource');
  expect(iam([NotResource], { resource })).toBe(taken ? 'none identity' : 'allowed');
});

const given: readonly ContextEntry[] = [
  ['s', 'Prod'],
  ['n', '10'],
  ['b', 'true'],
  ['d', '2026-06-01T00:00:00Z'],
  ['ip', '10.1.2.3'],
  ['arn', 'arn:aws:iam::000000000000:role/app'],
  ['many', ['a', 'b']],
];

test.each([
  ['StringEquals', 's', 'Prod', true],
  ['StringEquals', 's', 'prod', false],
  ['StringEquals', 'S', ['x', 'Prod'], true],
  ['StringEquals', 's', 'Pro*', false],
  ['StringEquals', 'absent', 'x', false],
  ['StringEqualsIfExists', 'absent', 'x', true],
  ['StringEqualsIfExists', 's', 'x', false],
  ['StringNotEquals', 's', 'x', true],
  ['StringNotEquals', 's', ['x', 'Prod'], false],
  ['StringNotEquals', 'absent', 'x', true],
  ['StringEqualsIgnoreCase', 's', 'pROD', true],
  ['StringNotEqualsIgnoreCase', 's', 'pROD', false],
  ['StringLike', 's', 'P?o*', true],
  ['StringLike', 's', 'p*', false],
  ['StringLike', 'absent', '*', false],
  ['StringNotLike', 's', 'P*', false],
  ['StringNotLike', 's', 'x*', true],
  ['StringNotLikeIfExists', 'absent', '*', true],
  ['NumericEquals', 'n', 10, true],
  ['NumericEquals', 'n', '10.0', true],
  ['NumericEquals', 's', '10', false],
  ['NumericNotEquals', 'n', '10', false],
  ['NumericLessThan', 'n', '10', false],
  ['NumericLessThan', 'n', '11', true],
  ['NumericLessThanEquals', 'n', '10', true],
  ['NumericGreaterThan', 'n', '9', true],
  ['NumericGreaterThan', 'n', '10', false],
  ['NumericGreaterThanEquals', 'n', ['99', '10'], true],
  ['DateLessThan', 'd', '2027-01-01', true],
  ['DateLessThanEquals', 'd', '2026-05-31', false],
  ['DateGreaterThan', 'd', '1000000000', true],
  ['DateGreaterThanEquals', 'd', '2026-06-01T00:00:00Z', true],
  ['DateEquals', 'd', '2026-06-01T00:00:00.000Z', true],
  ['DateNotEquals', 'd', '2026-06-01T00:00:00.000Z', false],
  ['Bool', 'b', true, true],
  ['Bool', 'b', 'false', false],
  ['Bool', 'absent', 'false', false],
  ['BoolIfExists', 'absent', 'true', true],
  ['BinaryEquals', 's', 'Prod', true],
  ['IpAddress', 'ip', '10.1.0.0/16', true],
  ['IpAddress', 'ip', '10.1.2.4', false],
  ['IpAddress', 'ip', 'junk/99', false],
  ['NotIpAddress', 'ip', '10.1.0.0/16', false],
  ['ArnLike', 'arn', 'arn:aws:iam::*:role/a*', true],
  ['ArnEquals', 'arn', 'arn:*:iam::000000000000:role/app', true],
  ['ArnLike', 'arn', 'arn:*', false],
  ['ArnNotLike', 'arn', 'arn:aws:iam::*:user/*', true],
  ['ArnNotEquals', 'arn', 'arn:aws:iam::*:role/*', false],
  ['Null', 's', 'false', true],
  ['Null', 's', true, false],
  ['Null', 'absent', 'true', true],
  ['Null', 'absent', 'false', false],
  // Without a qualifier a negated operator takes all of the values.
  ['StringNotEquals', 'many', 'a', false],
  ['StringEquals', 'many', 'b', true],
  ['ForAllValues:StringEquals', 'many', ['a', 'b', 'c'], true],
  ['ForAllValues:StringEquals', 'many', ['a'], false],
  ['ForAllValues:StringEquals', 'absent', ['a'], true],
  ['ForAllValues:StringNotEquals', 'many', ['b'], false],
  ['ForAllValues:StringNotEquals', 'many', ['c'], true],
  ['ForAnyValue:StringEquals', 'many', ['b', 'z'], true],
  ['ForAnyValue:StringEquals', 'many', ['z'], false],
  ['ForAnyValue:StringEquals', 'absent', ['z'], false],
  ['ForAnyValue:StringNotEquals', 'absent', ['z'], false],
  ['ForAnyValue:StringNotEquals', 'many', ['a'], true],
  ['ForAnyValue:StringLikeIfExists', 'absent', ['z'], true],
])('%s of %s with %j: %s', (operator, name, value, held) => {
  const Condition = { [operator]: { [name]: value } };
  expect(iam([allow({ Condition })], { context: given })).toBe(held ? 'allowed' : 'none identity');
  expect(iam([allow(), deny({ Condition })], { context: given })).toBe(held ? 'deny identity' : 'allowed');
});

test('every line of a Condition has to hold', () => {
  const Condition = { StringEquals: { s: 'Prod', n: '10' }, Bool: { b: 'true' } };
  expect(iam([allow({ Condition })], { context: given })).toBe('allowed');
  const other = { ...Condition, Bool: { b: 'false' } };
  expect(iam([allow({ Condition: other })], { context: given })).toBe('none identity');
  const third = { ...Condition, StringEquals: { s: 'Prod', n: '11' } };
  expect(iam([allow({ Condition: third })], { context: given })).toBe('none identity');
});

test('variables are filled in, from Version 2012-10-17 on', () => {
  const prefix = 'arn:aws:ssm:us-east-1:000000000000:parameter/';
  const Resource = `${prefix}\${aws:username}/*`;
  const asked = { resource: `${prefix}ann/a`, context: [['aws:username', 'ann']] as const };
  expect(iam([allow({ Resource })], asked)).toBe('allowed');
  expect(iam([allow({ Resource })], { ...asked, resource: `${prefix}bob/a` })).toBe('none identity');
  expect(iam([allow({ Resource })], { ...asked, version: '2008-10-17' })).toBe('none identity');
  // Without a value the statement does not match, NotResource or not.
  expect(iam([allow({ Resource })], { resource: `${prefix}/a` })).toBe('none identity');
  const inverted = without(allow({ NotResource: Resource }), 'Resource');
  expect(iam([inverted], { resource: `${prefix}bob/a` })).toBe('none identity');
  expect(iam([inverted], { ...asked, resource: `${prefix}bob/a` })).toBe('allowed');
  const fallback = allow({ Resource: `${prefix}\${aws:username, 'all'}/*` });
  expect(iam([fallback], { resource: `${prefix}all/a` })).toBe('allowed');
  // What a variable brings is no wildcard, and `${*}` is a star.
  expect(iam([allow({ Resource })], { resource: `${prefix}x/a`, context: [['aws:username', '*']] })).toBe(
    'none identity',
  );
  const star = allow({ Condition: { StringLike: { s: `\${*}` } } });
  expect(iam([star], { context: [['s', '*']] })).toBe('allowed');
  expect(iam([star], { context: [['s', 'x']] })).toBe('none identity');
  const same = allow({ Condition: { StringEquals: { tag: `\${aws:username}` } } });
  expect(
    iam([same], {
      context: [
        ['aws:username', 'ann'],
        ['tag', 'ann'],
      ],
    }),
  ).toBe('allowed');
  expect(
    iam([same], {
      context: [
        ['aws:username', 'ann'],
        ['tag', 'bob'],
      ],
    }),
  ).toBe('none identity');
  expect(iam([same], { context: [['tag', 'bob']] })).toBe('none identity');
});

const everything = policy('identity', [allow()]);
const nothing = policy('identity', []);
const forKey = (AWS: unknown, more: Statement = {}): Policy =>
  policy('resource', [allow({ Principal: AWS === '*' ? '*' : { AWS }, ...more })]);

test.each([
  // The account: IAM decides.
  [user, root, 'allowed', 'none identity'],
  [user, '000000000000', 'allowed', 'none identity'],
  [user, '111111111111', 'none resource', 'none resource'],
  [session, root, 'allowed', 'none identity'],
  // The caller itself: IAM is not asked.
  [user, user, 'allowed', 'allowed'],
  [user, '*', 'allowed', 'allowed'],
  [user, ['*'], 'allowed', 'allowed'],
  [user, 'arn:aws:iam::000000000000:user/bob', 'none resource', 'none resource'],
  [session, session, 'allowed', 'allowed'],
  [session, 'arn:aws:iam::000000000000:role/app', 'allowed', 'allowed'],
  [session, 'arn:aws:iam::000000000000:role/service/app', 'allowed', 'allowed'],
  [session, 'arn:aws:iam::000000000000:role/app2', 'none resource', 'none resource'],
  [session, 'arn:aws:sts::000000000000:assumed-role/app/i-2', 'none resource', 'none resource'],
  [user, 'arn:aws:iam::000000000000:role/ann', 'none resource', 'none resource'],
  // Root needs no IAM policy, but the key's.
  [root, root, 'allowed', 'allowed'],
  [root, user, 'none resource', 'none resource'],
])('%s where the key policy allows %j: with IAM %s, without %s', (by, AWS, withIam, withoutIam) => {
  expect(decide([everything], forKey(AWS), { by })).toBe(withIam);
  expect(decide([nothing], forKey(AWS), { by })).toBe(withoutIam);
});

test('an explicit deny wins, wherever it stands', () => {
  const open = forKey('*');
  expect(decide([everything, policy('identity', [deny()])], open, {})).toBe('deny identity');
  for (const AWS of [root, user, '*']) {
    const closed = policy('resource', [
      allow({ Principal: '*' }),
      deny({ Principal: { AWS }, Action: 'kms:Decrypt' }),
    ]);
    expect(decide([everything], closed, {})).toBe('deny resource');
    expect(decide([everything], closed, { action: 'kms:Encrypt' })).toBe('allowed');
  }
  const other = policy('resource', [allow({ Principal: '*' }), deny({ Principal: { AWS: session } })]);
  expect(decide([], other, {})).toBe('allowed');
  expect(decide([], other, { by: session })).toBe('deny resource');
});

test('several policies add up, and a service principal is nobody here', () => {
  const reads = policy('identity', [allow({ Action: 'ssm:Get*' })]);
  const opens = policy('identity', [allow({ Action: 'kms:Decrypt' })]);
  expect(decide([reads, opens], undefined, {})).toBe('allowed');
  expect(decide([reads], undefined, {})).toBe('none identity');
  const service = policy('resource', [allow({ Principal: { Service: 'logs.amazonaws.com' } })]);
  expect(decide([everything], service, {})).toBe('none resource');
});
