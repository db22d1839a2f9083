/** The embedded AWS after `"keyId"` in waxseal.json came to name another key: what a deploy moves on an account. */
import { UpdateAliasCommand } from '@aws-sdk/client-kms';
import { planVault, type Settings } from '../config/index.ts';
import { isWaxsealError } from '../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../secret-name.ts';
import { bareKeyId, keyIdInRegion } from './arn.ts';
import { call, describe } from './provision.ts';
import { createClients, type LocalEndpoint, type RegionClients } from './sdk/clients.ts';
import { sdkParameterStore } from './sdk/parameter-store.ts';
import { fieldsOf } from './stored-fields.ts';

/** One region, as it stands. */
interface Standing {
  readonly region: string;
  readonly clients: RegionClients;
  /** The key behind the alias; undefined where there is none. */
  readonly aliased: string | undefined;
  readonly descriptor: string | undefined;
}

/**
 * Lets alias and descriptors follow `"keyId"`, once the move to that key is through: the key is enabled in every
 * region, and so is the data key's record under it, which a rewrap moves first. Before that nothing is touched: whoever
 * takes the line out of waxseal.json again has the vault as it was. What is missing is not made, and of a descriptor
 * nothing but the key is changed.
 * @returns what was changed, in words
 */
export async function followKeyId(settings: Settings, local: LocalEndpoint): Promise<readonly string[]> {
  const config = settings.file?.config;
  const known = config?.vaults[settings.vault];
  // What a variable names may be meant for one command alone.
  if (config === undefined || known?.keyId === undefined || settings.kmsKey !== known.keyId) return [];
  const plan = planVault(settings.vault, known, config);
  const keyId = bareKeyId(known.keyId);
  const all = settings.regions.map((region) => ({ region, clients: createClients(region, local) }));
  try {
    const found = await Promise.all(
      all.map(({ region, clients }) => standingOf(plan, known.keyId ?? '', region, clients)),
    );
    const standing = found.filter((one) => one !== undefined);
    if (standing.length < all.length) return [];
    const changed = await Promise.all(standing.map((one) => follow(plan, keyId, one)));
    return changed.flat();
  } catch (error) {
    // A region that is down, perhaps on purpose, is no reason not to work with the others.
    if (isWaxsealError(error, 'unreachable', 'timeout', 'throttled', 'denied')) return [];
    throw error;
  } finally {
    for (const { clients } of all) clients.destroy();
  }
}

type Plan = ReturnType<typeof planVault>;

/** @returns undefined where the region is not ready for the key */
async function standingOf(
  { vault, alias, descriptorName }: Plan,
  keyId: string,
  region: string,
  clients: RegionClients,
): Promise<Standing | undefined> {
  const recordName = parameterName(vault, `${RESERVED_FOLDER}/data-key`);
  const [key, aliased, found] = await Promise.all([
    describe(clients.kms, keyIdInRegion(keyId, region), region),
    describe(clients.kms, alias, region),
    sdkParameterStore(region, clients.ssm).read([descriptorName, recordName]),
  ]);
  const record = found.get(recordName);
  const moved = record === undefined || fieldsOf(record.value)?.kms === bareKeyId(keyId);
  if (key?.KeyState !== 'Enabled' || !moved) return undefined;
  return { region, clients, aliased: aliased?.KeyId, descriptor: found.get(descriptorName)?.value };
}

async function follow(
  { alias, descriptorName }: Plan,
  keyId: string,
  { region, clients, aliased, descriptor }: Standing,
): Promise<readonly string[]> {
  const changed: string[] = [];
  if (aliased !== undefined && aliased !== keyId) {
    await call('kms:UpdateAlias', region, () =>
      clients.kms.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: keyId })),
    );
    changed.push(`${alias} in ${region} stands before ${keyId}, no longer before ${aliased}`);
  }
  const fields = descriptor === undefined ? undefined : fieldsOf(descriptor);
  if (typeof fields?.kms === 'string' && fields.kms !== keyId) {
    const text = JSON.stringify({ ...fields, kms: keyId });
    await sdkParameterStore(region, clients.ssm).write(descriptorName, text, {
      create: false,
      tier: 'standard',
    });
    changed.push(`${descriptorName} in ${region} names ${keyId}`);
  }
  return changed;
}
