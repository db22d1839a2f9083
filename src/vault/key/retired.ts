/**
 * A data key that was retired must not come back. The record of the current one is no secret and can be overwritten by
 * whoever may write parameters: an older text of it, put there by hand, still opens. What was sealed under a newer data
 * key gives that away: the release and the entry that stands are authentic, and a writer reads them with the record.
 */
import {
  type DataKeyId,
  type Entry,
  formatDataKeyId,
  parseDataKeyRecord,
  parseEntry,
} from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import type { CurrentDataKey } from '../data-keys.ts';
import { deadline } from '../deadline.ts';
import { countedEntry, isVoid, type OpenedEntry, openFound } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

/** What a writer read at home in one call. */
export interface Standing {
  readonly record: StoredParameter | undefined;
  /** The entry that it writes on top of. */
  readonly current: OpenedEntry | undefined;
  /** The release's head. */
  readonly head: StoredParameter | undefined;
}

/**
 * The data key to seal with. Where there is no record one is made, of no older generation than what stands.
 * @param bytes - how many it is going to seal
 * @throws WaxsealError `data_key_retired` when something that stands was sealed under a newer one; what opening the
 *   record can meet
 */
export async function keyToSealWith(
  scope: VaultScope,
  { record, current, head }: Standing,
  bytes: number,
): Promise<CurrentDataKey> {
  const { home, path, dataKeyName } = scope;
  const signal = deadline(scope.timeout);
  const claimed = record === undefined ? 0 : parseDataKeyRecord(record.value, path).id.generation;
  const beneath = current === undefined ? 0 : generationOf(current.entry);
  const released = head && (await headGeneration(scope, home, head, Math.max(claimed, beneath), signal));
  const floor = Math.max(beneath, released ?? 0);
  if (record !== undefined && floor > claimed) throw retired(home, claimed, floor);
  const of = { generation: Math.max(1, floor), bytes };
  return scope.dataKeys.current(home, dataKeyName, record, of, signal);
}

/** The generation of the data key that an entry says it was sealed under. */
export function generationOf({ core }: Entry): number {
  return core.dataKeyId.generation;
}

/** Whether an entry says that it was sealed under this data key. */
export function isUnder(entry: Entry | undefined, id: DataKeyId): boolean {
  return entry !== undefined && formatDataKeyId(entry.core.dataKeyId) === formatDataKeyId(id);
}

/** The data key that a record names; undefined where it makes no sense. Only KMS could say more. */
export function claimedKey({ path }: VaultScope, record: StoredParameter | undefined): DataKeyId | undefined {
  try {
    return record && parseDataKeyRecord(record.value, path).id;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}

/**
 * The generation that a head was sealed under, where that is above `least`. Only then it is opened, by KMS and its tag:
 * a head that somebody forged with a high number must not keep anybody from writing.
 * @returns undefined where it is not above, or not authentic
 */
async function headGeneration(
  scope: VaultScope,
  region: Region,
  head: StoredParameter,
  least: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const top = parseEntry(head.value);
    // A head that lost its slot hides the one that counts; that costs one more read, until the next publish.
    if (generationOf(top) <= least && !isVoid(top, head, region.name)) return undefined;
    const found = await countedEntry(region, head, signal);
    if (found === undefined || generationOf(found.entry) <= least) return undefined;
    const { entry, content } = await openFound(scope, region, head.name, found, signal);
    content.fill(0);
    return generationOf(entry);
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}

function retired(home: Region, claimed: number, floor: number): WaxsealError {
  return new WaxsealError(
    'data_key_retired',
    `the data key record in ${home.name} names generation ${claimed}, and generation ${floor} has sealed already`,
    {
      hint: 'an older record was put back, nothing was written: waxseal region sync brings the newer one from a replica, or waxseal key rotate makes one above it',
      region: home.name,
    },
  );
}
