/**
 * Makes by API calls what a deploy makes by Terraform, from the same plan: for the embedded AWS, where a first
 * start should need no Terraform. Never used on an AWS account.
 */

import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  type KeyMetadata,
  type KMSClient,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { type Config, descriptorText, type KeyPlan, keyPolicy, type VaultPlan } from '../config/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { vaultAlias } from '../secret-name.ts';
import { fromAws } from './errors.ts';
import type { RegionClients } from './sdk/clients.ts';

/** How long a replica key may stay in `Creating`, in ms. */
const REPLICA_TIMEOUT = 30_000;

/** How long the check at each start may take, in ms; the server is on this machine. */
const CHECK_TIMEOUT = 1_000;

/** What was made, in words; nothing when all of it was there. */
export type Made = readonly string[];

/** What {@link provisionVault} works with. */
export interface ProvisionOptions {
  readonly plan: VaultPlan;
  readonly config: Config;
  /** Clients of every region of the plan. */
  readonly clients: ReadonlyMap<string, RegionClients>;
  /** The embedded AWS's account id. */
  readonly account: string;
}

/**
 * Makes what a vault lacks; started again after an interruption it goes on. The alias in the primary key's region
 * decides which key is the vault's when two processes start at once; where all aliases stand, the rest does too.
 */
export async function provisionVault(options: ProvisionOptions): Promise<Made> {
  const { plan } = options;
  const of = clientsOf(options);
  const aliased = new Map<string, string | undefined>();
  try {
    await Promise.all(
      plan.regions.map(async (region) =>
        aliased.set(region, await keyOf(of(region).kms, plan.alias, region)),
      ),
    );
  } catch (error) {
    // A region that is down, perhaps on purpose, is no reason not to work with the others.
    if (isWaxsealError(error, 'unreachable', 'timeout', 'throttled', 'denied')) return [];
    throw error;
  }
  if (plan.regions.every((region) => aliased.get(region) !== undefined)) return [];
  if (plan.key !== undefined) return provisionKey(options, plan.key, aliased);
  if (plan.sharesKeyWith === undefined) return [];
  for (const region of plan.regions) {
    const keyId = await keyOf(of(region).kms, vaultAlias(plan.sharesKeyWith), region);
    if (keyId === undefined) return [];
    await createDescriptor(of(region), plan, keyId, region);
    await createAlias(of(region).kms, plan.alias, keyId, region);
  }
  return [
    `${plan.alias} and ${plan.descriptorName} in ${plan.regions.join(', ')}, with the key of ${plan.sharesKeyWith}`,
  ];
}

async function provisionKey(
  options: ProvisionOptions,
  key: KeyPlan,
  aliased: ReadonlyMap<string, string | undefined>,
): Promise<Made> {
  const { plan } = options;
  const of = clientsOf(options);
  const made: string[] = [];
  const common = commonOf(options, key);
  const primary = of(key.region);
  let keyId = aliased.get(key.region);
  // An alias that somebody deleted: another region's still says which key it is, and a new one would open nothing.
  const elsewhere = [...aliased.values()].find((known) => known !== undefined);
  if (keyId === undefined && elsewhere !== undefined) {
    keyId = await keyOf(primary.kms, elsewhere, key.region);
    if (keyId !== undefined && (await createAlias(primary.kms, plan.alias, keyId, key.region))) {
      made.push(`${plan.alias} in ${key.region}, which was missing`);
    }
  }
  if (keyId === undefined) {
    keyId = await createPrimary(primary.kms, key, common);
    if (!(await createAlias(primary.kms, plan.alias, keyId, key.region))) {
      // Another process was first: its key is the vault's, ours was never used.
      await discard(primary.kms, keyId, key.region);
      return provisionVault(options);
    }
    made.push(`multi-region key ${keyId} in ${key.region}, rotated every ${key.rotationDays} days`);
  }
  await createDescriptor(primary, plan, keyId, key.region);
  for (const region of key.replicaRegions) {
    if (aliased.get(region) !== undefined) continue;
    await createReplica(primary.kms, of(region).kms, key, common, keyId, region);
    await createDescriptor(of(region), plan, keyId, region);
    await createAlias(of(region).kms, plan.alias, keyId, region);
    made.push(`its replica in ${region}`);
  }
  made.push(`${plan.alias} and ${plan.descriptorName} in ${plan.regions.join(', ')}`);
  return made;
}

function clientsOf({ clients }: ProvisionOptions): (region: string) => RegionClients {
  return (region) => {
    const found = clients.get(region);
    if (found !== undefined) return found;
    throw new WaxsealError('config_invalid', `region ${region} is not one of the vault's`);
  };
}

function commonOf({ plan, config, account }: ProvisionOptions, key: KeyPlan): Common {
  return {
    Policy: JSON.stringify(keyPolicy(key, config, { account, partition: 'aws' })),
    Description: key.description,
    Tags: Object.entries(plan.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
}

type Common = { Policy: string; Description: string; Tags: { TagKey: string; TagValue: string }[] };

async function createPrimary(kms: KMSClient, key: KeyPlan, common: Common): Promise<string> {
  const { region, rotationDays } = key;
  const created = await call('kms:CreateKey', region, () =>
    kms.send(new CreateKeyCommand({ ...common, MultiRegion: true, KeySpec: 'SYMMETRIC_DEFAULT' })),
  );
  const keyId = created.KeyMetadata?.KeyId ?? '';
  await call('kms:EnableKeyRotation', region, () =>
    kms.send(new EnableKeyRotationCommand({ KeyId: keyId, RotationPeriodInDays: rotationDays })),
  );
  return keyId;
}

async function createReplica(
  primary: KMSClient,
  replica: KMSClient,
  key: KeyPlan,
  common: Common,
  keyId: string,
  region: string,
): Promise<void> {
  try {
    await primary.send(new ReplicateKeyCommand({ ...common, KeyId: keyId, ReplicaRegion: region }));
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') {
      throw fromAws(error, { action: 'kms:ReplicateKey', region: key.region });
    }
  }
  await untilEnabled(replica, keyId, region);
}

/**
 * Makes another key for a vault in all its regions, of which nothing of the vault's knows yet.
 * @returns its bare id
 */
export async function createSpareKey(options: ProvisionOptions, key: KeyPlan): Promise<string> {
  const of = clientsOf(options);
  const { kms } = of(key.region);
  const common = { ...commonOf(options, key), Description: `${key.description}, made beside its own` };
  const keyId = await createPrimary(kms, key, common);
  for (const region of key.replicaRegions) {
    await createReplica(kms, of(region).kms, key, common, keyId, region);
  }
  return keyId;
}

/** The id of the key behind the alias, or undefined where there is no such alias. */
async function keyOf(kms: KMSClient, alias: string, region: string): Promise<string | undefined> {
  return (await describe(kms, alias, region))?.KeyId;
}

/**
 * What KMS says of a key by its id or alias; undefined where there is none.
 * @throws WaxsealError what a call can meet
 */
export async function describe(
  kms: KMSClient,
  name: string,
  region: string,
): Promise<KeyMetadata | undefined> {
  const abortSignal = AbortSignal.timeout(CHECK_TIMEOUT);
  try {
    const answer = await kms.send(new DescribeKeyCommand({ KeyId: name }), { abortSignal });
    return answer.KeyMetadata;
  } catch (error) {
    if ((error as Error).name === 'NotFoundException') return undefined;
    throw fromAws(error, { action: 'kms:DescribeKey', region }, abortSignal);
  }
}

async function untilEnabled(kms: KMSClient, keyId: string, region: string): Promise<void> {
  for (const end = Date.now() + REPLICA_TIMEOUT; ; ) {
    const answer = await call('kms:DescribeKey', region, () =>
      kms.send(new DescribeKeyCommand({ KeyId: keyId })),
    );
    if (answer.KeyMetadata?.KeyState === 'Enabled') return;
    if (Date.now() > end) {
      throw new WaxsealError('key_unusable', `the replica key in ${region} is still being created`, {
        hint: 'start again in a moment',
        region,
      });
    }
    await wait(25);
  }
}

async function createDescriptor(
  clients: RegionClients,
  plan: VaultPlan,
  keyId: string,
  region: string,
): Promise<void> {
  const input = {
    Name: plan.descriptorName,
    Value: descriptorText(plan, keyId),
    Type: 'String' as const,
    Tier: 'Standard' as const,
    DataType: 'text',
    Tags: Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value })),
  };
  try {
    await clients.ssm.writer.send(new PutParameterCommand(input));
  } catch (error) {
    if ((error as Error).name !== 'ParameterAlreadyExists') {
      throw fromAws(error, { action: 'ssm:PutParameter', region });
    }
  }
}

/** Whether the alias is ours now; false when there is one already. */
async function createAlias(kms: KMSClient, alias: string, keyId: string, region: string): Promise<boolean> {
  try {
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'AlreadyExistsException') return false;
    throw fromAws(error, { action: 'kms:CreateAlias', region });
  }
}

async function discard(kms: KMSClient, keyId: string, region: string): Promise<void> {
  await call('kms:ScheduleKeyDeletion', region, () =>
    kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 })),
  );
}

/** Sends it. @throws WaxsealError what it met, in waxseal's codes */
export async function call<T>(action: string, region: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw fromAws(error, { action, region });
  }
}
