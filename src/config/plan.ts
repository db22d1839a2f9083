/**
 * What a vault needs in AWS: keys, aliases, policies, tags, descriptors. The CDKTF constructs turn this into
 * Terraform and the embedded AWS makes the same by API calls, so the two cannot drift apart.
 */
import { parameterName, RESERVED_FOLDER, VAULT_CONTEXT_KEY, vaultAlias } from '../secret-name.ts';
import type { Config, VaultConfig } from './schema.ts';

/** One vault's resources. */
export interface VaultPlan {
  /** The vault's path. */
  readonly vault: string;
  readonly home: string;
  /** Every region of the vault, home first. */
  readonly regions: readonly string[];
  /** The alias that stands in every region: the vault's trust anchor. */
  readonly alias: string;
  /** The multi-region primary key. */
  readonly key: {
    readonly region: string;
    readonly description: string;
    readonly rotationDays: number;
    readonly deletionWindowDays: number;
  };
  /** Regions that get a replica key. */
  readonly replicaRegions: readonly string[];
  /** The full name of the descriptor parameter. */
  readonly descriptorName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The plans of all vaults, in the order of waxseal.json. */
export function planVaults(config: Pick<Config, 'vaults' | 'tags'>): readonly VaultPlan[] {
  return Object.entries(config.vaults).map(([path, vault]) => planVault(path, vault, config.tags));
}

/** The plan of one vault. A vault that names its own `kmsKey` still gets its descriptors; the key is not made. */
export function planVault(
  path: string,
  vault: Pick<VaultConfig, 'home' | 'replicas' | 'primary' | 'rotationDays' | 'deletionWindowDays' | 'tags'>,
  tags: Readonly<Record<string, string>> = {},
): VaultPlan {
  const regions = [vault.home, ...vault.replicas];
  const primary = vault.primary ?? vault.home;
  return {
    vault: path,
    home: vault.home,
    regions,
    alias: vaultAlias(path),
    key: {
      region: primary,
      description: `waxseal vault ${path}`,
      rotationDays: vault.rotationDays,
      deletionWindowDays: vault.deletionWindowDays,
    },
    replicaRegions: regions.filter((region) => region !== primary),
    descriptorName: parameterName(path, `${RESERVED_FOLDER}/vault`),
    tags: { ...tags, ...vault.tags, 'waxseal:vault': path },
  };
}

/**
 * The descriptor's text: what a person or another tool finds beside the entries. Nothing is believed because it
 * stands there (docs/FORMAT.md, Trust).
 * @param kmsKeyId - the bare key id, the same in all regions; a Terraform token will do
 */
export function descriptorText(plan: VaultPlan, kmsKeyId: string): string {
  return JSON.stringify({ wx: 1, vault: plan.vault, kms: kmsKeyId, home: plan.home, regions: plan.regions });
}

/** A key policy document, as KMS takes it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The policy of the primary key and, because a replica made without one gets the default policy, of each replica.
 * Administration and use are separate statements; use demands this vault's encryption context.
 * Source: KMS developer guide, "Key policies" and "kms:EncryptionContext:context-key".
 * @param account - the account id, 12 digits; a Terraform token will do
 * @param partition - `aws`, `aws-cn` or `aws-us-gov`; a Terraform token will do
 */
export function keyPolicy(plan: VaultPlan, account: string, partition = 'aws'): PolicyDocument {
  const principal = { AWS: `arn:${partition}:iam::${account}:root` };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AdministerThroughIam',
        Effect: 'Allow',
        Principal: principal,
        Action: [
          'kms:Describe*',
          'kms:Get*',
          'kms:List*',
          'kms:CreateAlias',
          'kms:UpdateAlias',
          'kms:DeleteAlias',
          'kms:EnableKey',
          'kms:DisableKey',
          'kms:EnableKeyRotation',
          'kms:DisableKeyRotation',
          'kms:RotateKeyOnDemand',
          'kms:PutKeyPolicy',
          'kms:UpdateKeyDescription',
          'kms:UpdatePrimaryRegion',
          'kms:ReplicateKey',
          'kms:TagResource',
          'kms:UntagResource',
          'kms:ScheduleKeyDeletion',
          'kms:CancelKeyDeletion',
        ],
        Resource: '*',
      },
      {
        Sid: 'UseForThisVaultThroughIam',
        Effect: 'Allow',
        Principal: principal,
        Action: ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
        Resource: '*',
        Condition: { StringEquals: { [`kms:EncryptionContext:${VAULT_CONTEXT_KEY}`]: plan.vault } },
      },
    ],
  };
}
