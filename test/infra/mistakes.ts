import { contradictions } from './contradictions.ts';
import { type Mistake, MRK, plain } from './mistake.ts';
import { sharingMistakes } from './sharing-mistakes.ts';

/** Mistakes in one field. */
const malformed: readonly Mistake[] = [
  field('unknown field', 'replica', [], /"replica" is not a known field/),
  field('the name that it had once', 'kmsKey', MRK, /"kmsKey" is not a known field/),
  field('not a region', 'home', 'Frankfurt', /"home": is not the name of an AWS region/),
  field('rotation too often', 'rotationDays', 89, /"rotationDays": KMS rotates every 90 to 2560 days/),
  field('rotation too rare', 'rotationDays', 2561, /"rotationDays": KMS rotates every 90 to 2560 days/),
  field('half a day', 'rotationDays', 365.5, /"rotationDays": is not a whole number/),
  field('deletion window', 'deletionWindowDays', 31, /"deletionWindowDays": KMS waits 7 to 30 days/),
  field(
    'Terraform expression as a key',
    'keyId',
    '$' + '{data.x.y}',
    /"keyId": is not the id or ARN of a KMS key/,
  ),
  field(
    'alias as a key',
    'keyId',
    'alias/own',
    /"keyId": is not the id or ARN of a KMS key \(an alias can be moved\)/,
  ),
  field(
    'ARN of an alias as a key',
    'keyId',
    'arn:aws:kms:us-east-1:123456789012:alias/own',
    /"keyId": is not the id or ARN/,
  ),
  field(
    'ARN of a parameter as a key',
    'keyId',
    `arn:aws:ssm:us-east-1:123456789012:key/${MRK}`,
    /"keyId": is not the id or ARN/,
  ),
  field(
    'short key store',
    'customKeyStoreId',
    'cks-1',
    /"customKeyStoreId": is not the id of a custom key store/,
  ),
  field('retired by a word', 'retired', 'yes', /"retired" expected \(boolean \| Array\), got "yes"/),
  field('unknown role', 'roles', { owner: [] }, /"owner" is not a known field/),
  field(
    'everybody in a role',
    'roles',
    { reader: ['*'] },
    /"0": is not an account id, the ARN of a role or user/,
  ),
  field(
    'pattern in a role',
    'roles',
    { admin: ['arn:aws:iam::123456789012:role/*'] },
    /"0": is not an account id/,
  ),
  field('another service in a role', 'roles', { writer: ['ecs.example.com'] }, /"0": is not an account id/),
  {
    name: 'no home',
    says: /"home" is missing/,
    make: (_, __, v) => Reflect.deleteProperty(v, 'home'),
  },
  {
    name: 'reserved tag',
    says: /"AWS:x": a tag holds .* may not start with "aws:"/,
    at: '"AWS:x"',
    make: (_, __, v) => Object.assign(v, { tags: { 'AWS:x': '1' } }),
  },
  {
    name: 'Terraform expression in a tag',
    says: /"x": a tag holds letters/,
    at: '"x"',
    make: (_, __, v) => Object.assign(v, { tags: { x: '$' + '{data.x.y}' } }),
  },
  top('short account', { account: '12345' }, /12 digits/, '"account"'),
  ...[
    '*',
    '123456789012',
    'arn:aws:iam::123456789012:root',
    'arn:aws:sts::123456789012:assumed-role/Platform/x',
    'arn:aws:iam::*:role/Platform',
  ].map((name) =>
    top(
      `administrator ${name}`,
      { administrators: [name] },
      /"0": is not the ARN of a role or user/,
      `"${name}"`,
    ),
  ),
  top(
    'administrators who are one',
    { administrators: 'x' },
    /"administrators" expected Array/,
    '"administrators"',
  ),
  top(
    'break-glass pattern',
    { breakGlass: { role: 'wax*' } },
    /"role": is not the name or ARN of a role/,
    '"role"',
  ),
  top('break-glass for all', { breakGlass: { trustedBy: ['*'] } }, /"0": is not an account id/, '"*"'),
  top(
    'no e-mail address',
    { alarms: { email: ['platform'] } },
    /"0": is not an e-mail address/,
    '"platform"',
  ),
  top(
    'bucket by its URL',
    { state: { bucket: 's3://acme', region: 'eu-west-1' } },
    /"bucket": is not the name of an S3 bucket/,
    '"bucket"',
  ),
  top(
    'bucket with capitals',
    { state: { bucket: 'Acme', region: 'eu-west-1' } },
    /"bucket": is not the name of an S3 bucket/,
    '"bucket"',
  ),
  top('bucket without region', { state: { bucket: 'acme' } }, /"region" is missing/, '"state"'),
  top(
    'Terraform expression in the state',
    { state: { bucket: 'acme', region: 'eu-west-1', key: '$' + '{x}' } },
    /"key": is not the key/,
    '"key"',
  ),
  top(
    'no table',
    { state: { bucket: 'acme', region: 'eu-west-1', lockTable: 'a b' } },
    /"lockTable": is not the name/,
    '"lockTable"',
  ),
];

function field(name: string, key: string, value: unknown, says: RegExp): Mistake {
  return { name, says, make: (c, p, v) => Object.assign(plain(c, p, v), { [key]: value }) };
}

function top(name: string, more: object, says: RegExp, at: string): Mistake {
  return { name, says, at, make: (config) => Object.assign(config, more) };
}

/** Each kind of mistake, applied to any vault of any waxseal.json. */
export const mistakes: readonly Mistake[] = [...contradictions, ...sharingMistakes, ...malformed];
