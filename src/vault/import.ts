/** Many secrets at once. What is there already with the same value is left alone, which is how an import resumes. */
import { WaxsealError } from '../errors.ts';
import { checkSecretName, parameterName } from '../secret-name.ts';
import { checkCancelled, deadline } from './deadline.ts';
import { foundation } from './effective.ts';
import type { VaultScope } from './scope.ts';
import { checkValueFits } from './size.ts';
import type { BehindRegion, ImportItem, ImportProgress, ImportResult, WriteResult } from './types.ts';

/** Writes under way at once. PutParameter's quota is the limit in an account, not this. */
const CONCURRENCY = 4;

/** What an import would do. @throws WaxsealError `import_invalid`, `invalid_name`, `value_too_large`: nothing is written then */
export async function planImport(
  scope: VaultScope,
  items: readonly ImportItem[],
  caller?: AbortSignal,
): Promise<ImportResult> {
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
  for (const { name, value } of items) {
    const current = await foundation(scope, scope.home, found.get(parameterName(scope.path, name)), signal);
    if (current === undefined || current.entry.core.flags.tombstone) added.push(name);
    else if (Buffer.compare(current.value, value) === 0) unchanged.push(name);
    else changed.push(name);
  }
  return { added, changed, unchanged, behind: [] };
}

/** Writes what differs, a few at a time. */
export async function importSecrets(
  scope: VaultScope,
  items: readonly ImportItem[],
  set: (item: ImportItem) => Promise<WriteResult>,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ImportProgress) => void } = {},
): Promise<ImportResult> {
  const plan = await planImport(scope, items, options.signal);
  const differing = new Set([...plan.added, ...plan.changed]);
  const todo = items.filter(({ name }) => differing.has(name));
  const behind: BehindRegion[] = [];
  let done = plan.unchanged.length;
  let failure: unknown;
  const report = (): void => options.onProgress?.({ done, total: items.length });
  report();
  const worker = async (): Promise<void> => {
    for (let item = todo.shift(); item !== undefined; item = todo.shift()) {
      if (failure !== undefined || options.signal?.aborted === true) return;
      try {
        behind.push(...(await set(item)).behind);
        done += 1;
        report();
      } catch (error) {
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (failure === undefined && options.signal?.aborted !== true) return { ...plan, behind };
  throw interrupted(failure, done, items.length);
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

/** The failure itself, with how far it got: code and cause stay what they were. */
function interrupted(failure: unknown, done: number, total: number): WaxsealError {
  const progress = `${done} of ${total} secrets are in place`;
  const hint = 'run the same import again: it goes on where it stopped';
  if (!(failure instanceof WaxsealError)) {
    if (failure === undefined) return new WaxsealError('cancelled', `stopped: ${progress}`, { hint });
    return new WaxsealError('unexpected', `stopped: ${progress}`, { hint, cause: failure });
  }
  return new WaxsealError(failure.code, `${failure.message} (${progress})`, {
    hint: failure.hint === undefined ? hint : `${failure.hint}; then ${hint}`,
    cause: failure,
    region: failure.region,
  });
}
