import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { describe, expect, it } from 'vitest';
import { SealedVault, type SealedVaultProps } from '../../src/constructs/index.ts';
import { type Synthesized, synthScope } from './synth.ts';

const MRK = 'mrk-0123456789abcdef0123456789abcdef';
const SINGLE = '01234567-89ab-cdef-0123-456789abcdef';

function synthVault(props: Partial<SealedVaultProps>): Synthesized {
  return synthScope((scope) => {
    new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', ...props });
  });
}

describe('SealedVault with a key that exists', () => {
  it.each([
    [MRK, MRK],
    [`arn:aws:kms:us-east-1:123456789012:key/${MRK}`, MRK],
  ])(
    '%s: makes none, looks at it in each region, and gives it the alias and the descriptors',
    (keyId, shown) => {
      const { resource, data, of } = synthVault({ keyId, replicas: ['eu-west-1'] });
      expect(Object.keys(resource).sort()).toEqual(['aws_kms_alias', 'aws_ssm_parameter']);
      const looked = Object.values(data.aws_kms_key ?? {});
      expect(looked.map(({ region, key_id }) => [region, key_id]).sort()).toEqual([
        ['eu-west-1', shown],
        ['us-east-1', shown],
      ]);
      const conditions = looked.map(({ lifecycle }) =>
        (lifecycle as { postcondition: { condition: string }[] }).postcondition.map(
          ({ condition }) => condition,
        ),
      );
      expect(conditions).toEqual(
        Array(2).fill(['$' + '{self.key_state == "Enabled"}', '$' + '{self.multi_region}']),
      );
      const aliases = of('aws_kms_alias').map(({ region, name, target_key_id }) => [
        region,
        name,
        target_key_id,
      ]);
      expect(aliases.sort()).toEqual([
        ['eu-west-1', 'alias/waxseal/acme/prod', shown],
        ['us-east-1', 'alias/waxseal/acme/prod', shown],
      ]);
      const values = of('aws_ssm_parameter').map(({ value }) => JSON.parse(String(value)) as { kms: string });
      expect(values.map(({ kms }) => kms)).toEqual([shown, shown]);
    },
  );

  it('takes one of a single region for a vault of that region', () => {
    const { data, of } = synthVault({ keyId: SINGLE });
    expect(Object.values(data.aws_kms_key ?? {}).map(({ lifecycle }) => lifecycle)).toEqual([
      { postcondition: [expect.objectContaining({ condition: '$' + '{self.key_state == "Enabled"}' })] },
    ]);
    expect(of('aws_kms_alias')[0]?.target_key_id).toBe(SINGLE);
  });

  it('takes the key of another construct', () => {
    const { data, of } = synthScope((scope) => {
      const own = new KmsKey(scope, 'own', { multiRegion: true });
      new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', keyId: own.keyId });
    });
    const id = '$' + '{aws_kms_key.own.key_id}';
    expect(of('aws_ssm_parameter')[0]?.value).toContain(`"kms":"${id}"`);
    expect(of('aws_kms_alias')[0]?.target_key_id).toBe(id);
    expect(Object.values(data.aws_kms_key ?? {})[0]?.key_id).toBe(id);
  });

  it.each<[string, Partial<SealedVaultProps>, RegExp]>([
    [
      'a key store',
      { customKeyStoreId: 'cks-0123456789abcdef0' },
      /"keyId" and "customKeyStoreId" both say which key/,
    ],
    ['vaults that use the key, too', { sharedBy: ['/acme/dev'] }, /vault \/acme\/prod adopts a key/],
  ])('refuses %s beside it, also where it is that of another construct', (_, props, message) => {
    const build = (): Synthesized =>
      synthScope((scope) => {
        const { keyId } = new KmsKey(scope, 'own', { multiRegion: true });
        new SealedVault(scope, 'v', { path: '/acme/prod', home: 'us-east-1', keyId, ...props });
      });
    expect(() => synthVault({ keyId: MRK, ...props })).toThrow(message);
    expect(build).toThrow(message);
  });
});
