/** What of a vault carries a wrapped data key: entries, tombstones, the data key's record, heads of releases. */
import {
  checkPlace,
  type DataKeyId,
  type Entry,
  parseDataKeyRecord,
  parseEntry,
} from '../../../envelope/index.ts';
import { isIntegrityError, type WaxsealError } from '../../../errors.ts';
import { secretName } from '../../../secret-name.ts';
import { countedEntry } from '../../effective.ts';
import type { Region, StoredParameter } from '../../ports.ts';
import { pinnedNumber, releaseNames } from '../../release/place.ts';
import type { VaultScope } from '../../scope.ts';
import type { KeyCounts, KeyProblem } from './types.ts';

/** A parameter that carries a wrapped data key. */
export interface Wrapped {
  readonly kind: keyof KeyCounts;
  /** The full parameter name. */
  readonly name: string;
  /** The newest Version of the parameter, which may be void. */
  readonly version: number;
  readonly dataKeyId: DataKeyId;
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key that it says it is under. */
  readonly kmsKeyId: string;
  /** What counts of it; none for the record. */
  readonly entry: Entry | undefined;
}

/** What a region holds of them. */
export interface RegionWrapped {
  readonly wrapped: readonly Wrapped[];
  readonly problems: readonly KeyProblem[];
}

/** Whether a parameter is of the kind that carries a wrapped data key. */
export function carriesKey(scope: Place, name: string): boolean {
  return kindOf(scope, name) !== undefined;
}

/** Which of the parameters carry one. @param found - all of the region, as they were listed */
export async function wrappedIn(
  scope: VaultScope,
  region: Region,
  found: Iterable<StoredParameter>,
  signal: AbortSignal,
): Promise<RegionWrapped> {
  const wrapped: Wrapped[] = [];
  const problems: KeyProblem[] = [];
  for (const top of found) {
    if (!carriesKey(scope, top.name)) continue;
    try {
      const one = await toWrapped(scope, region, top, signal);
      if (one !== undefined) wrapped.push(one);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      problems.push(problemWith(scope, region, top.name, error));
    }
  }
  return { wrapped, problems };
}

/**
 * What counts of a parameter. Nothing is opened.
 * @returns undefined where nothing ever counted
 * @throws WaxsealError `malformed`, `misplaced`, `never_valid`
 */
export async function toWrapped(
  scope: VaultScope,
  region: Region,
  top: StoredParameter,
  signal: AbortSignal,
): Promise<Wrapped | undefined> {
  const { name, version } = top;
  const kind = kindOf(scope, name);
  if (kind === 'dataKey') {
    const { id: dataKeyId, wrappedKey, kmsKeyId } = parseDataKeyRecord(top.value, scope.path);
    return { kind, name, version, dataKeyId, wrappedKey, kmsKeyId, entry: undefined };
  }
  // A pinned head lies as it was published: its slot is that of another place.
  const entry = kind === 'pinned' ? parseEntry(top.value) : (await countedEntry(region, top, signal))?.entry;
  if (kind === undefined || entry === undefined) return undefined;
  const { head } = releaseNames(scope.path);
  checkPlace(entry, kind === 'entries' ? name : head);
  const { core, wrapping } = entry;
  return {
    kind: kind === 'entries' && core.flags.tombstone ? 'tombstones' : kind,
    name,
    version,
    dataKeyId: core.dataKeyId,
    wrappedKey: wrapping.wrappedKey,
    kmsKeyId: wrapping.kmsKeyId,
    entry,
  };
}

/** Says of a parameter why it is left as it is. */
export function problemWith(
  { path }: Pick<VaultScope, 'path'>,
  region: Region,
  parameter: string,
  error: WaxsealError,
): KeyProblem {
  return { region: region.name, name: parameter.slice(path.length + 1), error };
}

/** Counts them by kind. */
export function countKinds(wrapped: readonly Wrapped[]): KeyCounts {
  const count = (kind: keyof KeyCounts): number => wrapped.filter((one) => one.kind === kind).length;
  return {
    entries: count('entries'),
    tombstones: count('tombstones'),
    dataKey: count('dataKey'),
    release: count('release'),
    pinned: count('pinned'),
  };
}

type Place = Pick<VaultScope, 'path' | 'dataKeyName'>;

function kindOf(
  { path, dataKeyName }: Place,
  name: string,
): Exclude<keyof KeyCounts, 'tombstones'> | undefined {
  if (secretName(path, name) !== undefined) return 'entries';
  if (name === dataKeyName) return 'dataKey';
  if (name === releaseNames(path).head) return 'release';
  return pinnedNumber(path, name) === undefined ? undefined : 'pinned';
}
