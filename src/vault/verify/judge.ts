/** Judges one parameter by itself: whether it is authentic where it lies. */
import { createHash } from 'node:crypto';
import { checkPlace, type EntryCore, parseDataKeyRecord, parseEntry } from '../../envelope/index.ts';
import { isWaxsealError, type WaxsealError } from '../../errors.ts';
import { digestOf } from '../ancestry.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { type FoundEntry, isVoid, openFound } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { type Copy, toCopy } from '../region/copies.ts';
import type { VaultScope } from '../scope.ts';
import type { RegionKeys } from './keys.ts';
import type { Marker } from './mark.ts';
import { type JudgedLarge, judgeParts, type PartReader } from './parts.ts';

/** What judging works with, in one region. */
export interface Bench {
  readonly scope: VaultScope;
  readonly region: Region;
  readonly keys: RegionKeys;
  readonly mark: Marker;
  /** The bare ids of KMS keys that a descriptor may name, besides the one that the data key is under. */
  readonly kmsKeys: readonly string[];
  readonly caller: AbortSignal | undefined;
}

/** A write, without its text. */
export interface Seen {
  readonly parameter: string;
  readonly version: number;
  readonly modifiedAt: number | undefined;
  readonly modifiedBy: string | undefined;
  /** Of the stored text. */
  readonly sha256: string;
}

/** A parameter, judged. Authentic when it has a core and no problem. */
export interface Judged extends Seen {
  readonly core?: EntryCore | undefined;
  readonly digest?: string | undefined;
  /** What its value is told apart by; none for a large one whose parts are not whole. */
  readonly mark?: string | undefined;
  /** The parts of a large one, where they were looked at. */
  readonly large?: JudgedLarge | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly kmsKeyMaterialId?: string | undefined;
  /** The bare id of the KMS key that it says it is under; nobody vouches for it. */
  readonly namedKeyId?: string | undefined;
  /** A write that never counted lies on top, or is all there is. */
  readonly void: boolean;
  /** What that write is, where it is none that lost a race. */
  readonly copyOf?: VoidCopy | undefined;
  readonly problem?: WaxsealError | undefined;
}

/** A text that somebody put again by other means: its slot claims another Version, so that it never counts. */
export type VoidCopy =
  /** The name that it was sealed for. */
  | { readonly name: string }
  /** The Version of this parameter that is the same text. */
  | { readonly version: number };

/** A judged parameter that may be believed. */
export type Authentic = Judged & { readonly core: EntryCore; readonly problem?: undefined };

/** Whether it may be believed. */
export function isAuthentic(judged: Judged | undefined): judged is Authentic {
  return judged?.core !== undefined && judged.problem === undefined;
}

/** A write without its text. */
export function seenOf({ name, version, modifiedAt, modifiedBy, value }: StoredParameter): Seen {
  const sha256 = createHash('sha256').update(value).digest('hex');
  return { parameter: name, version, modifiedAt, modifiedBy, sha256 };
}

/** Judges the newest write of an entry's parameter, or what counts below it. @throws WaxsealError `cancelled` */
export async function judgeEntry(bench: Bench, top: StoredParameter, read?: PartReader): Promise<Judged> {
  const { scope, region, caller } = bench;
  try {
    return await judgeCopy(bench, await toCopy(region, top, deadline(scope.timeout, caller)), read);
  } catch (error) {
    return { ...seenOf(top), void: false, problem: problemOf(error, caller) };
  }
}

/** Judges a copy as it was listed. @param read - gives the parts of a large one. @throws WaxsealError `cancelled` */
export async function judgeCopy(
  bench: Bench,
  { top, found, problem }: Copy,
  read?: PartReader,
): Promise<Judged> {
  const seen = seenOf(top);
  if (found === undefined && problem !== undefined) return { ...seen, void: false, problem };
  if (found?.stored.version === top.version) {
    return { ...seen, ...(await open(bench, found, read)), void: false };
  }
  const copyOf = await voidCopy(bench, top);
  return { ...seen, ...(found && (await open(bench, found, read))), void: true, copyOf };
}

/** What a void write is a copy of: one more read, by the Version that it claims. @throws WaxsealError `cancelled` */
export async function voidCopy(
  { scope, region, caller }: Bench,
  stored: StoredParameter,
): Promise<VoidCopy | undefined> {
  try {
    const { core, wrapping } = parseEntry(stored.value);
    if (core.name !== stored.name) return { name: core.name };
    const { version } = wrapping.slot;
    const selector = `${stored.name}:${version}`;
    const claimed = (await region.parameters.read([selector], deadline(scope.timeout, caller))).get(selector);
    return claimed?.value === stored.value ? { version } : undefined;
  } catch (error) {
    // That it never counted stands, whatever it is.
    problemOf(error, caller);
    return undefined;
  }
}

/** Judges an entry that was found below what counts. @throws WaxsealError `cancelled` */
export async function judgeFound(bench: Bench, found: FoundEntry, read: PartReader): Promise<Judged> {
  return { ...seenOf(found.stored), ...(await open(bench, found, read)), void: false };
}

/** Judges one version of a history by itself. @throws WaxsealError `cancelled` */
export async function judgeVersion(bench: Bench, stored: StoredParameter): Promise<Judged> {
  const seen = seenOf(stored);
  try {
    const entry = parseEntry(stored.value);
    if (isVoid(entry, stored, bench.region.name)) return { ...seen, void: true };
    return { ...seen, ...(await open(bench, { entry, stored })), void: false };
  } catch (error) {
    return { ...seen, void: false, problem: problemOf(error, bench.caller) };
  }
}

async function open(
  bench: Bench,
  { entry, stored }: FoundEntry,
  read?: PartReader,
): Promise<Omit<Judged, keyof Seen | 'void'>> {
  const { region, keys, mark } = bench;
  const { core, wrapping } = entry;
  let kmsKeyMaterialId: string | undefined;
  const known = { core, digest: digestOf(entry), namedKeyId: wrapping.kmsKeyId };
  try {
    // Before KMS is asked: what says itself that it belongs elsewhere costs no call.
    checkPlace(entry, stored.name);
    const key = await keys.open(core.dataKeyId, wrapping);
    ({ kmsKeyMaterialId } = key);
    const opened = await openFound(key.scope, region, stored.name, { entry, stored });
    const told = { ...known, kmsKeyId: wrapping.kmsKeyId, kmsKeyMaterialId };
    try {
      if (!core.flags.chunked)
        return { ...told, mark: mark(core.flags.tombstone ? undefined : opened.content) };
      const large = read && (await judgeParts(bench, key.scope, opened, read));
      return { ...told, large, mark: large?.mark };
    } finally {
      opened.content.fill(0);
    }
  } catch (error) {
    return { ...known, kmsKeyMaterialId, problem: problemOf(error, bench.caller) };
  }
}

/** Judges a data key record. @throws WaxsealError `cancelled` */
export async function judgeRecord(bench: Bench, stored: StoredParameter): Promise<JudgedRecord> {
  const seen = seenOf(stored);
  try {
    const record = parseDataKeyRecord(stored.value, bench.scope.path);
    const { generation } = record.id;
    try {
      const { kmsKeyMaterialId } = await bench.keys.open(record.id, record);
      return { ...seen, record, generation, kmsKeyMaterialId };
    } catch (error) {
      return { ...seen, record, generation, problem: problemOf(error, bench.caller) };
    }
  } catch (error) {
    return { ...seen, problem: problemOf(error, bench.caller) };
  }
}

/** A data key record, judged. */
export interface JudgedRecord extends Seen {
  readonly record?: ReturnType<typeof parseDataKeyRecord> | undefined;
  readonly generation?: number | undefined;
  readonly kmsKeyMaterialId?: string | undefined;
  readonly problem?: WaxsealError | undefined;
}

/** What was met; only that the caller gave up ends the whole run. @throws WaxsealError `cancelled` */
export function problemOf(error: unknown, caller: AbortSignal | undefined): WaxsealError {
  checkCancelled(caller);
  if (!isWaxsealError(error)) throw error;
  return error;
}
