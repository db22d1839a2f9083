/** Puts a vault together. */

import type { Entry, ReleaseItem } from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { checkSecretName, parameterName } from '../secret-name.ts';
import { bootPart } from './boot-vault.ts';
import { deadline } from './deadline.ts';
import { drill } from './drill/drill.ts';
import type { OpenedEntry } from './effective.ts';
import { sealedExpiry } from './expiry.ts';
import { readHistory } from './history/history.ts';
import { importSecrets, planImport } from './import.ts';
import type { Vault } from './interface.ts';
import { loadLarge } from './large/load.ts';
import { holds } from './large/read.ts';
import { outliveRemoval, purge } from './purge/purge.ts';
import { loadSecrets, notFound, readSecret } from './read.ts';
import { releaseStatus, vaultStatus } from './region/status.ts';
import { planSync, syncRegions } from './region/sync.ts';
import { releasesBesideHome } from './region/sync-release.ts';
import { collectItems } from './release/collect.ts';
import { listReleases } from './release/list.ts';
import { compareRelease, difference, openRelease, pinRelease } from './release/manage.ts';
import { type LastRevision, lastRevisions } from './release/past.ts';
import { publish } from './release/publish.ts';
import type { ReleaseDifference } from './release/types.ts';
import { mergeBehind } from './release/with-each.ts';
import { givingUp } from './replicas.ts';
import { replicate } from './replicate.ts';
import { createScope, type VaultScope } from './scope.ts';
import { checkValueFits, valueSize } from './size.ts';
import { surveyVault } from './survey.ts';
import type { BehindRegion, PublishResult, VaultOptions, WriteRequest, WriteResult } from './types.ts';
import { type Change, commit } from './write.ts';

/**
 * Opens a vault over the given ports. No call is made before the first read or write.
 * @throws WaxsealError `invalid_name`
 */
export function createVault(options: VaultOptions): Vault {
  const scope = createScope(options);
  // The release remembers names that are gone; and where a region acts as home, a copy that was on its way during a
  // purge may be all that stands there.
  const above = async (
    name: string,
    current: OpenedEntry | undefined,
    past: Past = () => lastRevisions(scope),
  ): Promise<number | undefined> =>
    current !== undefined && scope.actsFor === undefined ? undefined : (await past())(name);
  const set = async (
    name: string,
    value: Uint8Array,
    request: WriteRequest = {},
    within: VaultScope = scope,
    past?: Past,
  ): Promise<WriteResult> => {
    checkSecretName(scope.path, name);
    checkValueFits(scope, parameterName(scope.path, name), value);
    const expiresAt = sealedExpiry(request.expiresAt);
    let attempts = 0;
    let ended = 0;
    const written = await write(within, name, request, async (current) => {
      const same = request.expiresAt === undefined || current?.entry.core.expiresAt === expiresAt;
      if (request.unlessEqual === true && same && current !== undefined) {
        if (await holds(scope, scope.home, current, value, request.signal)) return undefined;
      }
      ended = expiresAt === 0 ? (current?.entry.core.expiresAt ?? 0) : 0;
      attempts += 1;
      // Whoever was raced may have been raced by a purge: what was read before it knows nothing of that.
      return { value, expiresAt, above: await above(name, current, attempts === 1 ? past : undefined) };
    });
    return written.changed && ended > 0 ? { ...written, endedExpiry: ended * 1000 } : written;
  };
  const remove = (
    name: string,
    request: Pick<WriteRequest, 'expectRevision' | 'signal'> = {},
    within: VaultScope = scope,
  ): Promise<WriteResult> => {
    checkSecretName(scope.path, name);
    return write(within, name, request, async (current) => {
      if (current === undefined || current.entry.core.flags.tombstone) {
        throw notFound(scope, name, scope.home, current?.entry.core.revision);
      }
      return { value: undefined, above: await above(name, current) };
    });
  };
  const plan = (release: number, signal?: AbortSignal): ReturnType<typeof planRollback> =>
    planRollback(scope, release, signal);
  const rollback = async (release: number, signal?: AbortSignal): Promise<PublishResult> => {
    const { items, difference, head } = await plan(release, signal);
    const within = givingUp(scope);
    const request = signal === undefined ? {} : { signal };
    let behind: readonly BehindRegion[] = [];
    const restored = [...difference.added, ...difference.changed];
    // All that lies outside of the release is read before anything is written.
    const values = await valuesOf(scope, items, restored, head, signal);
    for (const name of restored) {
      const value = values.get(name);
      if (value === undefined) continue;
      const { expiresAt = 0 } = items.get(name) ?? {};
      const again = { unlessEqual: true, expiresAt: expiresAt * 1000, ...request };
      // What the release remembers is read anew for each name that is gone: a purge may have come since.
      const written = await set(name, value, again, within);
      behind = mergeBehind(behind, written.behind);
    }
    for (const name of difference.removed) {
      behind = mergeBehind(behind, (await remove(name, request, within)).behind);
    }
    const published = await publish(scope, signal);
    return { ...published, behind: mergeBehind(behind, published.behind) };
  };
  return {
    ...bootPart(scope),
    actsFor: scope.actsFor?.name,
    get: async (name, read) => readSecret(scope, name, read),
    set: async (name, value, request) => set(name, value, request, withProgress(scope, request?.onProgress)),
    sizeOf: (name, value) => valueSize(scope, parameterName(scope.path, name), value),
    delete: async (name, request) => remove(name, request),
    purge: async (name, request) => purge(scope, name, request),
    list: async (read = {}) => surveyVault(scope, read.signal),
    load: async (read = {}) => loadSecrets(scope, read.signal),
    history: async (name, read) => readHistory(scope, name, read),
    planImport: async (items, read = {}) => planImport(scope, items, read.signal),
    import: async (items, how = {}) => {
      const past = readOnce(scope);
      return importSecrets(
        scope,
        items,
        ({ name, value }, within) => set(name, value, { unlessEqual: true }, within, past),
        how,
      );
    },
    publish: async ({ signal, reconcile, atLeast } = {}) => {
      const others = reconcile === true ? await releasesBesideHome(scope, signal) : undefined;
      return publish(scope, signal, others, atLeast);
    },
    releases: async (how = {}) => listReleases(scope, how.signal),
    compareRelease: async (how = {}) => compareRelease(scope, how.signal),
    planRollback: async (release, how = {}) => (await plan(release, how.signal)).difference,
    rollback: async (release, how = {}) => rollback(release, how.signal),
    pin: async (release, how = {}) => ({ behind: await pinRelease(scope, release, how.signal) }),
    drill: async (how) => drill(scope, how),
    status: async (how = {}) => vaultStatus(scope, how.signal),
    releaseStatus: async (how = {}) => releaseStatus(scope, how.signal),
    planSync: async (how) => planSync(scope, how),
    sync: async (how) => syncRegions(scope, how),
    // Loaded by whoever needs them.
    verify: async (how) => (await import('./verify/verify.ts')).verifyVault(scope, how),
    revision: async (name, which, read = {}) =>
      (await import('./history/undo.ts')).readRevision(scope, name, which, read.signal),
    rollbackSecret: async (name, revision, request = {}) =>
      (await import('./history/undo.ts')).rollbackSecret(scope, name, revision, request, (change) =>
        write(scope, name, request, change),
      ),
    undelete: async (name, request = {}) =>
      (await import('./history/undo.ts')).undelete(scope, name, request, (change) =>
        write(scope, name, request, change),
      ),
    planRotation: async (how = {}) => (await import('./key/rotate/plan.ts')).planRotation(scope, how.signal),
    rotate: async (how) => (await import('./key/rotate/rotate.ts')).rotate(scope, how),
    planRewrap: async (how = {}) => (await import('./key/rewrap/rewrap.ts')).planRewrap(scope, how),
    rewrap: async (how = {}) => (await import('./key/rewrap/rewrap.ts')).rewrap(scope, how),
    keyUsage: async (kmsKeyId, how = {}) =>
      (await import('./key/rewrap/usage.ts')).keyUsage(scope, kmsKeyId, how.signal),
    backup: async (put, how) => (await import('./backup/take.ts')).takeBackup(scope, put, how),
    restore: async (source, how) => (await import('./backup/restore.ts')).restoreBackup(scope, source, how),
  };
}

/** The last revisions of names that are not there; asked for by the first that needs them. */
type Past = () => Promise<LastRevision>;

/** Reads the release once, however many new names there are. */
function readOnce(scope: VaultScope): Past {
  let asked: ReturnType<Past> | undefined;
  return () => {
    asked ??= lastRevisions(scope);
    return asked;
  };
}

/** What a release of the past holds, and what that means for the entries as they stand. */
async function planRollback(
  scope: VaultScope,
  number: number,
  signal?: AbortSignal,
): Promise<{
  readonly items: ReadonlyMap<string, ReleaseItem>;
  readonly difference: ReleaseDifference;
  readonly head: Entry;
}> {
  const release = await openRelease(scope, number, signal);
  const { items } = await collectItems(scope, [], deadline(scope.timeout * 10, signal));
  return {
    items: new Map(release.items.map((item) => [item.name, item])),
    difference: difference(items, release.items),
    head: release.entry,
  };
}

/** The scope for a write whose parts somebody counts, those of all regions together. */
function withProgress(scope: VaultScope, tell: WriteRequest['onProgress']): VaultScope {
  if (tell === undefined) return scope;
  const inRegions = new Map<string, number>();
  let each = 0;
  const onParts = (region: string, done: number, total: number): void => {
    each = Math.max(each, total);
    inRegions.set(region, done);
    tell({
      done: [...inRegions.values()].reduce((sum, count) => sum + count, 0),
      total: each * scope.regions.length,
    });
  };
  return { ...scope, onParts };
}

/** The values of a release's items, of large ones too. @throws WaxsealError `large_incomplete` */
async function valuesOf(
  scope: VaultScope,
  items: ReadonlyMap<string, ReleaseItem>,
  names: readonly string[],
  head: Entry,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const chosen = names.flatMap((name) => items.get(name) ?? []);
  const outside = chosen.filter(({ large }) => large !== undefined);
  const within = deadline(scope.timeout * 10, signal);
  const loaded = await loadLarge(scope, scope.home, outside, within, undefined, head);
  return new Map(
    chosen.flatMap(({ name, value = loaded.get(name)?.value }) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** Home decides, then the replicas follow. */
async function write(
  scope: VaultScope,
  name: string,
  request: Pick<WriteRequest, 'expectRevision' | 'signal'>,
  change: Change,
): Promise<WriteResult> {
  const parameter = parameterName(scope.path, name);
  let onTombstone = false;
  const committed = await commit(
    scope,
    parameter,
    (current, dataKey) => {
      onTombstone = current?.entry.core.flags.tombstone === true;
      expectRevision(name, current, request.expectRevision);
      return change(current, dataKey);
    },
    request.signal,
  ).catch((error: unknown) => {
    throw notWritten(scope, name, error);
  });
  if (committed === undefined) return { name, revision: 0, changed: false, behind: [] };
  const { revision } = committed.entry.core;
  const behind = await replicate(scope, parameter, committed.entry);
  // Only a tombstone is ever purged, so only what was set on one may have gone with it.
  if (onTombstone && committed.changed) await outliveRemoval(scope, parameter, committed.entry);
  const { changed, parts } = committed;
  return { name, revision, changed, behind, ...(parts > 0 && { parts }) };
}

function notWritten(scope: VaultScope, name: string, error: unknown): WaxsealError {
  if (!isWaxsealError(error)) {
    return new WaxsealError('unexpected', `${name} was not written`, { cause: error });
  }
  if (!isWaxsealError(error, 'unreachable', 'timeout', 'key_unusable')) return error;
  const why =
    error.code === 'key_unusable'
      ? `a write needs the key in home, ${scope.home.name}${error.hint === undefined ? '' : `: ${error.hint}`}`
      : `a write is decided in home, ${scope.home.name}, which did not answer; reading goes on from the replicas`;
  return new WaxsealError(error.code, `${name} was not written: ${error.message}`, {
    hint: `${why}${elsewhere(scope)}`,
    cause: error,
    region: error.region,
  });
}

/** Who may decide while home is gone. */
function elsewhere({ replicas }: VaultScope): string {
  const [first] = replicas;
  return first === undefined ? '' : `; if it stays away, on the command line: --act-as-home ${first.name}`;
}

function expectRevision(name: string, current: OpenedEntry | undefined, expected: number | undefined): void {
  if (expected === undefined) return;
  // A deleted secret is not there: whoever expects none may write on top of its tombstone.
  const { revision, flags } = current?.entry.core ?? { revision: 0, flags: { tombstone: false } };
  if (expected === revision || (expected === 0 && flags.tombstone)) return;
  const now = revision === 0 ? 'there is none' : `revision ${revision} is there`;
  throw new WaxsealError(
    'conflict',
    `${name} was changed by somebody else: expected revision ${expected}, ${now}`,
    {
      hint: 'look at what is there now, then write on top of it',
    },
  );
}
