/** Whether a vault has room for a backup: it is empty, or holds nothing but what an earlier try of the same restore wrote. */
import { type Entry, parseEntry, type ReleaseItem, sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import { isVoid } from '../effective.ts';
import { patiently } from '../patience.ts';
import type { Region } from '../ports.ts';
import { listParameters } from '../read.ts';
import { readRelease, wipe } from '../release/open.ts';
import type { VaultScope } from '../scope.ts';
import type { OpenedBackup } from './source-vault.ts';

const LISTING = 10;

/**
 * The secrets that home holds already.
 * @throws WaxsealError `conflict` when a region or the release has a secret that the backup does not have, or a
 *   replica one that home lacks
 */
export async function namesThere(
  scope: VaultScope,
  { secrets, released }: Pick<OpenedBackup, 'secrets' | 'released'>,
  caller?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const there = await namesIn(scope, scope.home, caller);
  for (const name of there) if (!secrets.has(name)) throw notEmpty(name, scope.home);
  await Promise.all(
    scope.replicas.map(async (region) => {
      const names = await namesIn(scope, region, caller).catch((error: unknown) => {
        // A replica that is away does not keep a vault from being restored; it is told of as one that lags.
        if (isWaxsealError(error, 'unreachable', 'timeout')) return [];
        throw error;
      });
      for (const name of names) if (!there.has(name) || !secrets.has(name)) throw notEmpty(name, region);
    }),
  );
  // A release goes on from what it remembers: one of another life of this vault would win over what is restored.
  const known = new Map(released.map(({ name, revision }) => [name, revision]));
  for (const { name, revision } of await liveItems(scope, caller)) {
    const most = Math.max(known.get(name) ?? 0, secrets.get(name)?.revision ?? 0);
    if (revision > most) throw notEmpty(name, scope.home);
  }
  return there;
}

async function liveItems(
  scope: VaultScope,
  caller: AbortSignal | undefined,
): Promise<readonly ReleaseItem[]> {
  try {
    const live = await patiently(scope, caller, () =>
      readRelease(scope, scope.home, deadline(scope.timeout, caller)),
    );
    wipe(live);
    return live?.items ?? [];
  } catch (error) {
    throw isIntegrityError(error) ? notEmpty(`${RESERVED_FOLDER}/release`, scope.home) : error;
  }
}

async function namesIn(
  scope: VaultScope,
  region: Region,
  caller: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const { parameters } = await patiently(scope, caller, () =>
    listParameters(scope, region, deadline(scope.timeout * LISTING, caller)),
  );
  return new Set(parameters.keys());
}

/** What a region holds of a chain of entries, and the number of its newest write. */
export interface Progress {
  /** How many of the wanted entries are there, from the first on. */
  readonly done: number;
  /** 0 where there is no parameter. */
  readonly version: number;
}

/**
 * How far a chain of entries was written at home.
 * @throws WaxsealError `conflict` when something else is there
 */
export async function writtenSoFar(
  scope: VaultScope,
  parameter: string,
  wanted: readonly Entry[],
  signal: AbortSignal,
): Promise<Progress> {
  const { home } = scope;
  let [done, version] = [0, 0];
  for await (const stored of home.parameters.history(parameter, signal)) {
    version = stored.version;
    try {
      const entry = parseEntry(stored.value);
      // An earlier try whose number was taken by a lost answer of its own.
      if (isVoid(entry, stored, home.name)) continue;
      const next = wanted[done];
      if (next === undefined || !sameEntry(entry, next)) throw notEmpty(nameOf(scope, parameter), home);
      done += 1;
    } catch (error) {
      throw isIntegrityError(error) ? notEmpty(nameOf(scope, parameter), home) : error;
    }
  }
  return { done, version };
}

function nameOf(scope: VaultScope, parameter: string): string {
  return parameter.slice(parameterName(scope.path, '').length);
}

/** @param name - what is in the way */
export function notEmpty(name: string, region: Region): WaxsealError {
  const what = name.startsWith(`${RESERVED_FOLDER}/`) ? 'a vault that is in use' : `another ${name}`;
  return new WaxsealError('conflict', `${region.name} holds ${what} than the backup`, {
    hint: 'a backup is restored into an empty vault: name another (--vault), or purge what is there',
    region: region.name,
  });
}
