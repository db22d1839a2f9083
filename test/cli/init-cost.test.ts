import { expect, test } from 'vitest';
import { cost } from '../../cli/init/cost.ts';
import { madeFor, priceText } from '../../cli/init/text.ts';
import { parseConfig, planVaults, type VaultPlan } from '../../src/config/index.ts';

async function planOf(vault: object, others: object = {}): Promise<VaultPlan> {
  const config = await parseConfig(JSON.stringify({ vaults: { ...others, '/a/b': vault } }), 'waxseal.json');
  const plan = planVaults(config).find((one) => one.vault === '/a/b');
  if (plan === undefined) throw new Error('the vault has no plan');
  return plan;
}

const OWNER = { '/a/owner': { home: 'us-east-1', replicas: ['eu-west-1'] } };
const ADOPTED = `mrk-${'0'.repeat(32)}`;

test.each([
  ['one region', { home: 'us-east-1' }, { keys: 1, now: 1, afterTwoRotations: 3 }],
  ['a replica', { home: 'us-east-1', replicas: ['eu-west-1'] }, { keys: 2, now: 2, afterTwoRotations: 6 }],
  [
    'two replicas, the primary in one of them',
    { home: 'us-east-1', replicas: ['eu-west-1', 'us-west-2'], primary: 'us-west-2' },
    { keys: 3, now: 3, afterTwoRotations: 9 },
  ],
  [
    'a key that it adopts',
    { home: 'us-east-1', replicas: ['eu-west-1'], keyId: ADOPTED },
    { keys: 0, now: 0, afterTwoRotations: 0 },
  ],
  [
    'a key that it shares',
    { home: 'us-east-1', sharesKeyWith: '/a/owner' },
    { keys: 0, now: 0, afterTwoRotations: 0 },
  ],
  [
    'a key store, which rotates nothing',
    { home: 'us-east-1', customKeyStoreId: 'cks-1234567890abcdef0' },
    { keys: 1, now: 1, afterTwoRotations: 1 },
  ],
])('the price of %s', async (_what, vault, expected) => {
  expect(cost(await planOf(vault, OWNER))).toEqual(expected);
});

test('the price in words, where it is paid and where it would be', () => {
  const two = { keys: 2, now: 2, afterTwoRotations: 6 };
  expect(priceText(two, 'account')[0]).toBe(
    'costs $2 a month for 2 KMS keys, $6 from the second rotation on, not more later',
  );
  expect(priceText(two, 'embedded')[0]).toMatch(/^costs nothing; in an AWS account \$2 a month/);
  expect(priceText({ keys: 1, now: 1, afterTwoRotations: 1 }, 'account')[0]).toBe(
    'costs $1 a month for 1 KMS key',
  );
});

test('what is made says where the primary key is, and leaves to an account what only that has', async () => {
  const plan = await planOf({ home: 'us-east-1', replicas: ['eu-west-1'], primary: 'eu-west-1' });
  const embedded = [
    'multi-region KMS key in eu-west-1, rotated every 365 days',
    'its replica key in us-east-1',
    'alias/waxseal/a/b in us-east-1, eu-west-1',
    'descriptor /a/b/.waxseal/vault in us-east-1, eu-west-1',
  ];
  expect(madeFor(plan, 'embedded')).toEqual(embedded);
  expect(madeFor(plan, 'account')).toEqual([
    ...embedded,
    '4 IAM policies: reader, writer, admin, auditor',
    'alarm on changes to its key in us-east-1',
    'alarm on changes to its key in eu-west-1',
  ]);
});
