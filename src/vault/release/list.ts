/** The releases that are kept, with what nothing can be rolled back to. */
import type { Entry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import { listParts } from '../large/drop.ts';
import { parsePartName } from '../large/place.ts';
import type { StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { isThere } from './collect.ts';
import { headHistory, type OpenedRelease, openPast, partHistory, readRelease, wipe } from './open.ts';
import { pinnedNumbers } from './place.ts';
import type { ListedRelease } from './types.ts';

const LISTING = 10;

/** The releases that home keeps, in the history of the head or as a pinned copy, newest first. */
export async function listReleases(
  scope: VaultScope,
  caller?: AbortSignal,
): Promise<readonly ListedRelease[]> {
  const { home } = scope;
  const signal = deadline(scope.timeout * LISTING, caller);
  const pins = await ifAllowed(pinnedAtHome(scope, signal));
  const listed: Opened[] = [];
  const parts = partHistory(scope, home, signal);
  for await (const { entry, stored } of headHistory(scope, home, signal)) {
    const opened = await openPast(scope, home, { entry, stored }, signal, parts).catch(() => undefined);
    listed.push(withoutValues({ entry, stored, opened }));
  }
  const known = new Set(listed.map(({ entry }) => entry.core.revision));
  for (const number of pins ?? []) {
    if (known.has(number)) continue;
    const opened = await readRelease(scope, home, signal, number).catch((error: unknown) => {
      if (!isIntegrityError(error)) throw error;
      return undefined;
    });
    if (opened !== undefined) listed.push(withoutValues({ entry: opened.entry, opened }));
  }
  const hasLarge = listed.some(({ opened }) => opened?.items.some(({ large }) => large !== undefined));
  const there = hasLarge ? await ifAllowed(revisionsWithParts(scope, caller)) : new Set<string>();
  return listed
    .sort((a, b) => b.entry.core.revision - a.entry.core.revision)
    .map(({ entry: { core }, stored, opened }) => ({
      number: core.revision,
      publishedAt: core.sealedAt * 1000,
      storedAt: stored?.modifiedAt,
      publishedBy: stored?.modifiedBy,
      secrets: opened?.items.filter(isThere).length,
      pinned: pins?.includes(core.revision),
      partsGone: there && partsGone(opened, there),
    }));
}

/** A release, as far as it opens. */
interface Opened {
  readonly entry: Entry;
  /** Where history has its head. */
  readonly stored?: StoredParameter;
  readonly opened: OpenedRelease | undefined;
}

function withoutValues(one: Opened): Opened {
  wipe(one.opened);
  return one;
}

async function pinnedAtHome(scope: VaultScope, signal: AbortSignal): Promise<readonly number[]> {
  const names: string[] = [];
  const folder = parameterName(scope.path, `${RESERVED_FOLDER}/pinned`);
  for await (const { name } of scope.home.parameters.list(folder, signal)) names.push(name);
  return pinnedNumbers(scope.path, names);
}

/** `name:revision` of the large secrets that home has parts of. */
async function revisionsWithParts(scope: VaultScope, caller?: AbortSignal): Promise<ReadonlySet<string>> {
  const names = await listParts(scope, scope.home, caller);
  return new Set(
    names.flatMap((name) => {
      const part = parsePartName(scope.path, name);
      return part === undefined || part.number === 0 ? [] : [`${part.secret}:${part.revision}`];
    }),
  );
}

function partsGone(opened: OpenedRelease | undefined, there: ReadonlySet<string>): readonly string[] {
  return (opened?.items ?? []).flatMap(({ name, revision, large }) =>
    large === undefined || there.has(`${name}:${revision}`) ? [] : [name],
  );
}

/** What is told beside the releases: who may not list it is told the rest. */
async function ifAllowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isWaxsealError(error, 'denied')) throw error;
    return undefined;
  }
}
