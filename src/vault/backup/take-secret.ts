/** One secret of a backup: its kept versions with their parts, and whether what counts now is to be trusted. */
import { type Entry, encodeEntry, parseEntry, sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import { countedEntry, isVoid, openFound } from '../effective.ts';
import { isUnderAnother } from '../foreign-key.ts';
import { isUnder } from '../key/retired.ts';
import { wrappedAs } from '../large/load.ts';
import type { StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { BackupRecord } from './format.ts';
import { type PartsTaken, takeParts } from './take-parts.ts';
import type { BackupOptions } from './types.ts';

/** A record, and the Version of the parameter that it was read from. */
export interface Taken {
  readonly record: BackupRecord | undefined;
  readonly version: number;
  readonly leftOut: number;
}

/** How often a secret is read anew while publishes take away the parts of what was read. */
const MAX_CHASES = 3;

/**
 * Reads a secret's history. Void versions never counted and are left out, and so is what does not open.
 * @param isListed - whether home's listing had a parameter of this full name
 * @throws WaxsealError when what counts now is not to be trusted or lacks a part, unless `verify` is false
 */
export async function takeSecret(
  scope: VaultScope,
  parameter: string,
  isListed: (name: string) => boolean,
  { verify = true, signal: caller }: BackupOptions,
): Promise<Taken> {
  for (let chase = 1; ; chase += 1) {
    const read = await readVersions(scope, parameter, verify, caller);
    const { kept, top, all } = read;
    const parts = await takeParts(scope, kept, isListed, verify, caller);
    if (parts.problem !== undefined && chase < MAX_CHASES) continue;
    const name = parameter.slice(scope.path.length + 1);
    if (verify) throwProblem(scope, name, parts);
    const whole = kept.slice(0, parts.each.length);
    const versions = whole.map(({ stored }) => stored.value);
    return {
      record: { is: 'secret', name, versions, parts: parts.each },
      version: top?.version ?? 0,
      leftOut: all - whole.length,
    };
  }
}

/** A version that goes into the backup. */
interface KeptVersion {
  readonly stored: StoredParameter;
  readonly entry: Entry;
}

/** What a history gave. */
interface ReadVersions {
  /** Oldest first. */
  readonly kept: readonly KeptVersion[];
  readonly top: StoredParameter | undefined;
  /** How many versions there were; one that was only wrapped anew counts once. */
  readonly all: number;
}

async function readVersions(
  scope: VaultScope,
  parameter: string,
  verify: boolean,
  caller: AbortSignal | undefined,
): Promise<ReadVersions> {
  const signal = deadline(scope.timeout, caller);
  const { home } = scope;
  const kept: KeptVersion[] = [];
  const former: KeptVersion[] = [];
  let before: Entry | undefined;
  let top: StoredParameter | undefined;
  let all = 0;
  for await (const stored of home.parameters.history(parameter, signal)) {
    top = stored;
    all += 1;
    let entry: Entry | undefined;
    try {
      entry = parseEntry(stored.value);
      if (isVoid(entry, stored, home.name)) continue;
      // A rewrap leaves a revision in two versions: they are one, as it is wrapped now.
      const again = before !== undefined && sameEntry(before, entry);
      before = entry;
      if (again) all -= 1;
      if (verify) (await openFound(scope, home, parameter, { entry, stored }, signal)).content.fill(0);
      const last = kept.at(-1);
      if (last !== undefined && sameEntry(last.entry, entry)) kept.pop();
      kept.push({ stored, entry });
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      if (entry?.core.flags.chunked === true && isUnderAnother(error)) former.push({ stored, entry });
    }
  }
  if (top !== undefined && verify) {
    await checkTrusted(scope, parameter.slice(scope.path.length + 1), top, signal);
  }
  const again = await wrappedAnew(scope, kept, former, signal);
  return { kept: [...kept, ...again].sort((a, b) => a.stored.version - b.stored.version), top, all };
}

/**
 * A rewrap leaves the past under the KMS key of before. A large secret that a pinned release names may lie there, so
 * that it is taken under the newer wrapping of its data key, as a rewrap would have written it.
 */
async function wrappedAnew(
  scope: VaultScope,
  kept: readonly KeptVersion[],
  former: readonly KeptVersion[],
  signal: AbortSignal,
): Promise<readonly KeptVersion[]> {
  const opened: KeptVersion[] = [];
  for (const { stored, entry: old } of former) {
    const newer = kept.find(({ entry }) => isUnder(entry, old.core.dataKeyId))?.entry;
    if (newer === undefined || kept.some(({ entry }) => sameEntry(entry, old))) continue;
    const entry = wrappedAs(old, newer);
    try {
      (await openFound(scope, scope.home, stored.name, { entry, stored }, signal)).content.fill(0);
      opened.push({ entry, stored: { ...stored, value: encodeEntry(entry) } });
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
    }
  }
  return opened;
}

/** What counts now has to open: a backup must not pass over what somebody damaged. */
async function checkTrusted(
  scope: VaultScope,
  name: string,
  top: StoredParameter,
  signal: AbortSignal,
): Promise<void> {
  try {
    const found = await countedEntry(scope.home, top, signal);
    if (found === undefined) return;
    (await openFound(scope, scope.home, top.name, found, signal)).content.fill(0);
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    throw notTrusted(scope, name, error);
  }
}

/** What counts has to have all of its parts, which open. */
function throwProblem(scope: VaultScope, name: string, { problem }: PartsTaken): void {
  if (problem !== undefined) throw notTrusted(scope, name, problem);
}

function notTrusted(scope: VaultScope, name: string, error: WaxsealError): WaxsealError {
  const what = isWaxsealError(error, 'large_incomplete') ? 'is not whole' : 'is not to be trusted';
  return new WaxsealError(error.code, `${name} ${what}: ${error.message}`, {
    hint: 'set it again or delete it; --no-verify takes a backup all the same, with its last good version',
    cause: error,
    region: scope.home.name,
  });
}
