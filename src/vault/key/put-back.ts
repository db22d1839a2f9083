/**
 * Whether the record of a retired data key was put back: it names an older generation than what stands was sealed under.
 * The record opens all the same, so only what was sealed gives it away.
 */
import { formatDataKeyId, parseDataKeyRecord } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError } from '../../errors.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { type FoundCopy, openingProblem, type RegionContents, type Row } from '../region/copies.ts';
import type { DataKeyCopy } from '../region/types.ts';
import type { VaultScope } from '../scope.ts';
import { claimedKey, generationOf } from './retired.ts';
import type { PutBack } from './rotate/types.ts';

/** The data key records of the regions that answered, home first. */
export type Records = ReadonlyMap<Region, StoredParameter | undefined>;

/** What was found. */
export interface RecordsSeen {
  /** As they were read last. */
  readonly records: Records;
  readonly putBack: PutBack | undefined;
}

/**
 * Compares the first record with what stands. Nothing more is read or opened as long as nothing claims to be newer.
 * @param heads - of the releases
 */
export async function seeRecords(
  scope: VaultScope,
  contents: ReadonlyMap<Region, RegionContents>,
  heads: Row,
  signal: AbortSignal,
): Promise<RecordsSeen> {
  const listed = new Map([...contents].map(([region, { own }]) => [region, own.get(scope.dataKeyName)]));
  const newer = newerThan(firstGeneration(scope, listed), contents, heads);
  if (newer.length === 0) return { records: listed, putBack: undefined };
  // The record is listed before the entries: a rotation may have begun between the two.
  const records = await readAgain(scope, listed, signal);
  const generation = firstGeneration(scope, records);
  const sealed = await highestSealed(scope, newerThan(generation, contents, heads), signal);
  if (generation === undefined || sealed === undefined) return { records, putBack: undefined };
  const newerIn = [...records].find(
    ([, record]) => (claimedKey(scope, record)?.generation ?? 0) >= sealed.generation,
  )?.[0].name;
  return { records, putBack: { generation, sealed: sealed.generation, proved: sealed.proved, newerIn } };
}

/** The records as they say of themselves: a different one is told, and only KMS could say more. */
export function dataKeyCopies(
  scope: VaultScope,
  { records, putBack }: RecordsSeen,
): ReadonlyMap<Region, DataKeyCopy> {
  const read = (stored: StoredParameter | undefined): DataKeyCopy => {
    if (stored === undefined) return { state: 'missing' };
    try {
      const { id } = parseDataKeyRecord(stored.value, scope.path);
      const retired = putBack !== undefined && id.generation < putBack.sealed;
      return { state: retired ? 'retired' : 'equal', dataKeyId: formatDataKeyId(id) };
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      return { state: 'unreadable' };
    }
  };
  const copies = new Map([...records].map(([region, record]) => [region, read(record)]));
  const all = [...copies.values()];
  if (all.every(({ state }) => state === 'missing')) {
    return new Map([...copies.keys()].map((region) => [region, { state: 'equal' }]));
  }
  // What the others are compared with is none that was put back.
  const first = all.find(({ state }) => state === 'equal')?.dataKeyId;
  return new Map(
    [...copies].map(([region, copy]) => [
      region,
      copy.state === 'equal' && copy.dataKeyId !== first ? { ...copy, state: 'differs' } : copy,
    ]),
  );
}

interface Claim {
  readonly region: Region;
  readonly found: FoundCopy;
}

/** The generation that the first record names. */
function firstGeneration(scope: VaultScope, records: Records): number | undefined {
  for (const record of records.values()) {
    const id = claimedKey(scope, record);
    if (id !== undefined) return id.generation;
  }
  return undefined;
}

/** What says that it was sealed under a newer data key than that, the highest first. */
function newerThan(
  generation: number | undefined,
  contents: ReadonlyMap<Region, RegionContents>,
  heads: Row,
): readonly Claim[] {
  if (generation === undefined) return [];
  const claims = [...contents].flatMap(([region, { copies }]) =>
    [heads.get(region), ...copies.values()].flatMap((copy): readonly Claim[] =>
      copy?.found === undefined ? [] : [{ region, found: copy.found }],
    ),
  );
  const of = ({ found }: Claim): number => generationOf(found.entry);
  return claims.filter((claim) => of(claim) > generation).sort((a, b) => of(b) - of(a));
}

/** A forged number counts for nothing. Where KMS opens none of them, what they say of themselves is all there is. */
async function highestSealed(
  scope: VaultScope,
  claims: readonly Claim[],
  signal: AbortSignal,
): Promise<{ readonly generation: number; readonly proved: boolean } | undefined> {
  const closed = new Set<Region>();
  let claimed: number | undefined;
  for (const { region, found } of claims) {
    const generation = generationOf(found.entry);
    const problem = closed.has(region) ? undefined : await openingProblem(scope, region, found, signal);
    if (isIntegrityError(problem)) continue;
    if (problem === undefined && !closed.has(region)) return { generation, proved: true };
    closed.add(region);
    claimed ??= generation;
  }
  return claimed === undefined ? undefined : { generation: claimed, proved: false };
}

/** A region that does not answer any more keeps what was listed. */
async function readAgain(scope: VaultScope, listed: Records, signal: AbortSignal): Promise<Records> {
  const name = scope.dataKeyName;
  const again = [...listed].map(async ([region, before]) => {
    try {
      return [region, (await region.parameters.read([name], signal)).get(name)] as const;
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      return [region, before] as const;
    }
  });
  return new Map(await Promise.all(again));
}
