/** Reading: one secret, all of them, one secret's history. */
import { entryDigest, formatDataKeyId, parseEntry } from '../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../errors.ts';
import { checkSecretName, parameterName, secretName } from '../secret-name.ts';
import { countedEntry, isVoid, type OpenedEntry, openFound } from './effective.ts';
import { firstAnswer } from './hedge.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';
import type { HistoryItem, Secret } from './types.ts';

/** Reads and opens one secret, from home or the first replica that can. */
export async function readSecret(
  scope: VaultScope,
  name: string,
  options: { readonly signal?: AbortSignal; readonly region?: string } = {},
): Promise<Secret> {
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  return firstAnswer(
    options.region === undefined ? scope : { ...scope, regions: [regionNamed(scope, options.region)] },
    async (region, signal) => {
      const top = (await region.parameters.read([parameter], signal)).get(parameter);
      const opened = top && (await openTop(scope, name, region, top, signal));
      if (opened === undefined) throw notFound(scope, name, region);
      if (opened.entry.core.flags.tombstone) throw notFound(scope, name, region, opened.entry.core.revision);
      return toSecret(name, opened, region);
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

/** Opens all secrets of one region: all of them or none. */
export async function loadFromRegion(
  scope: VaultScope,
  region: Region,
  signal: AbortSignal,
  alive: () => void,
): Promise<ReadonlyMap<string, Secret>> {
  const secrets = new Map<string, Secret>();
  const { parameters, exists } = await listParameters(scope, region, signal, alive);
  // A mistyped path must not start an application with no secrets at all.
  if (!exists) throw noVault(scope.path, [region.name]);
  for (const [name, top] of parameters) {
    const opened = await openTop(scope, name, region, top, signal);
    if (opened !== undefined && !opened.entry.core.flags.tombstone) {
      secrets.set(name, toSecret(name, opened, region));
    }
  }
  return secrets;
}

/**
 * Opens what counts of a secret in a region.
 * @returns undefined where nothing was ever accepted
 * @throws WaxsealError an integrity error says which secret and where
 */
async function openTop(
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

/** A secret's kept revisions, newest first. Void writes are left out: they never counted. */
export async function readHistory(
  scope: VaultScope,
  name: string,
  caller?: AbortSignal,
): Promise<readonly HistoryItem[]> {
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  return firstAnswer(
    scope,
    async (region, signal) => {
      const items: HistoryItem[] = [];
      let before: string | undefined;
      let last: string | undefined;
      for await (const stored of region.parameters.history(parameter, signal)) {
        const { item, digest, opened } = await historyItem(scope, region, stored, before, signal);
        if (opened === true) before = digest;
        if (item === undefined) continue;
        // A rewrap: the revision was written when it was written first, and opens as it is wrapped now. One that is
        // not to be trusted is no rewrap, and who wrote it is to be seen.
        const again = digest !== undefined && digest === last && !isIntegrityError(item.problem);
        const same = again ? items.at(-1) : undefined;
        if (same === undefined) items.push(item);
        else items[items.length - 1] = { ...same, problem: item.problem };
        last = digest;
      }
      if (items.length === 0) throw notFound(scope, name, region);
      return items.reverse();
    },
    caller,
  );
}

async function historyItem(
  scope: VaultScope,
  region: Region,
  stored: StoredParameter,
  before: string | undefined,
  signal: AbortSignal,
): Promise<{ item?: HistoryItem; digest?: string; opened?: boolean }> {
  const outside = { storedAt: stored.modifiedAt, writtenBy: stored.modifiedBy, region: region.name };
  try {
    const entry = parseEntry(stored.value);
    if (isVoid(entry, stored, region.name)) return {};
    const { core } = entry;
    let problem: WaxsealError | undefined;
    try {
      await openFound(scope, region, stored.name, { entry, stored }, signal);
    } catch (error) {
      // Without the right to open, the metadata is still worth showing.
      if (!isIntegrityError(error) && !isWaxsealError(error, 'denied', 'key_unusable', 'key_not_found'))
        throw error;
      problem = error;
    }
    return {
      item: {
        ...outside,
        revision: core.revision,
        sealedAt: core.sealedAt * 1000,
        deleted: core.flags.tombstone,
        dataKeyId: formatDataKeyId(core.dataKeyId),
        problem,
        linked: core.parent.byteLength === 0 ? before === undefined : hex(core.parent) === before,
      },
      digest: hex(entryDigest(entry)),
      opened: problem === undefined,
    };
  } catch (error) {
    if (!isWaxsealError(error, 'malformed')) throw error;
    const unreadable = { revision: 0, sealedAt: 0, deleted: false, dataKeyId: '', linked: false };
    return { item: { ...outside, ...unreadable, problem: error } };
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

function toSecret(name: string, { entry: { core }, value }: OpenedEntry, region: Region): Secret {
  return {
    name,
    value,
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
        : '"waxseal history" shows what was there',
    region: region.name,
  });
}

function untrusted(name: string, region: Region, error: WaxsealError): WaxsealError {
  return new WaxsealError(error.code, `${name} is not to be trusted in ${region.name}: ${error.message}`, {
    hint: `"waxseal history ${name}" says who wrote it; "waxseal region sync" puts back the newest that can be trusted; else set it again`,
    cause: error,
    region: region.name,
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
