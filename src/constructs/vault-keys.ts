import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { KmsReplicaKey } from '@cdktf/provider-aws/lib/kms-replica-key/index.js';
import { Construct } from 'constructs';
import { type Config, type KeyPlan, keyPolicy, tagsIn, type VaultPlan } from '../config/index.ts';
import { logicalId } from './logical-id.ts';

/** What {@link VaultKeys} is made from. */
export interface VaultKeysProps {
  /** The vault that the key is made for. */
  readonly plan: VaultPlan;
  readonly key: KeyPlan;
  readonly administrators: Config['administrators'];
  readonly breakGlass: Pick<Config['breakGlass'], 'role'>;
  /** The account id of the key policy, 12 digits or a token. */
  readonly account: string;
  /** The partition of the key policy, such as `aws`, or a token. */
  readonly partition: string;
}

/** A vault's multi-region key: the primary, and a replica in every other region. */
export class VaultKeys extends Construct {
  /** The multi-region primary key. Its `keyId` is the bare `mrk-` id that all regions share. */
  readonly primary: KmsKey;
  /** Replica keys by region. */
  readonly replicas: ReadonlyMap<string, KmsReplicaKey>;

  constructor(scope: Construct, id: string, props: VaultKeysProps) {
    super(scope, id);
    const { plan, key, administrators, breakGlass } = props;
    // A replica made without a policy gets KMS's default one, not the primary's (KMS developer guide,
    // "Create multi-Region replica keys"): the same text is given to all.
    const policy = JSON.stringify(
      keyPolicy(key, { administrators, breakGlass: { trustedBy: [], ...breakGlass } }, props),
    );
    const shared = (region: string) => ({
      region,
      description: key.description,
      deletionWindowInDays: key.deletionWindowDays,
      policy,
      tags: { ...tagsIn(plan, region) },
      // With the key go all secrets of the vault (docs/THREAT-MODEL.md): no plan may destroy or replace one that was
      // not given up in waxseal.json.
      lifecycle: { preventDestroy: !plan.retiredRegions.includes(region) },
    });

    // "Custom key stores: no multi-Region keys, no automatic rotation" (KMS developer guide, "Custom key stores").
    const ofStore = key.customKeyStoreId !== undefined;
    this.primary = new KmsKey(this, `key-${key.region}`, {
      ...shared(key.region),
      multiRegion: !ofStore,
      isEnabled: true,
      ...(ofStore
        ? { customKeyStoreId: key.customKeyStoreId, enableKeyRotation: false }
        : { enableKeyRotation: true, rotationPeriodInDays: key.rotationDays }),
    });
    this.primary.overrideLogicalId(logicalId(plan.vault, key.region));

    // Rotation is a property of the primary that replicas follow, so they take no period of their own.
    this.replicas = new Map(
      key.replicaRegions.map((region) => {
        const replica = new KmsReplicaKey(this, `replica-${region}`, {
          ...shared(region),
          enabled: true,
          primaryKeyArn: this.primary.arn,
        });
        replica.overrideLogicalId(logicalId(plan.vault, region));
        return [region, replica];
      }),
    );
  }

  /** The id of the key in a region: a token that waits for the key to be there. */
  keyIdIn(region: string): string {
    return (this.replicas.get(region) ?? this.primary).keyId;
  }
}
