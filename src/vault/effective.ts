/**
 * Which version of a parameter counts. Parameter Store overwrites blindly, so a writer says in the slot which
 * Version it means to be; one whose Put got another number lost a race, and its write is void.
 */
import { checkPlace, type Entry, openEntry, parseEntry } from '../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../errors.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';

/** An entry and the version of the parameter that holds it. */
export interface FoundEntry {
  readonly entry: Entry;
  readonly stored: StoredParameter;
}

/** A found entry that was opened: it is authentic. */
export interface OpenedEntry extends FoundEntry {
  /** What it seals: the value, none for a tombstone; the manifest of its parts where it is `chunked`. */
  readonly content: Uint8Array;
  /** It lies below something that is not to be trusted, and may be older than what was there. */
  readonly damaged?: boolean | undefined;
}

/** Whether a write did not get the Version that it claimed. A copy from another region claims none here. */
export function isVoid(entry: Entry, stored: StoredParameter, region: string): boolean {
  const { slot } = entry.wrapping;
  return slot.region === region && slot.version !== stored.version;
}

/**
 * The newest version that is not void, at `top` or below; one more read for each void write above it.
 * @returns undefined when every version from the first on is void: nothing was ever accepted there. That is what a
 *   write leaves that was under way when the name was purged, and it is no more than if there were no parameter
 * @throws WaxsealError `malformed`; `never_valid` when no version that is kept counts, and older ones are gone
 */
export async function countedEntry(
  region: Region,
  top: StoredParameter,
  signal?: AbortSignal,
): Promise<FoundEntry | undefined> {
  for (let stored = top; ; ) {
    const entry = parseEntry(stored.value);
    if (!isVoid(entry, stored, region.name)) return { entry, stored };
    if (stored.version === 1) return undefined;
    const selector = `${top.name}:${stored.version - 1}`;
    const below = (await region.parameters.read([selector], signal)).get(selector);
    if (below === undefined) throw neverValid(region);
    stored = below;
  }
}

/** The same of a parameter that has to count. @throws WaxsealError `never_valid` also where nothing was ever accepted */
export async function effectiveEntry(
  region: Region,
  top: StoredParameter,
  signal?: AbortSignal,
): Promise<FoundEntry> {
  const found = await countedEntry(region, top, signal);
  if (found === undefined) throw neverValid(region);
  return found;
}

function neverValid(region: Region): WaxsealError {
  return new WaxsealError('never_valid', 'no kept version of the parameter was ever accepted', {
    hint: 'somebody wrote it by other means; set the secret again',
    region: region.name,
  });
}

/** Opens what was read under `name` in `region`. @throws WaxsealError when it is not authentic or KMS does not open it */
export async function openFound(
  scope: VaultScope,
  region: Region,
  name: string,
  found: FoundEntry,
  signal?: AbortSignal,
): Promise<OpenedEntry> {
  // Before KMS is asked: what says itself that it belongs elsewhere costs no call.
  checkPlace(found.entry, name);
  const dataKey = await scope.dataKeys.ofEntry(found.entry, region, signal);
  return { ...found, content: openEntry(found.entry, name, dataKey) };
}

/**
 * What a new revision is put on top of: the newest version that counts and is authentic. A forged or damaged one is
 * passed over, so that setting a secret again heals it.
 * @returns undefined when there is none
 */
export async function foundation(
  scope: VaultScope,
  region: Region,
  top: StoredParameter | undefined,
  signal?: AbortSignal,
): Promise<OpenedEntry | undefined> {
  if (top === undefined) return undefined;
  try {
    const found = await countedEntry(region, top, signal);
    return found && (await openFound(scope, region, top.name, found, signal));
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
  }
  const versions: StoredParameter[] = [];
  for await (const stored of region.parameters.history(top.name, signal)) versions.push(stored);
  for (const stored of versions.reverse()) {
    try {
      const entry = parseEntry(stored.value);
      if (isVoid(entry, stored, region.name)) continue;
      return { ...(await openFound(scope, region, top.name, { entry, stored }, signal)), damaged: true };
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
    }
  }
  return undefined;
}
