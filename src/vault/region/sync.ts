/**
 * Brings all regions together. Older copies are overwritten only by what was made on top of them; all else is a
 * conflict, which is left as it is until somebody says which side is preferred. Whatever ends a run, the next one goes
 * on: it looks at what is there.
 */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { overAll } from '../at-once.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { seeRecords } from '../key/put-back.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { answering, failures, namesIn, type RegionContents, readContents } from './copies.ts';
import { deletedNames, headRow, openReleases, type RegionReleases, wipeReleases } from './releases.ts';
import { isNothing, NOTHING, type Part, type Run, together } from './run.ts';
import { planDataKey, syncDataKey } from './sync-data-key.ts';
import { dropFound, findPast, type PastFound, planPast, releasesAfter } from './sync-past.ts';
import { planPinned, syncPinned } from './sync-pinned.ts';
import { planRelease, syncRelease } from './sync-release.ts';
import { planSecret, syncSecret } from './sync-secret.ts';
import type { PastParts, SyncOptions, SyncPlan, SyncPreference, SyncResult } from './types.ts';

/** Secrets under way at once, and so the most writes a region gets at once: PutParameter's quota is the limit. */
const AT_ONCE = 4;

/** A vault as it was listed, and what would be done with it. */
interface Listed {
  readonly run: Run;
  readonly exists: boolean;
  readonly own: ReadonlyMap<Region, RegionContents['own']>;
  readonly dataKey: Part;
  readonly secrets: ReadonlyMap<string, Part>;
  readonly release: Part;
  readonly pinned: Part;
  /** Which parts are past when the releases were brought together so. */
  readonly past: (releases: Part) => Promise<PastFound | undefined>;
}

/** What would be done. @throws WaxsealError `usage` for a region or name that is not there, `cancelled` */
export async function planSync(
  scope: VaultScope,
  options: Omit<SyncOptions, 'onProgress'> = {},
): Promise<SyncPlan> {
  const listed = await look(scope, options);
  const { dataKey, secrets, release, pinned, past } = listed;
  const parts = [dataKey, ...secrets.values(), release, pinned];
  return resultOf(listed, parts, planPast(await past(release), together(parts)));
}

/** Does it. @throws WaxsealError `usage` as planning does; `cancelled`: what was begun has ended, run it again to go on */
export async function syncRegions(scope: VaultScope, options: SyncOptions = {}): Promise<SyncResult> {
  const { signal, onProgress } = options;
  const listed = await look(scope, options);
  const { run, own } = listed;
  const differing = [...listed.secrets].flatMap(([name, part]) => (isNothing(part) ? [] : [name]));
  const differ = [listed.dataKey, listed.release, listed.pinned].map((part) => !isNothing(part));
  const total = differing.length + differ.filter(Boolean).length;
  let done = 0;
  const through = <T>(value: T): T => {
    onProgress?.({ done: ++done, total });
    return value;
  };
  onProgress?.({ done, total });
  const goOn = (): void => {
    if (signal?.aborted !== true) return;
    throw new WaxsealError('cancelled', `stopped: ${done} of ${total} things are in place`, {
      hint: 'run the same sync again: it goes on where it stopped',
      cause: signal.reason,
    });
  };
  const [dataKeyDiffers, releaseDiffers, pinnedDiffers] = differ;
  const parts: Part[] = [];
  // The data key first: without it a region takes no write by itself.
  if (dataKeyDiffers === true) parts.push(through(await syncDataKey(run)));
  parts.push(
    ...(await overAll(differing, AT_ONCE, async (name) => {
      goOn();
      return through(await syncSecret(run, name));
    })),
  );
  goOn();
  const releases = releaseDiffers === true ? through(await syncRelease(run)) : NOTHING;
  parts.push(releases);
  if (pinnedDiffers === true) parts.push(through(await syncPinned(run, own)));
  goOn();
  // Last: what was behind, and needed them, is not any more.
  const { past, left } = await dropFound(run, await listed.past(releases));
  goOn();
  return resultOf(listed, [...parts, left], past);
}

async function look(
  scope: VaultScope,
  { prefer = {}, publishes = false, signal: caller }: SyncOptions,
): Promise<Listed> {
  checkCancelled(caller);
  checkRegions(scope, prefer);
  const signal = deadline(scope.timeout * 10, caller);
  const contents = await readContents(scope, signal);
  checkCancelled(caller);
  const answered = answering(contents);
  const names = namesIn(answered);
  if (Object.keys(failures(contents)).length === 0) checkNames(scope, prefer, names);
  const lost = new Map<Region, WaxsealError>();
  for (const [region, found] of contents.regions) if (isWaxsealError(found)) lost.set(region, found);
  const own = new Map([...answered].map(([region, found]) => [region, found.own]));
  const releases: RegionReleases = await openReleases(scope, own, signal);
  const deleted = deletedNames(releases);
  const { records, putBack } = await seeRecords(scope, answered, headRow(releases), signal);
  const sealed = putBack?.proved === true ? putBack.sealed : 0;
  wipeReleases(releases);
  const run: Run = { scope, prefer, publishes, signal: caller, lost, sealed, deleted };
  const dataKey = await planDataKey(run, records);
  const planned = await overAll(names, AT_ONCE, async (name) => {
    checkCancelled(caller);
    return [name, await planSecret(run, name, answered)] as const;
  });
  const release = await planRelease(run, releases);
  const pinned = planPinned(run, own);
  const past = (brought: Part): Promise<PastFound | undefined> =>
    findPast(run, answered, releasesAfter(releases, brought));
  return { run, exists: contents.exists, own, dataKey, secrets: new Map(planned), release, pinned, past };
}

function resultOf({ run, exists }: Listed, parts: readonly Part[], past: readonly PastParts[]): SyncPlan {
  const failed = [...run.lost].map(([{ name }, error]) => [name, error] as const);
  const removed = past.length === 0 ? {} : { past };
  return { exists, ...together(parts), ...removed, failed: Object.fromEntries(failed) };
}

function checkRegions(scope: VaultScope, { region, names = {} }: SyncPreference): void {
  const known = scope.regions.map(({ name }) => name);
  const asked = [...(region === undefined ? [] : [region]), ...Object.values(names)];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new WaxsealError('usage', `vault ${scope.path} has no region ${unknown}`, {
    hint: `it has ${known.join(', ')}`,
  });
}

/** A mistyped name must not pass for a decision. */
function checkNames(scope: VaultScope, { names = {} }: SyncPreference, known: readonly string[]): void {
  const unknown = Object.keys(names).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new WaxsealError('usage', `vault ${scope.path} has no secret ${unknown}`, {
    hint: '"waxseal region sync" shows the conflicts that there are',
  });
}
