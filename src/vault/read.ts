/** Reading: one secret, all of them, what a region holds. */
import { type Entry, formatDataKeyId } from '../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../errors.ts';
import { checkSecretName, parameterName, secretName } from '../secret-name.ts';
import { countedEntry, type OpenedEntry, openFound } from './effective.ts';
import { firstAnswer } from './hedge.ts';
import { secretValue } from './large/read.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';
import type { Secret } from './types.ts';

/** Reads and opens one secret, from home or the first replica that can. */
export async function readSecret(
  scope: VaultScope,
  name: string,
  options: { readonly signal?: AbortSignal; readonly region?: string } = {},
): Promise<Secret> {
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  return firstAnswer(
    options.region === undefined ? scope : { ...scope, regions: [regionNamed(scope, options.region)] },
    async (region, signal, alive) => {
      const top = (await region.parameters.read([parameter], signal)).get(parameter);
      // The parts of a large secret are still to come.
      alive();
      const opened = top && (await openWhole(scope, name, region, top, signal));
      if (opened === undefined) throw notFound(scope, name, region);
      if (opened.value === undefined) throw notFound(scope, name, region, opened.entry.core.revision);
      return toSecret(name, opened.entry, opened.value, region);
    },
    options.signal,
  );
}

/** Opens all secrets, from home or the first region that can give them all. */
export async function loadSecrets(
  scope: VaultScope,
  caller?: AbortSignal,
): Promise<ReadonlyMap<string, Secret>> {
  return firstAnswer(scope, (region, signal, alive) => loadFromRegion(scope, region, signal, alive), caller);
}

/** Opens all secrets of one region: all of them or none. @param skip - called for a large one, which may be left out */
export async function loadFromRegion(
  scope: VaultScope,
  region: Region,
  signal: AbortSignal,
  alive: () => void,
  skip: (name: string) => boolean = () => false,
): Promise<ReadonlyMap<string, Secret>> {
  const secrets = new Map<string, Secret>();
  const { parameters, exists } = await listParameters(scope, region, signal, alive);
  // A mistyped path must not start an application with no secrets at all.
  if (!exists) throw noVault(scope.path, [region.name]);
  for (const [name, top] of parameters) {
    const opened = await openWhole(scope, name, region, top, signal, skip);
    alive();
    if (opened?.value !== undefined) secrets.set(name, toSecret(name, opened.entry, opened.value, region));
  }
  return secrets;
}

/**
 * Opens what counts of a secret in a region.
 * @returns undefined where nothing was ever accepted
 * @throws WaxsealError an integrity error says which secret and where
 */
export async function openTop(
  scope: VaultScope,
  name: string,
  region: Region,
  top: StoredParameter,
  signal: AbortSignal,
): Promise<OpenedEntry | undefined> {
  try {
    const found = await countedEntry(region, top, signal);
    return found && (await openFound(scope, region, top.name, found, signal));
  } catch (error) {
    throw isIntegrityError(error) ? untrusted(name, region, error) : error;
  }
}

/** What counts of a secret, with its value; undefined for a deletion's. */
interface WholeSecret {
  readonly entry: Entry;
  readonly value: Uint8Array | undefined;
}

/** How often a large secret is read anew while writers take away the parts of what was read. */
const MAX_CHASES = 3;

/** As {@link openTop}, with the parts of a large secret. */
async function openWhole(
  scope: VaultScope,
  name: string,
  region: Region,
  read: StoredParameter,
  signal: AbortSignal,
  skip: (name: string) => boolean = () => false,
): Promise<WholeSecret | undefined> {
  for (let top = read, chase = 1; ; chase += 1) {
    const opened = await openTop(scope, name, region, top, signal);
    if (opened === undefined) return undefined;
    const { entry } = opened;
    const { tombstone, chunked } = entry.core.flags;
    if (tombstone || (chunked && skip(name))) return { entry, value: undefined };
    try {
      return { entry, value: await secretValue(scope, region, opened, signal) };
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      const now = (await region.parameters.read([top.name], signal)).get(top.name);
      if (now === undefined || now.version === top.version || chase === MAX_CHASES) {
        throw untrusted(name, region, error);
      }
      top = now;
    }
  }
}

/** What one region holds below a vault's path. */
export interface ListedParameters {
  /** The secrets' parameters by secret name. */
  readonly parameters: ReadonlyMap<string, StoredParameter>;
  /** What is waxseal's own, by full parameter name: data key record, releases, descriptor. */
  readonly own: ReadonlyMap<string, StoredParameter>;
  /** Whether there was anything at all. */
  readonly exists: boolean;
}

/** Lists one region. */
export async function listParameters(
  scope: Pick<VaultScope, 'path'>,
  region: Region,
  signal: AbortSignal,
  alive: () => void = () => {},
): Promise<ListedParameters> {
  const parameters = new Map<string, StoredParameter>();
  const own = new Map<string, StoredParameter>();
  let exists = false;
  for await (const stored of region.parameters.list(scope.path, signal)) {
    alive();
    const name = secretName(scope.path, stored.name);
    exists = true;
    if (name !== undefined) parameters.set(name, stored);
    else own.set(stored.name, stored);
  }
  return { parameters, own, exists };
}

/** There is nothing below the path: not even the descriptor that a deployed vault has. */
export function noVault(path: string, regions: readonly string[]): WaxsealError {
  return new WaxsealError('vault_unknown', `there is no vault ${path} in ${regions.join(', ')}`, {
    hint: 'check path, regions and account; a new vault is made by "npm run deploy", or by the first "waxseal set"; one that was lost comes back by "waxseal restore", while nothing is set in it',
    region: regions[0],
  });
}

/** The region of that name. @throws WaxsealError `usage` */
function regionNamed(scope: VaultScope, name: string): Region {
  const region = scope.regions.find((candidate) => candidate.name === name);
  if (region !== undefined) return region;
  throw new WaxsealError('usage', `vault ${scope.path} has no region ${name}`, {
    hint: `it has ${scope.regions.map((candidate) => candidate.name).join(', ')}`,
  });
}

/** A secret as it was opened. */
function toSecret(name: string, entry: Entry, value: Uint8Array, region: Region): Secret {
  return { ...described(name, { entry }, region), value };
}

/** What an entry says of its secret. */
export function described(
  name: string,
  { entry: { core } }: { readonly entry: Entry },
  region: Region,
): Omit<Secret, 'value'> {
  return {
    name,
    binary: core.flags.binary,
    revision: core.revision,
    sealedAt: core.sealedAt * 1000,
    expiresAt: core.expiresAt === 0 ? undefined : core.expiresAt * 1000,
    dataKeyId: formatDataKeyId(core.dataKeyId),
    region: region.name,
  };
}

/** "Not there", and when it was deleted, since when. */
export function notFound(scope: VaultScope, name: string, region: Region, deletedAt?: number): WaxsealError {
  const was = deletedAt === undefined ? '' : `: it was deleted at revision ${deletedAt}`;
  return new WaxsealError('not_found', `no secret ${name} in vault ${scope.path}${was}`, {
    hint:
      deletedAt === undefined
        ? '"waxseal list" shows what there is'
        : '"waxseal history" shows what was there, "waxseal undelete" brings it back',
    region: region.name,
  });
}

function untrusted(name: string, region: Region, error: WaxsealError): WaxsealError {
  // What names the key may be all there is to mend: no sync puts back what every region has under it.
  const first = error.code === 'foreign_key' && error.hint !== undefined ? `${error.hint}; else ` : '';
  return new WaxsealError(error.code, `${name} is not to be trusted in ${region.name}: ${error.message}`, {
    hint: `${first}${healing(name)}`,
    cause: error,
    region: region.name,
  });
}

/** What to do about a secret that is not to be trusted somewhere. */
export function healing(name: string): string {
  return `"waxseal history ${name}" says who wrote it; "waxseal region sync" puts back the newest that can be trusted; else set it again`;
}
