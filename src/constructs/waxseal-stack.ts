import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider/index.js';
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { ACCESS_LEVELS, type Config, planVaults, type StateConfig } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { BreakGlass } from './break-glass.ts';
import { KeyAlarms } from './key-alarms.ts';
import { logicalId } from './logical-id.ts';
import { SealedVault } from './sealed-vault.ts';
import { VaultAccess } from './vault-access.ts';

/** What {@link WaxsealStack} is made from. */
export interface WaxsealStackProps {
  /** waxseal.json, as `readConfig` gives it. */
  readonly config: Config;
  /** A server that speaks for AWS in all regions, such as `http://127.0.0.1:4599`. Default: AWS itself. */
  readonly endpoint?: string | undefined;
  /**
   * A file for Terraform's state, as seen from the stack's folder. Default: what waxseal.json says, else a file beside
   * cdktf.json, so that the output folder may be thrown away.
   */
  readonly statePath?: string | undefined;
}

/** Everything that a waxseal.json asks for, in one stack, for one account, with one provider. */
export class WaxsealStack extends TerraformStack {
  /** The vaults by their path. */
  readonly vaults: ReadonlyMap<string, SealedVault>;
  /** Who may do what with each vault, by its path. */
  readonly access: ReadonlyMap<string, VaultAccess>;
  readonly alarms: KeyAlarms;

  constructor(scope: Construct, id: string, props: WaxsealStackProps) {
    super(scope, id);
    const { config, endpoint } = props;
    const plans = planVaults(config);
    const [first] = plans;
    if (first === undefined) throw new WaxsealError('config_invalid', 'there is no vault to make a stack of');

    new AwsProvider(this, 'aws', {
      region: first.home,
      ...(config.account === undefined ? {} : { allowedAccountIds: [config.account] }),
      ...(endpoint === undefined ? {} : standIn(endpoint, config.account)),
    });
    this.#keepState(id, props);

    // One data source each for all vaults.
    const where = { account: config.account ?? this.#callerAccount(), partition: this.#partition() };
    const { administrators, breakGlass } = config;
    const ending = new BreakGlass(this, 'break-glass', { ...breakGlass, ...where, tags: config.tags });
    const vaults = new Map<string, SealedVault>();
    for (const { vault: path, tags, key, sharesKeyWith } of plans) {
      const settings = { ...config.vaults[path], path, home: config.vaults[path]?.home ?? '' };
      const vault = new SealedVault(this, path, {
        ...settings,
        tags,
        sharesKeyWith: sharesKeyWith === undefined ? undefined : vaults.get(sharesKeyWith),
        sharedBy: key?.vaults.slice(1),
        administrators,
        breakGlassRole: breakGlass.role,
        ...where,
      });
      // Destroyed in reverse: whoever ends the keys keeps the right to until they are gone.
      vault.keys?.node.addDependency(ending);
      vaults.set(path, vault);
    }
    this.vaults = vaults;
    this.access = new Map(
      [...vaults].map(([path, vault]) => [
        path,
        new VaultAccess(this, `access${path}`, { vault, roles: config.vaults[path]?.roles }),
      ]),
    );
    this.alarms = new KeyAlarms(this, 'alarms', {
      vaults: [...vaults.values()],
      email: config.alarms.email,
      tags: config.tags,
    });
    for (const [path, vault] of vaults) this.#output(path, vault);
  }

  #keepState(id: string, { config, endpoint, statePath }: WaxsealStackProps): void {
    // What a stand-in for AWS holds is not what the account holds: they never share a state.
    if (statePath === undefined && endpoint === undefined && config.state !== undefined) {
      this.#keepInBucket(config.state);
    } else {
      // cdktf's default is an absolute path: the same stack would differ from one machine to the next. The stack is
      // run in cdktf.out/stacks/<id>.
      const file = endpoint === undefined ? `terraform.${id}.tfstate` : `terraform.${id}.local.tfstate`;
      new LocalBackend(this, { path: statePath ?? `../../../${file}` });
    }
  }

  #keepInBucket({ bucket, key, region, lockTable }: StateConfig): void {
    new S3Backend(this, {
      bucket,
      key,
      region,
      encrypt: true,
      ...(lockTable === undefined ? {} : { dynamodbTable: lockTable }),
    });
    // Not among cdktf's properties yet; Terraform ≥ 1.10, OpenTofu ≥ 1.10.
    if (lockTable === undefined) this.addOverride('terraform.backend.s3.use_lockfile', true);
  }

  #callerAccount(): string {
    const caller = new DataAwsCallerIdentity(this, 'caller');
    caller.overrideLogicalId('current');
    return caller.accountId;
  }

  #partition(): string {
    const partition = new DataAwsPartition(this, 'partition');
    partition.overrideLogicalId('current');
    return partition.partition;
  }

  #output(path: string, vault: SealedVault): void {
    const policies = this.access.get(path)?.policies;
    const values = {
      key: vault.keyId,
      ...(policies === undefined
        ? {}
        : Object.fromEntries(ACCESS_LEVELS.map((level) => [level, policies[level].arn]))),
    };
    for (const [what, value] of Object.entries(values)) {
      const output = new TerraformOutput(this, `${path}-${what}`, {
        value,
        description:
          what === 'key' ? `KMS key id of vault ${path}` : `ARN of the ${what} policy of vault ${path}`,
      });
      output.overrideLogicalId(logicalId(path, what));
    }
  }
}

/**
 * The provider's settings for a server that stands in for AWS. The credentials are dummies, so that real ones are
 * never used against it. Where an account is named the provider has to ask who it is, or it would refuse every
 * account but the unknown one.
 */
function standIn(endpoint: string, account: string | undefined): AwsProviderConfig {
  const services = ['kms', 'ssm', 'sts', 'iam', 'sns', 'events'];
  return {
    accessKey: 'waxseal',
    secretKey: 'waxseal',
    endpoints: [Object.fromEntries(services.map((service) => [service, endpoint]))],
    skipCredentialsValidation: account === undefined,
    skipRequestingAccountId: account === undefined,
    skipRegionValidation: true,
    skipMetadataApiCheck: 'true',
  };
}
