import { describe, expect, it } from 'vitest';
import { SealedVault, type SealedVaultProps } from '../../src/constructs/index.ts';
import { type Synthesized, synthScope } from './synth.ts';

const REGIONS = { home: 'us-east-1', replicas: ['eu-west-1'] };

/** A vault `/acme/a`, and `/acme/b` with the key of it. */
function synthTwo(
  owner: Partial<SealedVaultProps> = {},
  sharer: Partial<SealedVaultProps> = {},
): Synthesized {
  return synthScope((scope) => {
    const a = new SealedVault(scope, 'a', { path: '/acme/a', ...REGIONS, sharedBy: ['/acme/b'], ...owner });
    const b = new SealedVault(scope, 'b', {
      path: '/acme/b',
      home: 'eu-west-1',
      sharesKeyWith: a,
      ...sharer,
    });
    expect(b.keys).toBeUndefined();
    expect(b.keyId).toBe(a.keyId);
    expect(b.where).toEqual(a.where);
  });
}

describe('a vault with the key of another', () => {
  it('makes none: its alias stands before that key, or the replica, in each of its regions', () => {
    const { of } = synthTwo();
    expect(of('aws_kms_key')).toHaveLength(1);
    expect(of('aws_kms_replica_key')).toHaveLength(1);
    const mine = of('aws_kms_alias').filter(({ name }) => name === 'alias/waxseal/acme/b');
    expect(mine).toEqual([
      {
        name: 'alias/waxseal/acme/b',
        region: 'eu-west-1',
        target_key_id: '$' + '{aws_kms_replica_key.vault__acme__a__eu-west-1.key_id}',
      },
    ]);
    const [descriptor] = of('aws_ssm_parameter').filter(({ name }) => name === '/acme/b/.waxseal/vault');
    expect(descriptor?.value).toContain('"kms":"$' + '{aws_kms_key.vault__acme__a__us-east-1.key_id}"');
    expect(descriptor?.tags).toEqual({ 'waxseal:vault': '/acme/b' });
  });

  it('is named in the policy of that key, in every region', () => {
    const { of } = synthTwo({ sharedBy: ['/acme/b', '/acme/c'] });
    const policies = [...of('aws_kms_key'), ...of('aws_kms_replica_key')].map(({ policy }) => String(policy));
    expect(new Set(policies).size).toBe(1);
    const { Statement } = JSON.parse(policies[0] ?? '') as { Statement: { Condition?: object }[] };
    const named = Statement.map(({ Condition }) => JSON.stringify(Condition ?? '')).filter((text) =>
      text.includes('/acme/'),
    );
    expect(named).toHaveLength(2);
    for (const text of named) expect(text).toContain('["/acme/a","/acme/b","/acme/c"]');
  });

  it.each<[string, Partial<SealedVaultProps>, Partial<SealedVaultProps>, RegExp]>([
    ['it is not named', { sharedBy: [] }, {}, /vault \/acme\/a does not let it use its key/],
    ['another is named', { sharedBy: ['/acme/c'] }, {}, /vault \/acme\/a does not let it use its key/],
    ['the key is not there', {}, { home: 'us-west-2' }, /us-west-2 is not a region of \/acme\/a/],
    ['it names a primary', {}, { primary: 'eu-west-1' }, /"primary" is said by vault \/acme\/a/],
    ['it names a key store', {}, { customKeyStoreId: 'cks-0123456789abcdef0' }, /both say which key/],
    ['it names a key', {}, { keyId: 'mrk-0123456789abcdef0123456789abcdef' }, /both say which key/],
    ['the key is given up', { retired: true }, {}, /is retired in eu-west-1, where \/acme\/b still needs it/],
  ])('is refused where %s', (_, owner, sharer, message) => {
    expect(() => synthTwo(owner, sharer)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  });

  it('goes with the key where both are given up', () => {
    const { of } = synthTwo({ retired: true }, { retired: true });
    expect(of('aws_kms_key')[0]).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });

  it('is refused where that vault adopts its key, or shares itself', () => {
    const adopting = { keyId: 'mrk-0123456789abcdef0123456789abcdef', sharedBy: undefined };
    expect(() => synthTwo(adopting)).toThrow(/vault \/acme\/a adopts a key/);
    const build = (): Synthesized =>
      synthScope((scope) => {
        const a = new SealedVault(scope, 'a', { path: '/acme/a', ...REGIONS, sharedBy: ['/acme/b'] });
        const b = new SealedVault(scope, 'b', { path: '/acme/b', ...REGIONS, sharesKeyWith: a });
        new SealedVault(scope, 'c', { path: '/acme/c', ...REGIONS, sharesKeyWith: b });
      });
    expect(build).toThrow(/vault \/acme\/(b has no key of its own|a is not among the vaults)/);
  });
});
