import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import { TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import {
  BREAK_GLASS_ROLE,
  checkConfig,
  type PolicyAccount,
  planVault,
  type VaultConfig,
  type VaultPlan,
} from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkVaultPath, pathsOverlap } from '../secret-name.ts';
import { AdoptedKey } from './adopted-key.ts';
import { VaultAliases } from './vault-aliases.ts';
import { VaultDescriptors } from './vault-descriptors.ts';
import { VaultKeys } from './vault-keys.ts';

/** One vault. The fields are those of waxseal.json; `keyId` and `tags` may hold tokens. */
export interface SealedVaultProps {
  /** The vault's path, such as `/acme/prod`. */
  readonly path: string;
  /** The region where revisions are decided. */
  readonly home: string;
  /** Regions that hold a full copy, nearest first. Default: none. */
  readonly replicas?: readonly string[] | undefined;
  /** The region of the KMS primary key. Default: the home region. It must not change once the key exists. */
  readonly primary?: string | undefined;
  /** A KMS key that exists already: its id or ARN. No key or replica is made then. */
  readonly keyId?: string | undefined;
  /** KMS keys, by id or ARN, that are accepted beside its own while it is rewrapped. Default: none. */
  readonly acceptedKeyIds?: readonly string[] | undefined;
  /** The vault whose key this one uses, too; that one has to name this one in `sharedBy`. */
  readonly sharesKeyWith?: SealedVault | undefined;
  /** Paths of the vaults that use this one's key, too. The key policy lets nobody use it for any other. */
  readonly sharedBy?: readonly string[] | undefined;
  /** The custom key store that the key is made in; for a vault without replicas. */
  readonly customKeyStoreId?: string | undefined;
  /** Days between rotations of the key, 90 to 2560. Default: 365. */
  readonly rotationDays?: number | undefined;
  /** Days that a deleted key can be had back, 7 to 30. Default: 30. */
  readonly deletionWindowDays?: number | undefined;
  /** Tags on keys and parameters; `waxseal:vault` is added. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What may be taken out after the next deploy: `true` for the vault, or some of its regions. Default: nothing. */
  readonly retired?: boolean | readonly string[] | undefined;
  /** ARNs, `*` allowed, of who may administer the key. Default: whomever IAM lets. */
  readonly administrators?: readonly string[] | undefined;
  /** The name or ARN of the one role that may disable and delete the key. Default: `waxseal-break-glass`. */
  readonly breakGlassRole?: string | undefined;
  /** The account id of the policies. Default: the account that Terraform works in. */
  readonly account?: string | undefined;
  /** The partition of the policies. Default: the one that Terraform works in. */
  readonly partition?: string | undefined;
}

/**
 * All that a vault needs in AWS: a multi-region key with a replica in each region, the vault's alias and a
 * descriptor parameter in every region. One AWS provider is enough: each resource names its region.
 *
 * ```ts
 * const prod = new SealedVault(stack, 'prod', { path: '/acme/prod', home: 'us-east-1', replicas: ['eu-west-1'] });
 * new VaultAccess(stack, 'prod-access', { vault: prod });
 * new KeyAlarms(stack, 'alarms', { vaults: [prod], email: ['platform@acme.example'] });
 * ```
 * @throws WaxsealError `invalid_name`, `config_invalid`
 */
export class SealedVault extends Construct {
  readonly plan: VaultPlan;
  /** The bare id of the key, the same in all regions: a token, or what `keyId` names. */
  readonly keyId: string;
  /** The keys; undefined when the vault adopts one or shares another vault's. */
  readonly keys: VaultKeys | undefined;
  /** The account and the partition that its policies are for, which may be tokens. */
  readonly where: PolicyAccount;
  readonly #settings: VaultConfig;

  constructor(scope: Construct, id: string, props: SealedVaultProps) {
    super(scope, id);
    const { plan, settings } = check(props);
    this.plan = plan;
    this.#settings = settings;
    this.#refuseOverlap();
    const owner = props.sharesKeyWith;
    this.where = owner?.where ?? {
      account: props.account ?? new DataAwsCallerIdentity(this, 'caller').accountId,
      partition: props.partition ?? new DataAwsPartition(this, 'partition').partition,
    };
    if (plan.key !== undefined) {
      this.keys = new VaultKeys(this, 'keys', {
        plan,
        key: plan.key,
        administrators: props.administrators ?? [],
        breakGlass: { role: props.breakGlassRole ?? BREAK_GLASS_ROLE },
        ...this.where,
      });
    }
    this.keyId = this.keys?.primary.keyId ?? owner?.keyId ?? bareKeyId(plan.keyId ?? '');
    if (plan.keyId !== undefined) new AdoptedKey(this, 'adopted', { plan, keyId: this.keyId });
    const keys = this.keys ?? owner?.keys;
    new VaultAliases(this, 'aliases', { plan, keyIdIn: (region) => keys?.keyIdIn(region) ?? this.keyId });
    new VaultDescriptors(this, 'descriptors', { plan, kmsKeyId: this.keyId });
  }

  /** What waxseal.json would say of the vault. */
  get settings(): VaultConfig {
    return this.#settings;
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

/** Checked props: what is wrong is said at synth, not by AWS half-way through a deploy. */
function check(props: SealedVaultProps): { readonly plan: VaultPlan; readonly settings: VaultConfig } {
  const path = checkVaultPath(props.path);
  const { home, replicas, primary, customKeyStoreId, rotationDays, deletionWindowDays, retired } = props;
  const owner = props.sharesKeyWith;
  const refuse = (message: string, hint?: string): never => {
    throw new WaxsealError('config_invalid', `vault ${path}: ${message}`, { hint });
  };
  // A token no rule about characters would let pass: any multi-region key stands in for it. Tags stay out of the check.
  const keyId = Token.isUnresolved(props.keyId) ? `mrk-${'0'.repeat(32)}` : props.keyId;
  const sharers = (props.sharedBy ?? []).map((other) => [
    other,
    { home, retired: true, sharesKeyWith: path },
  ]);
  const checked = checkConfig({
    administrators: props.administrators,
    breakGlass: { role: props.breakGlassRole },
    vaults: {
      ...(owner === undefined ? {} : { [owner.plan.vault]: owner.settings }),
      [path]: {
        home,
        replicas,
        primary,
        keyId,
        acceptedKeyIds: props.acceptedKeyIds,
        sharesKeyWith: owner?.plan.vault,
        customKeyStoreId,
        rotationDays,
        deletionWindowDays,
        retired,
      },
      ...Object.fromEntries(sharers),
    },
  });
  if ('problem' in checked) return refuse(checked.problem.message, checked.problem.hint);
  const settings = checked.config.vaults[path];
  if (settings === undefined) return refuse('has no settings');
  if (owner !== undefined && owner.plan.key?.vaults.includes(path) !== true) {
    refuse(
      `vault ${owner.plan.vault} does not let it use its key`,
      `add "${path}" to "sharedBy" of ${owner.plan.vault}`,
    );
  }
  const planned = planVault(path, settings, { ...checked.config, tags: props.tags ?? {} });
  return { plan: { ...planned, keyId: props.keyId }, settings };
}

/** What the descriptor may say in every region: of a key's ARN only the id, which related keys share. */
function bareKeyId(keyId: string): string {
  return keyId.replace(/^arn:[^:]*:kms:[^:]*:[^:]*:key\//, '');
}
