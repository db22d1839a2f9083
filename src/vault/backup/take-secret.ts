/** One secret of a backup: its kept versions, and whether what counts now is to be trusted. */
import { type Entry, parseEntry, sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import { countedEntry, isVoid, openFound } from '../effective.ts';
import type { StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { BackupRecord } from './format.ts';
import type { BackupOptions } from './types.ts';

/** A record, and the Version of the parameter that it was read from. */
export interface Taken {
  readonly record: BackupRecord | undefined;
  readonly version: number;
  readonly leftOut: number;
}

/**
 * Reads a secret's history. Void versions never counted and are left out, and so is what does not open.
 * @throws WaxsealError when what counts now is not to be trusted, unless `verify` is false
 */
export async function takeSecret(
  scope: VaultScope,
  parameter: string,
  { verify = true, signal: caller }: BackupOptions,
): Promise<Taken> {
  const signal = deadline(scope.timeout, caller);
  const { home } = scope;
  const name = parameter.slice(scope.path.length + 1);
  const kept: { readonly stored: StoredParameter; readonly entry: Entry }[] = [];
  let before: Entry | undefined;
  let top: StoredParameter | undefined;
  let all = 0;
  for await (const stored of home.parameters.history(parameter, signal)) {
    top = stored;
    all += 1;
    try {
      const entry = parseEntry(stored.value);
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
    }
  }
  if (top !== undefined && verify) await checkTrusted(scope, name, top, signal);
  const versions = kept.map(({ stored }) => stored.value);
  return {
    record: { is: 'secret', name, versions },
    version: top?.version ?? 0,
    leftOut: all - kept.length,
  };
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
    throw new WaxsealError(error.code, `${name} is not to be trusted: ${error.message}`, {
      hint: 'set it again or delete it; --no-verify takes a backup all the same, with its last good version',
      cause: error,
      region: scope.home.name,
    });
  }
}
