import { describe, expect, it } from 'vitest';
import { SealedVault, type SealedVaultProps } from '../../src/constructs/index.ts';
import { missing, type Synthesized, synthScope } from './synth.ts';

const MRK = 'mrk-0123456789abcdef0123456789abcdef';
const STORE = 'cks-0123456789abcdef0';
const SINGLE = '01234567-89ab-cdef-0123-456789abcdef';

function synthVault(props: Partial<SealedVaultProps> = {}): Synthesized {
  return synthScope((scope) => {
    new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', ...props });
  });
}

describe('SealedVault without waxseal.json', () => {
  it('needs a path and a home only', () => {
    const { json, of } = synthVault();
    expect(
      missing(json, 'aws_kms_key', {
        region: 'us-east-1',
        rotation_period_in_days: 365,
        deletion_window_in_days: 30,
      }),
    ).toBe('');
    expect(of('aws_kms_replica_key')).toEqual([]);
    expect(of('aws_kms_alias')).toHaveLength(1);
  });

  it('asks Terraform for the account and the partition when they are not named', () => {
    expect(Object.keys(synthVault().data).sort()).toEqual(['aws_caller_identity', 'aws_partition']);
    const named = synthVault({ account: '123456789012', partition: 'aws-cn' });
    expect(named.data).toEqual({});
    expect(named.of('aws_kms_key')[0]?.policy).toContain('arn:aws-cn:iam::123456789012:root');
  });

  it('puts a plain, standard descriptor with the bare key id into every region', () => {
    const { json, of } = synthVault({ replicas: ['eu-west-1'], tags: { team: 'a' } });
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(
        missing(json, 'aws_ssm_parameter', {
          region,
          name: '/acme/prod/.waxseal/vault',
          type: 'String',
          tier: 'Standard',
          data_type: 'text',
          tags: { team: 'a', 'waxseal:vault': '/acme/prod' },
          value: JSON.stringify({
            wx: 1,
            vault: '/acme/prod',
            kms: '$' + '{aws_kms_key.vault__acme__prod__us-east-1.key_id}',
            home: 'us-east-1',
            regions: ['us-east-1', 'eu-west-1'],
          }),
        }),
      ).toBe('');
    }
    expect(of('aws_ssm_parameter')).toHaveLength(2);
    expect(json).not.toContain('SecureString');
  });
});

describe('SealedVault refuses', () => {
  it.each<[string, Partial<SealedVaultProps>, string, RegExp]>([
    ['a path with a dot', { path: '/a.b' }, 'invalid_name', /"\/a\.b" is not a path/],
    [
      'a home that is no region',
      { home: 'mars' },
      'config_invalid',
      /"home": is not the name of an AWS region/,
    ],
    [
      'a replica that is no region',
      { replicas: ['eu-west-1', 'x'] },
      'config_invalid',
      /"1": is not the name/,
    ],
    [
      'a short rotation',
      { rotationDays: 10 },
      'config_invalid',
      /"rotationDays": KMS rotates every 90 to 2560/,
    ],
    [
      'a long window',
      { deletionWindowDays: 31 },
      'config_invalid',
      /"deletionWindowDays": KMS waits 7 to 30/,
    ],
    [
      'home as a replica',
      { replicas: ['us-east-1'] },
      'config_invalid',
      /home region us-east-1 is among the replicas/,
    ],
    [
      'a replica of another partition',
      { replicas: ['cn-north-1'] },
      'config_invalid',
      /is in partition aws-cn/,
    ],
    ['an alias as its key', { keyId: 'alias/own' }, 'config_invalid', /an alias can be moved/],
    [
      'a key of one region with replicas',
      { keyId: SINGLE, replicas: ['eu-west-1'] },
      'config_invalid',
      /exists in one region only/,
    ],
    [
      'a key store with replicas',
      { customKeyStoreId: STORE, replicas: ['eu-west-1'] },
      'config_invalid',
      /holds no multi-region keys/,
    ],
    [
      'a key store that is none',
      { customKeyStoreId: 'cks-1' },
      'config_invalid',
      /not the id of a custom key store/,
    ],
    ['two keys', { keyId: MRK, customKeyStoreId: STORE }, 'config_invalid', /both say which key/],
    [
      'giving up its home',
      { replicas: ['eu-west-1'], retired: ['us-east-1'] },
      'config_invalid',
      /is the home region/,
    ],
    [
      'giving up where it is not',
      { retired: ['eu-west-1'] },
      'config_invalid',
      /is not a region of the vault/,
    ],
    [
      'an administrator without an ARN',
      { administrators: ['Platform'] },
      'config_invalid',
      /is not the ARN of a role or user/,
    ],
    [
      'anybody as break-glass role',
      { breakGlassRole: '*' },
      'config_invalid',
      /is not the name or ARN of a role/,
    ],
    [
      'a primary elsewhere',
      { primary: 'eu-west-1' },
      'config_invalid',
      /eu-west-1 is neither home nor a replica/,
    ],
  ])('%s', (_, props, code, message) => {
    expect(() => synthVault(props)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it.each(['/acme/prod', '/acme', '/acme/prod/eu'])('/acme/prod and %s in one stack', (path) => {
    const build = (): Synthesized =>
      synthScope((scope) => {
        new SealedVault(scope, 'a', { path: '/acme/prod', home: 'us-east-1' });
        new SealedVault(scope, 'b', { path, home: 'us-east-1' });
      });
    expect(build).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
