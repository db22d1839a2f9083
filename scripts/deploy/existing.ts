/**
 * What is in AWS already although the state does not know it: left by a deploy that was killed, by the first start of
 * the embedded AWS, or by somebody else. What is ours is taken over into the state; what is not stops the deploy.
 */
import {
  DescribeKeyCommand,
  type KeyMetadata,
  KMSClient,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fromAws } from '../../src/aws/errors.ts';
import { type Config, planVaults, VAULT_TAG, type VaultPlan } from '../../src/config/index.ts';
import { logicalId } from '../../src/constructs/logical-id.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { Refusal } from './guard.ts';

/** A resource of the stack and what it is in AWS, as an `import` block has it. */
export interface Import {
  readonly to: string;
  readonly id: string;
}

/** What was found. */
export interface Existing {
  readonly imports: readonly Import[];
  readonly refusals: readonly Refusal[];
}

/** How AWS is reached. */
export interface Reach {
  /** A server that stands in for AWS. */
  readonly endpoint: string | undefined;
}

/** What the state has: the ids of keys, by address; of other resources the address alone. */
export type KnownResources = ReadonlyMap<string, string | undefined>;

/** Looks at every vault of a file in each of its regions. @throws WaxsealError `unreachable`, `credentials`, `denied` */
export async function findExisting(config: Config, known: KnownResources, reach: Reach): Promise<Existing> {
  const look = createLook(reach);
  try {
    const found = await Promise.all(planVaults(config).map((plan) => ofVault(plan, known, look)));
    return {
      imports: found.flatMap(({ imports }) => imports),
      refusals: found.flatMap(({ refusals }) => refusals),
    };
  } finally {
    look.close();
  }
}

async function ofVault(plan: VaultPlan, known: KnownResources, look: Look): Promise<Existing> {
  const addressOf = (type: string, region: string): string => `${type}.${logicalId(plan.vault, region)}`;
  const places = await Promise.all(
    plan.regions.map(async (region) => ({ region, key: await look.key(region, plan.alias) })),
  );
  const imports: Import[] = [];
  const refusals: Refusal[] = [];
  const take = (type: string, region: string, id: string): void => {
    const to = addressOf(type, region);
    if (!known.has(to)) imports.push({ to, id: `${id}@${region}` });
  };

  // An alias that the state knows is Terraform's to put back, whatever it stands before now.
  const own = plan.key === undefined ? undefined : known.get(addressOf('aws_kms_key', plan.key.region));
  for (const { region, key } of places) {
    if (
      key === undefined ||
      (known.has(addressOf('aws_kms_alias', region)) && (plan.key === undefined || own))
    )
      continue;
    const stranger = key.KeyId === own ? undefined : await strangerBehind(plan, region, key, look);
    if (stranger !== undefined) refusals.push(stranger);
    else if (!known.has(addressOf('aws_kms_alias', region))) take('aws_kms_alias', region, plan.alias);
  }
  if (refusals.length > 0) return { imports: [], refusals };

  const keyId =
    own ?? places.find(({ key }) => key !== undefined)?.key?.KeyId ?? (await keyOfDescriptor(plan, look));
  if (keyId === undefined) return { imports, refusals };
  await Promise.all(
    plan.regions.map(async (region) => {
      if ((await look.parameter(region, plan.descriptorName)) !== undefined) {
        take('aws_ssm_parameter', region, plan.descriptorName);
      }
      if (plan.key === undefined) return;
      const key = await look.key(region, keyId);
      const type = region === plan.key.region ? 'aws_kms_key' : 'aws_kms_replica_key';
      const misplaced = misplacedPrimary(plan, plan.key.region, region, key);
      if (misplaced !== undefined) refusals.push(misplaced);
      else if (key?.KeyState === undefined || known.has(addressOf(type, region))) return;
      else if (key.KeyState.startsWith('Pending')) refusals.push(pending(plan, region, keyId));
      else take(type, region, keyId);
    }),
  );
  return { imports, refusals };
}

/**
 * The key that a descriptor names, where state and aliases are lost: a second key would open nothing. The descriptor
 * is a hint; that the key is the vault's is said by its tag, which only KMS rights can set.
 */
async function keyOfDescriptor(plan: VaultPlan, look: Look): Promise<string | undefined> {
  if (plan.key === undefined) return undefined;
  for (const region of plan.regions) {
    const id = /"kms":"(mrk-[0-9a-f]{32})"/.exec(
      (await look.parameter(region, plan.descriptorName)) ?? '',
    )?.[1];
    if (id === undefined || (await look.key(plan.key.region, id)) === undefined) continue;
    if ((await look.vaultTag(plan.key.region, id)) === plan.vault) return id;
  }
  return undefined;
}

function pending(plan: VaultPlan, region: string, keyId: string): Refusal {
  return {
    what: `the key of ${plan.vault} in ${region} is pending deletion, so no other can be made there`,
    hint: `aws kms cancel-key-deletion --key-id ${keyId} --region ${region}, then aws kms enable-key --key-id ${keyId} --region ${region}`,
  };
}

/** Home may move, the primary key stays: to Terraform a key that changed places would be another key. */
function misplacedPrimary(
  plan: VaultPlan,
  wanted: string,
  region: string,
  key: KeyMetadata | undefined,
): Refusal | undefined {
  if (key?.MultiRegionConfiguration?.MultiRegionKeyType !== 'PRIMARY' || region === wanted) return undefined;
  return {
    what: `the primary key of ${plan.vault} is in ${region}, waxseal.json means ${wanted}`,
    hint: `say "primary": "${region}" of vault ${plan.vault}; home may be any of its regions`,
  };
}

/** Why an alias that the state does not know must not be taken over. */
async function strangerBehind(
  plan: VaultPlan,
  region: string,
  key: KeyMetadata,
  look: Look,
): Promise<Refusal | undefined> {
  const what = `${plan.alias} stands in ${region} before key ${key.KeyId}`;
  const wanted = plan.keyId?.replace(/^.*\//, '');
  if (wanted !== undefined) {
    return wanted === key.KeyId
      ? undefined
      : { what: `${what}, waxseal.json names ${wanted}`, hint: 'name that one, or delete the alias' };
  }
  const owners = [plan.vault, plan.sharesKeyWith];
  const vault = await look.vaultTag(region, key.KeyId ?? '');
  if (vault !== undefined && owners.includes(vault)) return undefined;
  return {
    what: `${what}, which waxseal did not make`,
    hint: `adopt it with "keyId": "${key.KeyId}", or delete the alias: aws kms delete-alias --alias-name ${plan.alias} --region ${region}`,
  };
}

interface Look {
  key(region: string, keyIdOrAlias: string): Promise<KeyMetadata | undefined>;
  vaultTag(region: string, keyId: string): Promise<string | undefined>;
  /** The value of a parameter. */
  parameter(region: string, name: string): Promise<string | undefined>;
  close(): void;
}

/** The SDK's own configuration, or dummies for a stand-in: real credentials are never sent to one. */
export function clientConfig(region: string, { endpoint }: Reach): object {
  const local = { endpoint, credentials: { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' } };
  return { region, maxAttempts: 3, ...(endpoint === undefined ? {} : local) };
}

function createLook(reach: Reach): Look {
  const opened: { destroy(): void }[] = [];
  const once = <T extends { destroy(): void }>(make: (region: string) => T): ((region: string) => T) => {
    const made = new Map<string, T>();
    return (region) => {
      const client = made.get(region) ?? make(region);
      if (!made.has(region)) opened.push(client);
      made.set(region, client);
      return client;
    };
  };
  const kms = once((region) => new KMSClient(clientConfig(region, reach)));
  const ssm = once((region) => new SSMClient(clientConfig(region, reach)));
  return {
    key: (region, KeyId) =>
      ask('kms:DescribeKey', region, async () => {
        const answer = await kms(region).send(new DescribeKeyCommand({ KeyId }));
        return answer.KeyMetadata;
      }),
    vaultTag: (region, KeyId) =>
      ask('kms:ListResourceTags', region, async () => {
        const { Tags = [] } = await kms(region).send(new ListResourceTagsCommand({ KeyId }));
        return Tags.find(({ TagKey }) => TagKey === VAULT_TAG)?.TagValue;
      }),
    parameter: (region, Name) =>
      ask('ssm:GetParameter', region, async () => {
        const { Parameter } = await ssm(region).send(new GetParameterCommand({ Name }));
        return Parameter?.Value;
      }),
    close: () => {
      for (const client of opened) client.destroy();
    },
  };
}

/** The answer, or undefined where there is no such thing. */
async function ask<T>(action: string, region: string, send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    if (['NotFoundException', 'ParameterNotFound'].includes((error as Error).name)) return undefined;
    throw explain(fromAws(error, { action, region }), region);
  }
}

function explain(error: WaxsealError, region: string): WaxsealError {
  if (error.code === 'unreachable') {
    return new WaxsealError('unreachable', `${region} does not answer: ${error.message}`, {
      cause: error,
      hint: `check that there is a region ${region}, and the network`,
      region,
    });
  }
  if (error.code !== 'credentials') return error;
  return new WaxsealError('credentials', `${region} does not know the credentials: ${error.message}`, {
    cause: error,
    hint: `if they work in other regions, ${region} is not enabled for the account: enable it ("aws account enable-region"), or leave it out`,
    region,
  });
}
