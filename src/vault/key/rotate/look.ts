/** What of a vault is under which data key: one listing a region, and nothing opened that is under the current one. */
import type { DataKeyRecord } from '../../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../../errors.ts';
import { deadline } from '../../deadline.ts';
import { parsePartName, partNames } from '../../large/place.ts';
import type { Region } from '../../ports.ts';
import {
  answering,
  type Copy,
  failures,
  namesIn,
  openRow,
  type RegionContents,
  type Row,
  readContents,
  rowOf,
  toCopy,
  trusted,
} from '../../region/copies.ts';
import { openRecord } from '../../region/sync-data-key.ts';
import type { LastRevision } from '../../release/past.ts';
import { releaseNames } from '../../release/place.ts';
import type { VaultScope } from '../../scope.ts';
import { generationOf, isUnder } from '../retired.ts';
import type { RotationProblem } from './types.ts';

/** What was found. */
export interface KeyLook {
  /** Whether there is anything at all. */
  readonly exists: boolean;
  /** Home's record, opened by KMS; undefined where there is none to be trusted. */
  readonly record: DataKeyRecord | undefined;
  /** The highest generation that anything authentic is under, in any region that answered. */
  readonly floor: number;
  /** All names that home holds. */
  readonly names: readonly string[];
  /** How many parts home has of what counts under a name; none of a secret that is not large. */
  readonly parts: ReadonlyMap<string, number>;
  /** Names whose entry at home is under another data key than the record's. */
  readonly entries: readonly string[];
  /** Names that a replica holds older than home, and under another data key. */
  readonly copies: readonly string[];
  /** Whether the release, at home or older in a replica, is under another data key. */
  readonly release: boolean;
  /** Whether home has a release. */
  readonly published: boolean;
  readonly problems: readonly RotationProblem[];
  /** The replicas that did not answer. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}

/**
 * Looks at all regions.
 * @param last - the revisions that were published
 * @throws WaxsealError home's failure; what KMS can answer
 */
export async function lookAtKeys(
  scope: VaultScope,
  last: LastRevision,
  caller?: AbortSignal,
): Promise<KeyLook> {
  const signal = deadline(scope.timeout * 10, caller);
  const contents = await readContents(scope, signal);
  const atHome = contents.regions.get(scope.home);
  if (atHome === undefined || isWaxsealError(atHome)) {
    throw atHome ?? new WaxsealError('unexpected', 'home was not asked');
  }
  const answered = answering(contents);
  const records = await openRecords(scope, answered, signal);
  const record = records.get(scope.home);
  let floor = Math.max(0, ...[...records.values()].map((one) => one?.id.generation ?? 0));
  /** What of a row is under another data key, opened: what says so and is forged counts for nothing. */
  const judge = async (found: Row): Promise<{ readonly home: Copy | undefined; readonly stale: Stale }> => {
    const under = (copy: Copy | undefined): boolean =>
      record !== undefined && isUnder(copy?.found?.entry, record.id);
    const bad = found.get(scope.home)?.problem !== undefined;
    if (!bad && [...found.values()].every((copy) => copy?.found === undefined || under(copy))) {
      return { home: found.get(scope.home), stale: undefined };
    }
    const row = await openRow(scope, found, signal);
    const home = row.get(scope.home);
    if (home?.problem !== undefined && !isIntegrityError(home.problem)) throw home.problem;
    for (const copy of row.values()) {
      const counted = copy?.problem === undefined ? copy?.found : undefined;
      if (counted !== undefined) floor = Math.max(floor, generationOf(counted.entry));
    }
    if (home?.problem !== undefined || home?.found === undefined) return { home, stale: undefined };
    if (!under(home)) return { home, stale: 'home' };
    const { revision } = home.found.entry.core;
    const isOlder = (copy: Copy | undefined): boolean =>
      !under(copy) && (trusted(copy)?.entry.core.revision ?? revision) < revision;
    return { home, stale: [...row.values()].some(isOlder) ? 'replica' : undefined };
  };
  const entries: string[] = [];
  const copies: string[] = [];
  const problems: RotationProblem[] = [];
  for (const name of namesIn(answered)) {
    const { home, stale } = await judge(rowOf(answered, name));
    const revision = home?.found?.entry.core.revision;
    const published = last(name) ?? 0;
    if (home?.problem !== undefined) problems.push({ name, error: home.problem });
    else if (stale === 'home' && revision !== undefined && revision < published) {
      problems.push({ name, error: putBack(name, revision, published) });
    } else if (stale === 'home') entries.push(name);
    else if (stale === 'replica') copies.push(name);
  }
  const heads = await headRow(scope, answered, signal);
  const release = await judge(heads);
  return {
    exists: contents.exists,
    record,
    floor,
    names: [...atHome.copies.keys()],
    parts: countParts(scope, atHome),
    entries,
    copies,
    release: release.stale !== undefined,
    published: heads.get(scope.home) !== undefined,
    problems,
    failed: failures(contents),
  };
}

function countParts({ path }: VaultScope, { copies, own }: RegionContents): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const parameter of own.keys()) {
    const part = parsePartName(path, parameter);
    // A pinned release's copy of an entry is no part of it.
    if (part === undefined || part.number === 0) continue;
    const entry = copies.get(part.secret)?.found?.entry;
    if (entry?.core.flags.chunked !== true) continue;
    // Those of the revision before lie beside them.
    if (!parameter.startsWith((partNames(path, entry, 1)[0] ?? '').slice(0, -1))) continue;
    counts.set(part.secret, (counts.get(part.secret) ?? 0) + 1);
  }
  return counts;
}

/** Where something is under another data key: at home, or only in a replica that is behind. */
type Stale = 'home' | 'replica' | undefined;

/** The records that KMS opens. Home's has to; a replica whose KMS does not answer tells nothing. */
async function openRecords(
  scope: VaultScope,
  answered: ReadonlyMap<Region, RegionContents>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Region, DataKeyRecord | undefined>> {
  const records = new Map<Region, DataKeyRecord | undefined>();
  // Home first and one by one: the data key that home's KMS opened is not asked of the others.
  for (const [region, { own }] of answered) {
    const stored = own.get(scope.dataKeyName);
    try {
      records.set(region, stored && (await openRecord({ scope, signal }, region, stored)));
    } catch (error) {
      if (region === scope.home || !isWaxsealError(error)) throw error;
    }
  }
  return records;
}

async function headRow(
  scope: VaultScope,
  answered: ReadonlyMap<Region, RegionContents>,
  signal: AbortSignal,
): Promise<Row> {
  const { head } = releaseNames(scope.path);
  const row = new Map<Region, Copy | undefined>();
  for (const [region, { own }] of answered) {
    const top = own.get(head);
    row.set(region, top && (await toCopy(region, top, signal)));
  }
  return row;
}

/**
 * Sealed anew it would pass for the newer value.
 * @param revision - what home holds
 */
export function putBack(name: string, revision: number, published: number): WaxsealError {
  return new WaxsealError(
    'conflict',
    `home holds revision ${revision} of ${name}, ${published} was published`,
    {
      hint: 'an older one was put back there, and stays as it is: waxseal region sync, else set it anew',
    },
  );
}
