/** What a release has to hold: every entry of home as it stands, and nothing older than what was published before. */
import { type Entry, entryDigest, formatDataKeyId, type ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { compareNames, parameterName, secretName } from '../../secret-name.ts';
import { countedEntry, type OpenedEntry, openFound } from '../effective.ts';
import type { StoredParameter } from '../ports.ts';
import { listParameters } from '../read.ts';
import type { VaultScope } from '../scope.ts';

/** What was collected. */
export interface Collected {
  /** By name, in the order of their bytes. */
  readonly items: readonly ReleaseItem[];
  /** Entries that are not to be trusted; what was published of them before stays. */
  readonly problems: readonly { readonly name: string; readonly error: WaxsealError }[];
  /** The full names of what is waxseal's own at home, where it was listed. */
  readonly own: readonly string[];
}

/** @param before - what the release before holds */
export async function collectItems(
  scope: VaultScope,
  before: readonly ReleaseItem[],
  signal: AbortSignal,
): Promise<Collected> {
  const { parameters, own } = await listParameters(scope, scope.home, signal);
  const items = new Map<string, ReleaseItem>();
  const problems: { name: string; error: WaxsealError }[] = [];
  const published = new Map(before.map((item) => [item.name, item]));
  const open = async (name: string, top: StoredParameter): Promise<void> => {
    try {
      const found = await countedEntry(scope.home, top, signal);
      if (found === undefined) return;
      keepNewer(items, toItem(name, await openFound(scope, scope.home, top.name, found, signal)));
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      problems.push({ name, error });
    }
  };
  await Promise.all([...parameters].map(([name, top]) => open(name, top)));

  // A listing may be stale: what it shows older than was published, or than this process wrote, is asked for by name.
  const suspects = [...published.values()]
    .filter(({ name, revision }) => (items.get(name)?.revision ?? 0) < revision)
    .map(({ name }) => parameterName(scope.path, name));
  if (suspects.length > 0) {
    for (const [, top] of await scope.home.parameters.read(suspects, signal)) {
      const name = secretName(scope.path, top.name);
      if (name !== undefined) await open(name, top);
    }
  }
  for (const [parameter, { entry, text }] of scope.written) {
    const name = secretName(scope.path, parameter);
    if (name === undefined || (items.get(name)?.revision ?? 0) >= entry.core.revision) continue;
    const stored = { name: parameter, value: text, version: entry.wrapping.slot.version };
    keepNewer(items, toItem(name, await openFound(scope, scope.home, parameter, { entry, stored }, signal)));
  }
  // No revision in a release ever goes down, whatever home has lost.
  for (const item of published.values()) {
    const there = items.get(item.name);
    // What home has lost altogether was removed; what it holds at a lower revision somebody put back.
    if (there !== undefined && there.revision < item.revision) {
      problems.push({ name: item.name, error: putBack(there.revision, item.revision) });
    }
    keepNewer(items, item);
  }
  return {
    items: newestOf([...items.values()]),
    own: [...own.keys()],
    problems: problems.filter(({ name }, i) => problems.findIndex((one) => one.name === name) === i),
  };
}

function putBack(revision: number, published: number): WaxsealError {
  return new WaxsealError('conflict', `home holds revision ${revision}, ${published} was published`, {
    hint: 'an older one was put back there: waxseal region sync, else set it until this is not said any more',
  });
}

/** The newest revision of each name; of two equal ones the first. */
export function newestOf(items: readonly ReleaseItem[]): readonly ReleaseItem[] {
  const newest = new Map<string, ReleaseItem>();
  for (const item of items) keepNewer(newest, item);
  return [...newest.values()].sort((a, b) => compareNames(a.name, b.name));
}

function keepNewer(items: Map<string, ReleaseItem>, item: ReleaseItem): void {
  const there = items.get(item.name);
  if (there === undefined || there.revision < item.revision) items.set(item.name, item);
}

function toItem(name: string, { entry, content }: OpenedEntry): ReleaseItem {
  const { core } = entry;
  const item = {
    name,
    revision: core.revision,
    sealedAt: core.sealedAt,
    expiresAt: core.expiresAt,
    binary: core.flags.binary,
  };
  if (core.flags.chunked) return { ...item, value: undefined, large: entryDigest(entry) };
  return { ...item, value: core.flags.tombstone ? undefined : content };
}

/** Whether two sets of items are the same. */
export function sameItems(a: readonly ReleaseItem[], b: readonly ReleaseItem[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, i) => {
    const other = b[i];
    return (
      other !== undefined &&
      item.name === other.name &&
      item.revision === other.revision &&
      item.sealedAt === other.sealedAt &&
      sameContent(item, other)
    );
  });
}

/** Whether two items hold the same; large ones do where their entries are the same. */
export function sameContent(a: ReleaseItem, b: ReleaseItem): boolean {
  return sameValue(a.value, b.value) && sameValue(a.large, b.large);
}

/** Whether an item is there: no tombstone. */
export function isThere({ value, large }: ReleaseItem): boolean {
  return value !== undefined || large !== undefined;
}

/** Whether two values are the same; `undefined` is a tombstone's. */
export function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}

/** The id of the data key that sealed a head, as text. */
export function headDataKey({ core }: Entry): string {
  return formatDataKeyId(core.dataKeyId);
}
