import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import * as v from 'valibot';
import { configSchema, planVault, type VaultPlan } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkVaultPath, pathsOverlap } from '../secret-name.ts';
import { VaultDescriptors } from './vault-descriptors.ts';
import { VaultKeys } from './vault-keys.ts';

/** One vault. The fields are those of waxseal.json; `kmsKey` and `tags` may hold tokens. */
export interface SealedVaultProps {
  /** The vault's path, such as `/acme/prod`. */
  readonly path: string;
  /** The region where revisions are decided. */
  readonly home: string;
  /** Regions that hold a full copy, nearest first. Default: none. */
  readonly replicas?: readonly string[] | undefined;
  /** The region of the KMS primary key. Default: the home region. It must not change once the key exists. */
  readonly primary?: string | undefined;
  /** A KMS key that exists already. No key, replica or alias is made then. */
  readonly kmsKey?: string | undefined;
  /** Days between rotations of the key, 90 to 2560. Default: 365. */
  readonly rotationDays?: number | undefined;
  /** Days that a deleted key can be had back, 7 to 30. Default: 30. */
  readonly deletionWindowDays?: number | undefined;
  /** Tags on keys and parameters; `waxseal:vault` is added. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The account id of the key policy. Default: the account that Terraform works in. */
  readonly account?: string | undefined;
  /** The partition of the key policy. Default: the one that Terraform works in. */
  readonly partition?: string | undefined;
}

/**
 * All that a vault needs in AWS: a multi-region key with a replica in each region, the vault's alias and a
 * descriptor parameter in every region. One AWS provider is enough: each resource names its region.
 *
 * ```ts
 * new SealedVault(stack, 'prod', { path: '/acme/prod', home: 'us-east-1', replicas: ['eu-west-1'] });
 * ```
 * @throws WaxsealError `invalid_name`, `config_invalid`
 */
export class SealedVault extends Construct {
  readonly plan: VaultPlan;
  /** The bare id of the key, the same in all regions: a token, or what `kmsKey` names. */
  readonly keyId: string;
  /** The keys; undefined when `kmsKey` names one that exists. */
  readonly keys: VaultKeys | undefined;

  constructor(scope: Construct, id: string, props: SealedVaultProps) {
    super(scope, id);
    this.plan = planOf(props);
    this.#refuseOverlap();
    if (props.kmsKey === undefined) {
      this.keys = new VaultKeys(this, 'keys', {
        plan: this.plan,
        account: props.account ?? new DataAwsCallerIdentity(this, 'caller').accountId,
        partition: props.partition ?? new DataAwsPartition(this, 'partition').partition,
      });
      this.keyId = this.keys.primary.keyId;
    } else {
      this.keyId = bareKeyId(props.kmsKey);
    }
    new VaultDescriptors(this, 'descriptors', { plan: this.plan, kmsKeyId: this.keyId });
  }

  /** A right to read the outer path would open the inner one too, and the same path twice would merge unseen. */
  #refuseOverlap(): void {
    for (const other of TerraformStack.of(this).node.findAll()) {
      // A vault that is still being made has no plan; only this one can be.
      if (!(other instanceof SealedVault) || other === this) continue;
      if (!pathsOverlap(other.plan.vault, this.plan.vault)) continue;
      throw new WaxsealError(
        'config_invalid',
        `vaults ${other.plan.vault} and ${this.plan.vault} are the same or lie in each other`,
        { hint: 'give them separate paths' },
      );
    }
  }
}

/** The plan of checked props: what is wrong is said at synth, not by AWS half-way through a deploy. */
function planOf(props: SealedVaultProps): VaultPlan {
  const path = checkVaultPath(props.path);
  const { home, replicas, primary, rotationDays, deletionWindowDays } = props;
  const refuse = (why: string, hint?: string): never => {
    throw new WaxsealError('config_invalid', `vault ${path}: ${why}`, { hint });
  };
  // Tags and kmsKey stay out of the check: they may hold tokens, which no rule about characters would let pass.
  const checked = v.safeParse(configSchema, {
    vaults: { [path]: { home, replicas, primary, rotationDays, deletionWindowDays } },
  });
  if (!checked.success) {
    const issue = checked.issues[0];
    const field = issue.path?.map((item) => String(item.key)).slice(2);
    return refuse(`"${field?.join('.')}": ${issue.message}`);
  }
  const vault = checked.output.vaults[path];
  if (vault === undefined) return refuse('has no settings');
  const regions = [vault.home, ...vault.replicas];
  const repeated = regions.find((region, i) => regions.indexOf(region) !== i);
  if (repeated !== undefined)
    refuse(`region ${repeated} is named twice`, 'name home once, and each replica once');
  if (!regions.includes(vault.primary ?? vault.home)) {
    refuse(`primary key region ${vault.primary} is neither home nor a replica`);
  }
  return planVault(path, vault, props.tags);
}

/** What the descriptor may say in every region: of a key's ARN only the id, which related keys share. */
function bareKeyId(kmsKey: string): string {
  return kmsKey.replace(/^arn:[^:]*:kms:[^:]*:[^:]*:key\//, '');
}
