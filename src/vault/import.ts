/** Many secrets at once. What is there already with the same value is left alone, which is how an import resumes. */
import { type Entry, sameEntry } from '../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../errors.ts';
import { checkSecretName, parameterName } from '../secret-name.ts';
import { aFewAtOnce } from './at-once.ts';
import { checkCancelled, deadline } from './deadline.ts';
import { effectiveEntry, foundation } from './effective.ts';
import { interrupted } from './interrupted.ts';
import { holds } from './large/read.ts';
import type { Region, StoredParameter } from './ports.ts';
import { givingUp, inReplicas } from './replicas.ts';
import type { VaultScope } from './scope.ts';
import { checkValueFits } from './size.ts';
import type { BehindRegion, ImportItem, ImportProgress, ImportResult, WriteResult } from './types.ts';

/** Writes under way at once. PutParameter's quota is the limit in an account, not this. */
const CONCURRENCY = 4;
/** Names that are read under one deadline. */
const READ_AT_ONCE = 100;

/** An import as it is found: what to do, and the entries that stand already with the same value. */
interface Comparison {
  readonly plan: ImportResult;
  readonly standing: ReadonlyMap<string, Entry>;
}

/** What an import would do. @throws WaxsealError `import_invalid`, `invalid_name`, `value_too_large`: nothing is written then */
export async function planImport(
  scope: VaultScope,
  items: readonly ImportItem[],
  caller?: AbortSignal,
): Promise<ImportResult> {
  return (await compare(scope, items, caller)).plan;
}

async function compare(
  scope: VaultScope,
  items: readonly ImportItem[],
  caller?: AbortSignal,
): Promise<Comparison> {
  checkItems(scope, items);
  checkCancelled(caller);
  const signal = deadline(scope.timeout * 10, caller);
  const found = await scope.home.parameters.read(
    items.map(({ name }) => parameterName(scope.path, name)),
    signal,
  );
  const added: string[] = [];
  const changed: string[] = [];
  const unchanged: string[] = [];
  const endedExpiry: string[] = [];
  const standing = new Map<string, Entry>();
  for (const { name, value } of items) {
    const parameter = parameterName(scope.path, name);
    const current = await foundation(scope, scope.home, found.get(parameter), signal);
    if (current === undefined || current.entry.core.flags.tombstone) added.push(name);
    else if (await holds(scope, scope.home, current, value, signal)) {
      unchanged.push(name);
      standing.set(parameter, current.entry);
    } else {
      changed.push(name);
      if (current.entry.core.expiresAt > 0) endedExpiry.push(name);
    }
  }
  return { plan: { added, changed, unchanged, endedExpiry, behind: [] }, standing };
}

/**
 * Writes what differs, a few at a time. What stands already is not written again, but looked for in the replicas: an
 * import that was cut off between home and them leaves copies behind, which are told of here and mended by a sync.
 */
export async function importSecrets(
  scope: VaultScope,
  items: readonly ImportItem[],
  set: (item: ImportItem, within: VaultScope) => Promise<WriteResult>,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ImportProgress) => void } = {},
): Promise<ImportResult> {
  const { plan, standing } = await compare(scope, items, options.signal);
  const within = givingUp(scope);
  const differing = new Set([...plan.added, ...plan.changed]);
  const todo = items.filter(({ name }) => differing.has(name));
  const { signal } = options;
  const behind = new Map<string, BehindRegion>();
  const tell = (lagging: readonly BehindRegion[]): void => {
    for (const one of lagging) behind.set(one.region, one);
  };
  let done = plan.unchanged.length;
  const report = (): void => options.onProgress?.({ done, total: items.length });
  report();
  try {
    await aFewAtOnce(todo, CONCURRENCY, async (item) => {
      checkCancelled(signal);
      tell((await set(item, within)).behind);
      done += 1;
      report();
    });
    checkCancelled(signal);
  } catch (error) {
    const progress = `${done} of ${items.length} secrets are in place`;
    throw interrupted(error, progress, 'run the same import again: it goes on where it stopped');
  }
  const lacking = await lackingCopies(within, standing, signal);
  tell(lacking.filter(({ region }) => !behind.has(region)));
  return { ...plan, behind: [...behind.values()] };
}

/** The replicas that do not hold what stands at home. */
function lackingCopies(
  scope: VaultScope,
  standing: ReadonlyMap<string, Entry>,
  caller?: AbortSignal,
): Promise<readonly BehindRegion[]> {
  const all = [...standing];
  return inReplicas(scope, async (region) => {
    let lacking = 0;
    for (let at = 0; at < all.length; at += READ_AT_ONCE) {
      const some = all.slice(at, at + READ_AT_ONCE);
      const signal = deadline(scope.timeout, caller);
      const found = await region.parameters.read(
        some.map(([parameter]) => parameter),
        signal,
      );
      for (const [parameter, entry] of some) {
        if (!(await isCopied(region, found.get(parameter), entry, signal))) lacking += 1;
      }
    }
    if (lacking === 0) return;
    throw new WaxsealError('behind', `${region.name} lacks ${lacking} of the secrets as they stand at home`, {
      hint: 'nothing was written for them: waxseal region sync brings them there',
      region: region.name,
    });
  });
}

async function isCopied(
  region: Region,
  top: StoredParameter | undefined,
  entry: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  if (top === undefined) return false;
  try {
    return sameEntry((await effectiveEntry(region, top, signal)).entry, entry);
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return false;
  }
}

function checkItems(scope: VaultScope, items: readonly ImportItem[]): void {
  const seen = new Set<string>();
  for (const { name, value } of items) {
    checkSecretName(scope.path, name);
    if (seen.has(name)) {
      throw new WaxsealError('import_invalid', `${name} is there twice`, { hint: 'keep one of the two' });
    }
    seen.add(name);
    checkValueFits(scope, parameterName(scope.path, name), value);
  }
}
