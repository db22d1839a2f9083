import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider/index.js';
import { LocalBackend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Config } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { logicalId } from './logical-id.ts';
import { SealedVault } from './sealed-vault.ts';

/** What {@link WaxsealStack} is made from. */
export interface WaxsealStackProps {
  /** waxseal.json, as `readConfig` gives it. */
  readonly config: Pick<Config, 'account' | 'vaults' | 'tags'>;
  /** A server that speaks for AWS in all regions, such as `http://127.0.0.1:4599`. Default: AWS itself. */
  readonly endpoint?: string | undefined;
  /**
   * Where Terraform keeps its state, as seen from the stack's folder.
   * Default: a file beside cdktf.json, so that the output folder may be thrown away.
   */
  readonly statePath?: string | undefined;
}

/** All vaults of a waxseal.json in one stack, with one provider and a local state. */
export class WaxsealStack extends TerraformStack {
  /** The vaults by their path. */
  readonly vaults: ReadonlyMap<string, SealedVault>;

  constructor(scope: Construct, id: string, props: WaxsealStackProps) {
    super(scope, id);
    const { config } = props;
    const entries = Object.entries(config.vaults);
    const first = entries[0]?.[1];
    if (first === undefined) throw new WaxsealError('config_invalid', 'there is no vault to make a stack of');

    new AwsProvider(this, 'aws', {
      region: first.home,
      ...(config.account === undefined ? {} : { allowedAccountIds: [config.account] }),
      ...(props.endpoint === undefined ? {} : standIn(props.endpoint, config.account)),
    });
    // cdktf's default is an absolute path: the same stack would differ from one machine to the next. The stack is
    // run in cdktf.out/stacks/<id>.
    new LocalBackend(this, { path: props.statePath ?? `../../../terraform.${id}.tfstate` });

    // One data source each for all vaults, and none where no key policy needs them.
    const makesKeys = entries.some(([, vault]) => vault.kmsKey === undefined);
    const account = config.account ?? (makesKeys ? this.#callerAccount() : undefined);
    const partition = makesKeys ? this.#partition() : undefined;
    this.vaults = new Map(
      entries.map(([path, vault]) => {
        const tags = { ...config.tags, ...vault.tags };
        return [path, new SealedVault(this, path, { ...vault, path, tags, account, partition })];
      }),
    );
    for (const [path, vault] of this.vaults) this.#output(path, vault);
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
    const values = { key: vault.keyId, ...(vault.keys === undefined ? {} : { alias: vault.plan.alias }) };
    for (const [what, value] of Object.entries(values)) {
      const output = new TerraformOutput(this, `${path}-${what}`, {
        value,
        description: `the KMS ${what === 'key' ? 'key id' : what} of vault ${path}`,
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
  return {
    accessKey: 'waxseal',
    secretKey: 'waxseal',
    endpoints: [{ kms: endpoint, ssm: endpoint, sts: endpoint, iam: endpoint }],
    skipCredentialsValidation: account === undefined,
    skipRequestingAccountId: account === undefined,
    skipRegionValidation: true,
    skipMetadataApiCheck: 'true',
  };
}
