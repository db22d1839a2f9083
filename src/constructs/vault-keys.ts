import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { KmsReplicaKey } from '@cdktf/provider-aws/lib/kms-replica-key/index.js';
import { Construct } from 'constructs';
import { keyPolicy, type VaultPlan } from '../config/index.ts';
import { logicalId } from './logical-id.ts';

/** What {@link VaultKeys} is made from. */
export interface VaultKeysProps {
  readonly plan: VaultPlan;
  /** The account id of the key policy, 12 digits or a token. */
  readonly account: string;
  /** The partition of the key policy, such as `aws`, or a token. */
  readonly partition: string;
}

/** A vault's multi-region key: the primary, a replica in every other region, and the vault's alias beside each. */
export class VaultKeys extends Construct {
  /** The multi-region primary key. Its `keyId` is the bare `mrk-` id that all regions share. */
  readonly primary: KmsKey;
  /** Replica keys by region. */
  readonly replicas: ReadonlyMap<string, KmsReplicaKey>;

  constructor(scope: Construct, id: string, props: VaultKeysProps) {
    super(scope, id);
    const { plan } = props;
    // A replica made without a policy gets KMS's default one, not the primary's (KMS developer guide,
    // "Create multi-Region replica keys"): the same text is given to all.
    const policy = JSON.stringify(keyPolicy(plan, props.account, props.partition));
    const shared = {
      description: plan.key.description,
      deletionWindowInDays: plan.key.deletionWindowDays,
      policy,
      tags: { ...plan.tags },
      // With the key go all secrets of the vault (docs/THREAT-MODEL.md): no plan may destroy or replace one.
      lifecycle: { preventDestroy: true },
    };

    this.primary = new KmsKey(this, `key-${plan.key.region}`, {
      ...shared,
      region: plan.key.region,
      multiRegion: true,
      isEnabled: true,
      enableKeyRotation: true,
      rotationPeriodInDays: plan.key.rotationDays,
    });
    this.primary.overrideLogicalId(logicalId(plan.vault, plan.key.region));

    // Rotation is a property of the primary that replicas follow, so they take no period of their own.
    this.replicas = new Map(
      plan.replicaRegions.map((region) => {
        const replica = new KmsReplicaKey(this, `replica-${region}`, {
          ...shared,
          region,
          enabled: true,
          primaryKeyArn: this.primary.arn,
        });
        replica.overrideLogicalId(logicalId(plan.vault, region));
        return [region, replica];
      }),
    );

    // Aliases are not shared among related keys: a region without one has no trust anchor (docs/FORMAT.md, Trust).
    for (const region of plan.regions) {
      const alias = new KmsAlias(this, `alias-${region}`, {
        region,
        name: plan.alias,
        targetKeyId: (this.replicas.get(region) ?? this.primary).keyId,
      });
      alias.overrideLogicalId(logicalId(plan.vault, region));
    }
  }
}
