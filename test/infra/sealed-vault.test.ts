import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { describe, expect, it } from 'vitest';
import { SealedVault, type SealedVaultProps } from '../../src/constructs/index.ts';
import { missing, type Synthesized, synthScope } from './synth.ts';

const MRK = 'mrk-0123456789abcdef0123456789abcdef';

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

describe('SealedVault with a key that exists', () => {
  it.each([
    [MRK, MRK],
    [`arn:aws:kms:us-east-1:123456789012:key/${MRK}`, MRK],
    ['alias/own', 'alias/own'],
  ])('%s: makes no key and no alias, and its descriptors say %s', (kmsKey, shown) => {
    const { resource, data, of } = synthVault({ kmsKey, replicas: ['eu-west-1'] });
    expect(Object.keys(resource)).toEqual(['aws_ssm_parameter']);
    expect(data).toEqual({});
    const values = of('aws_ssm_parameter').map(({ value }) => JSON.parse(String(value)) as { kms: string });
    expect(values.map(({ kms }) => kms)).toEqual([shown, shown]);
  });

  it('takes the key of another construct', () => {
    const { of } = synthScope((scope) => {
      const own = new KmsKey(scope, 'own', { multiRegion: true });
      new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', kmsKey: own.keyId });
    });
    expect(of('aws_ssm_parameter')[0]?.value).toContain('"kms":"$' + '{aws_kms_key.own.key_id}"');
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
      /"replicas\.1": is not the name/,
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
    ['home as a replica', { replicas: ['us-east-1'] }, 'config_invalid', /region us-east-1 is named twice/],
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
