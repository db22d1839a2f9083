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

  it('lets the account, through IAM, look, administer, and use it for this vault only', () => {
    const { Statement } = JSON.parse(String(stack.of('aws_kms_key')[0]?.policy)) as {
      Statement: Record<string, unknown>[];
    };
    const root = expect.stringMatching(/^arn:.*:iam::123456789012:root$/);
    const allowed = Statement.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Principal }) => Principal)).toEqual(allowed.map(() => ({ AWS: root })));
    const context = 'kms:EncryptionContext:waxseal:vault';
    const uses = allowed.filter(({ Action }) => /Decrypt|Encrypt|GenerateDataKey/.test(String(Action)));
    expect(uses.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { [context]: ['/acme/prod'] }, ArnNotEquals: { 'aws:PrincipalArn': root } },
    ]);
    const denied = Statement.filter(({ Effect }) => Effect === 'Deny');
    const breakGlass = expect.stringMatching(/^arn:.*:iam::123456789012:role\/waxseal-break-glass$/);
    expect(denied.map(({ Principal, Condition }) => [Principal, Condition])).toEqual([
      [{ AWS: '*' }, { StringNotEquals: { [context]: ['/acme/prod'] } }],
      [{ AWS: '*' }, { ArnNotEquals: { 'aws:PrincipalArn': breakGlass } }],
    ]);
    expect(allowed.length + denied.length).toBe(Statement.length);
  });

  it('names the administrators and the break-glass role that it is given', () => {
    const administrators = ['arn:aws:iam::123456789012:role/Platform*'];
    const breakGlassRole = 'arn:aws:iam::123456789012:role/ops/Last';
    const { of } = synthScope((scope) => {
      new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', administrators, breakGlassRole });
    });
    const { Statement } = JSON.parse(String(of('aws_kms_key')[0]?.policy)) as {
      Statement: { Sid: string; Condition?: unknown }[];
    };
    const condition = (sid: string): unknown => Statement.find(({ Sid }) => Sid === sid)?.Condition;
    expect(condition('AdministerThroughIam')).toEqual({ ArnLike: { 'aws:PrincipalArn': administrators } });
    expect(condition('BreakGlass')).toEqual({ ArnEquals: { 'aws:PrincipalArn': breakGlassRole } });
    expect(condition('NeverEndedOutsideBreakGlass')).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': breakGlassRole },
    });
  });

  it('is of one region and is not rotated where it is made in a key store', () => {
    const { of } = synthScope((scope) => {
      new SealedVault(scope, 'v', {
        path: '/acme/prod',
        home: 'us-east-1',
        customKeyStoreId: 'cks-0123456789abcdef0',
      });
    });
    const [key] = of('aws_kms_key');
    expect(key).toMatchObject({
      custom_key_store_id: 'cks-0123456789abcdef0',
      multi_region: false,
      enable_key_rotation: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(key).not.toHaveProperty('rotation_period_in_days');
    expect(of('aws_kms_replica_key')).toEqual([]);
  });
});

describe.each(REPLICAS)('replica in %s', (region) => {
  it('follows the primary, with the same explicit policy', () => {
    const policy = stack.of('aws_kms_key')[0]?.policy;
    expect(policy).toEqual(expect.stringContaining('UseForItsVaultsThroughIam'));
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
    expect(stack.json).not.toContain('waxseal:retired');
  });

  it.each<[string, boolean | string[], string[]]>([
    ['nothing', false, []],
    ['nothing by a list', [], []],
    ['a region', ['eu-west-1'], ['eu-west-1']],
    ['the vault', true, ['ap-southeast-2', 'eu-west-1', 'us-east-1']],
  ])('may be destroyed, and say so, where they are given up: %s', (_, retired, wanted) => {
    const { of } = synthScope((scope) => {
      const replicas = ['eu-west-1', 'ap-southeast-2'];
      new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', replicas, retired });
    });
    const keys = [...of('aws_kms_key'), ...of('aws_kms_replica_key')];
    const free = keys.filter(({ lifecycle }) => !(lifecycle as { prevent_destroy: boolean }).prevent_destroy);
    expect(free.map(({ region }) => region).sort()).toEqual(wanted);
    const said = [...keys, ...of('aws_ssm_parameter')].filter(
      ({ tags }) => (tags as Record<string, string>)['waxseal:retired'] === 'true',
    );
    expect(said.map(({ region }) => region).sort()).toEqual([...wanted, ...wanted].sort());
  });
});
