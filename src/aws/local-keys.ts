/** Keys of the embedded AWS that somebody makes or rotates by hand, to try what is done on an account by a deploy. */
import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { type Config, planVault, type Settings } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { vaultAlias } from '../secret-name.ts';
import { bareKeyId, keyIdInRegion } from './arn.ts';
import { EMBEDDED_ACCOUNT } from './embedded.ts';
import { fromAws } from './errors.ts';
import { configOf } from './first-start.ts';
import { createSpareKey } from './provision.ts';
import { createClients, type RegionClients } from './sdk/clients.ts';

/** A multi-region key. */
export interface LocalKey {
  /** Its bare id. */
  readonly keyId: string;
  /** Its regions, the primary key's first. */
  readonly regions: readonly string[];
}

/**
 * Makes a multi-region key with a replica in each region of the vault, as a deploy makes the vault's own: the vault
 * knows nothing of it.
 * @param endpoint - where the embedded AWS answers
 * @throws WaxsealError `vault_unknown`, and what calls can meet
 */
export async function createLocalKey(settings: Settings, endpoint: string): Promise<LocalKey> {
  const config = configOf(settings);
  const known = config.vaults[settings.vault];
  const [home, ...replicas] = settings.regions;
  // As if the vault had no key of its own yet.
  const made = known && {
    ...known,
    home,
    replicas,
    keyId: undefined,
    sharesKeyWith: undefined,
    acceptedKeyIds: [],
  };
  const plan = made && planVault(settings.vault, made, withVault(config, settings.vault, made));
  if (plan?.key === undefined)
    throw new WaxsealError('vault_unknown', `no key is planned for ${settings.vault}`);
  const { key } = plan;
  const clients = new Map(plan.regions.map((region) => [region, createClients(region, at(endpoint))]));
  try {
    const keyId = await createSpareKey({ plan, config, clients, account: EMBEDDED_ACCOUNT }, key);
    return { keyId, regions: [key.region, ...key.replicaRegions] };
  } finally {
    for (const client of clients.values()) client.destroy();
  }
}

/**
 * Gives a key new material now, as KMS does every year by itself.
 * @param name - id, ARN or alias; undefined for the vault's own key
 * @throws WaxsealError `key_not_found`, and what calls can meet
 */
export async function rotateLocalKey(
  settings: Settings,
  endpoint: string,
  name: string = settings.kmsKey ?? vaultAlias(settings.vault),
): Promise<LocalKey> {
  const [home] = settings.regions;
  const described = await withKms(home, endpoint, 'kms:DescribeKey', (kms) =>
    kms.send(new DescribeKeyCommand({ KeyId: keyIdInRegion(name, home) })),
  );
  const { KeyId = '', MultiRegionConfiguration } = described.KeyMetadata ?? {};
  const keyId = bareKeyId(KeyId);
  // Related keys have their material in common: it is the primary's to rotate.
  const primary = MultiRegionConfiguration?.PrimaryKey?.Region ?? home;
  await withKms(primary, endpoint, 'kms:RotateKeyOnDemand', (kms) =>
    kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId })),
  );
  const replicas = (MultiRegionConfiguration?.ReplicaKeys ?? []).flatMap(({ Region }) => Region ?? []);
  return { keyId, regions: [primary, ...replicas] };
}

function withVault(config: Config, path: string, vault: Config['vaults'][string]): Config {
  return { ...config, vaults: { ...config.vaults, [path]: vault } };
}

async function withKms<T>(
  region: string,
  endpoint: string,
  action: string,
  send: (kms: RegionClients['kms']) => Promise<T>,
): Promise<T> {
  const clients = createClients(region, at(endpoint));
  try {
    return await send(clients.kms);
  } catch (error) {
    throw fromAws(error, { action, region });
  } finally {
    clients.destroy();
  }
}

function at(endpoint: string): { url(): string } {
  return { url: () => endpoint };
}
