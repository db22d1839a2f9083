/**
 * What a vault needs in AWS: keys, aliases, tags, descriptors. The CDKTF constructs turn this into Terraform and the
 * embedded AWS makes the same by API calls, so the two cannot drift apart.
 */
import { parameterName, RESERVED_FOLDER, vaultAlias } from '../secret-name.ts';
import { bareKeyId } from './key-id.ts';
import type { Config, VaultConfig } from './schema.ts';

/** The tag on everything of one vault. */
export const VAULT_TAG = 'waxseal:vault';
/**
 * The tag that says that a key may go. A deploy that would delete a key reads it from the state: what was never
 * deployed as retired stays.
 */
export const RETIRED_TAG = 'waxseal:retired';

/** A KMS key that is made for one vault, or for several. */
export interface KeyPlan {
  /** The vaults that it is used for; the one that it is made for first. */
  readonly vaults: readonly [string, ...string[]];
  /** The region of the primary key. */
  readonly region: string;
  /** Regions that get a replica key. */
  readonly replicaRegions: readonly string[];
  readonly description: string;
  readonly rotationDays: number;
  readonly deletionWindowDays: number;
  /** The custom key store that it is made in: a key of one region, without rotation. */
  readonly customKeyStoreId?: string | undefined;
}

/** One vault's resources. */
export interface VaultPlan {
  /** The vault's path. */
  readonly vault: string;
  readonly home: string;
  /** Every region of the vault, home first. */
  readonly regions: readonly string[];
  /** Those of them that may be taken away. */
  readonly retiredRegions: readonly string[];
  /** The alias that stands in every region: the vault's trust anchor. */
  readonly alias: string;
  /** The key to make; undefined where the vault adopts one or shares another vault's. */
  readonly key: KeyPlan | undefined;
  /** The key that the vault adopts: its id or ARN. */
  readonly keyId: string | undefined;
  /** The bare ids of keys that are accepted beside its own while it is rewrapped. */
  readonly acceptedKeyIds: readonly string[];
  /** The vault whose key it is. */
  readonly sharesKeyWith: string | undefined;
  /** The full name of the descriptor parameter. */
  readonly descriptorName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The plans of all vaults, in the order of waxseal.json, but a vault whose key others share before those. */
export function planVaults(config: Pick<Config, 'vaults' | 'tags'>): readonly VaultPlan[] {
  const plans = Object.entries(config.vaults).map(([path, vault]) => planVault(path, vault, config));
  return [
    ...plans.filter(({ sharesKeyWith }) => sharesKeyWith === undefined),
    ...plans.filter(({ sharesKeyWith }) => sharesKeyWith !== undefined),
  ];
}

/** The plan of one vault. @param config - the file that it stands in: other vaults may share its key */
export function planVault(
  path: string,
  vault: VaultConfig,
  config: Pick<Config, 'vaults' | 'tags'>,
): VaultPlan {
  const { home, replicas, keyId, acceptedKeyIds, sharesKeyWith, retired } = vault;
  const regions = [home, ...replicas];
  const sharing = Object.entries(config.vaults).filter(([, other]) => other.sharesKeyWith === path);
  const makesKey = keyId === undefined && sharesKeyWith === undefined;
  return {
    vault: path,
    home,
    regions,
    retiredRegions: typeof retired === 'boolean' ? (retired ? regions : []) : retired,
    alias: vaultAlias(path),
    key: makesKey ? planKey([path, ...sharing.map(([other]) => other)], vault) : undefined,
    keyId,
    acceptedKeyIds: acceptedKeyIds.map(bareKeyId),
    sharesKeyWith,
    descriptorName: parameterName(path, `${RESERVED_FOLDER}/vault`),
    tags: { ...config.tags, ...vault.tags, [VAULT_TAG]: path },
  };
}

function planKey(vaults: KeyPlan['vaults'], vault: VaultConfig): KeyPlan {
  const region = vault.primary ?? vault.home;
  return {
    vaults,
    region,
    replicaRegions: [vault.home, ...vault.replicas].filter((other) => other !== region),
    description: `waxseal vault ${vaults[0]}`,
    rotationDays: vault.rotationDays,
    deletionWindowDays: vault.deletionWindowDays,
    customKeyStoreId: vault.customKeyStoreId,
  };
}

/** The tags on a vault's resources in one region. */
export function tagsIn(plan: VaultPlan, region: string): Readonly<Record<string, string>> {
  return plan.retiredRegions.includes(region) ? { ...plan.tags, [RETIRED_TAG]: 'true' } : plan.tags;
}

/**
 * The descriptor's text: what a person or another tool finds beside the entries. Nothing is believed because it
 * stands there (docs/FORMAT.md, Trust).
 * @param kmsKeyId - the bare key id, the same in all regions; a Terraform token will do
 */
export function descriptorText(plan: VaultPlan, kmsKeyId: string): string {
  return JSON.stringify({ wx: 1, vault: plan.vault, kms: kmsKeyId, home: plan.home, regions: plan.regions });
}
