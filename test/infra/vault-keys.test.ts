import { describe, expect, it } from 'vitest';
import { SealedVault } from '../../src/constructs/index.ts';
import { missing, type Synthesized, synthScope } from './synth.ts';

const stack: Synthesized = synthScope((scope) => {
  new SealedVault(scope, 'prod', {
    path: '/acme/prod',
    home: 'us-east-1',
    replicas: ['eu-west-1', 'ap-southeast-2'],
    primary: 'eu-west-1',
    rotationDays: 180,
    deletionWindowDays: 21,
    tags: { team: 'payments' },
    account: '123456789012',
  });
});
const REPLICAS = ['us-east-1', 'ap-southeast-2'];
const TAGS = { team: 'payments', 'waxseal:vault': '/acme/prod' };
const PRIMARY = 'aws_kms_key.vault__acme__prod__eu-west-1';

describe('primary key', () => {
  it('is multi-region, rotates, keeps its deletion window and carries the tags', () => {
    expect(
      missing(stack.json, 'aws_kms_key', {
        region: 'eu-west-1',
        multi_region: true,
        is_enabled: true,
        enable_key_rotation: true,
        rotation_period_in_days: 180,
        deletion_window_in_days: 21,
        tags: TAGS,
      }),
    ).toBe('');
  });

  it('lets the account administer it and use it for this vault only', () => {
    const policy = JSON.parse(String(stack.of('aws_kms_key')[0]?.policy)) as {
      Statement: Record<string, unknown>[];
    };
    const root = { AWS: expect.stringMatching(/^arn:.*:iam::123456789012:root$/) };
    expect(policy.Statement.map(({ Principal }) => Principal)).toEqual(policy.Statement.map(() => root));
    const uses = policy.Statement.filter(({ Action }) =>
      (Action as string[]).some((action) => /Decrypt|Encrypt|GenerateDataKey|\*$/.test(action)),
    ).filter(({ Sid }) => Sid !== 'AdministerThroughIam');
    expect(uses.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'kms:EncryptionContext:waxseal:vault': '/acme/prod' } },
    ]);
  });
});

describe.each(REPLICAS)('replica in %s', (region) => {
  it('follows the primary, with the same explicit policy', () => {
    const policy = stack.of('aws_kms_key')[0]?.policy;
    expect(policy).toEqual(expect.stringContaining('UseForThisVaultThroughIam'));
    expect(
      missing(stack.json, 'aws_kms_replica_key', {
        region,
        enabled: true,
        primary_key_arn: `\${${PRIMARY}.arn}`,
        deletion_window_in_days: 21,
        tags: TAGS,
        policy,
      }),
    ).toBe('');
  });

  it("has the vault's alias on the replica, not on the primary", () => {
    expect(
      missing(stack.json, 'aws_kms_alias', {
        region,
        name: 'alias/waxseal/acme/prod',
        target_key_id: `\${aws_kms_replica_key.vault__acme__prod__${region}.key_id}`,
      }),
    ).toBe('');
  });
});

describe('all keys', () => {
  it('give the alias to the primary in its own region', () => {
    expect(
      missing(stack.json, 'aws_kms_alias', {
        region: 'eu-west-1',
        name: 'alias/waxseal/acme/prod',
        target_key_id: `\${${PRIMARY}.key_id}`,
      }),
    ).toBe('');
    expect(stack.of('aws_kms_alias')).toHaveLength(3);
  });

  it('may not be destroyed by a plan', () => {
    const keys = [...stack.of('aws_kms_key'), ...stack.of('aws_kms_replica_key')];
    expect(keys.map(({ lifecycle }) => lifecycle)).toEqual(Array(3).fill({ prevent_destroy: true }));
  });
});
