/** Reading from the first region that can: the next one is asked after a short silence, or at once after a failure. */
import { isIntegrityError, isWaxsealError, WaxsealError } from '../errors.ts';
import { checkCancelled, deadline } from './deadline.ts';
import type { Region } from './ports.ts';
import type { VaultScope } from './scope.ts';

/**
 * Runs `attempt` in home and, as long as there is no answer, in the replicas one after the other; regions that did not
 * answer a short while ago come last. The first answer wins and the other attempts are cancelled. What must not be covered up by a replica ends it at once: an entry that
 * is not authentic, home's "not there", credentials that no region would take.
 * @param attempt - calls `alive` at each sign of progress, so that a long listing that goes well is not hedged
 * @throws WaxsealError home's failure, with the replicas' beside it; `timeout`; `cancelled`
 */
export async function firstAnswer<T>(
  scope: Pick<VaultScope, 'regions' | 'timeout' | 'hedgeAfter' | 'health'>,
  attempt: (region: Region, signal: AbortSignal, alive: () => void) => Promise<T>,
  caller?: AbortSignal,
): Promise<T> {
  checkCancelled(caller);
  const overall = deadline(scope.timeout, caller);
  const race = new AbortController();
  const signal = AbortSignal.any([overall, race.signal]);
  const failures = new Map<string, unknown>();
  const hedges = new Set<NodeJS.Timeout>();
  const regions = scope.health.order(scope.regions);
  const silent = new Set<string>();
  const noteSilence = (): void => {
    for (const region of silent) scope.health.failed(region);
  };
  try {
    return await new Promise<T>((resolve, reject) => {
      let started = 0;
      const startNext = (): void => {
        const region = regions[started];
        if (region === undefined) return;
        started += 1;
        scope.health.asked(region.name);
        let asked = false;
        const hedge = setTimeout(() => {
          asked = true;
          silent.add(region.name);
          startNext();
        }, scope.hedgeAfter);
        hedges.add(hedge);
        const alive = (): void => {
          if (!asked && !race.signal.aborted) hedge.refresh();
        };
        const settled = (error?: unknown): void => {
          // What was cut off because another region answered says nothing more.
          if (race.signal.aborted || overall.aborted) return;
          silent.delete(region.name);
          if (isWaxsealError(error, 'unreachable', 'timeout')) scope.health.failed(region.name);
          else scope.health.answered(region.name);
        };
        const won = (value: T): void => {
          settled();
          noteSilence();
          resolve(value);
        };
        attempt(region, signal, alive).then(won, (error: unknown) => {
          settled(error);
          if (isFinal(error, region.name === scope.regions[0].name)) {
            noteSilence();
            return reject(error);
          }
          failures.set(region.name, error);
          if (failures.size === scope.regions.length) return reject(combine(scope.regions, failures));
          clearTimeout(hedge);
          if (!asked) startNext();
        });
      };
      const end = (): void => {
        if (caller?.aborted !== true) noteSilence();
        reject(endOfTime(scope, failures, caller));
      };
      overall.addEventListener('abort', end, { once: true });
      startNext();
    });
  } finally {
    for (const hedge of hedges) clearTimeout(hedge);
    race.abort();
  }
}

function isFinal(error: unknown, atHome: boolean): boolean {
  return (
    !isWaxsealError(error) ||
    (isIntegrityError(error) &&
      !isWaxsealError(error, 'release_incomplete', 'release_too_old') &&
      // What a replica names may be gone because it is behind; another one may have come further.
      (atHome || !isWaxsealError(error, 'large_incomplete'))) ||
    isWaxsealError(error, 'credentials', 'not_loadable') ||
    (atHome && isWaxsealError(error, 'not_found', 'vault_unknown'))
  );
}

/** All failed: home's error leads, for home is what was asked; the others stand beside it. */
function combine(regions: readonly Region[], failures: ReadonlyMap<string, unknown>): WaxsealError {
  const errors = regions.flatMap(({ name }) => {
    const error = failures.get(name);
    return isWaxsealError(error) ? [{ name, error }] : [];
  });
  // "Not there" in a replica is an answer of sorts where home gave none.
  const lead = errors.find(({ error }) => error.code === 'not_found') ?? errors[0];
  if (lead === undefined) return new WaxsealError('unexpected', 'no region was asked');
  const others = errors.filter((other) => other !== lead);
  if (others.length === 0) return lead.error;
  const beside = others.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
  return new WaxsealError(lead.error.code, `${lead.error.message} (${beside})`, {
    hint: lead.error.hint,
    region: lead.error.region,
    cause: new AggregateError(errors.map(({ error }) => error)),
  });
}

function endOfTime(
  scope: Pick<VaultScope, 'regions' | 'timeout'>,
  failures: ReadonlyMap<string, unknown>,
  caller: AbortSignal | undefined,
): WaxsealError {
  if (caller?.aborted === true) return new WaxsealError('cancelled', 'cancelled', { cause: caller.reason });
  const names = scope.regions.map(({ name }) => name).join(', ');
  return new WaxsealError('timeout', `no answer within ${scope.timeout} ms from ${names}`, {
    hint: 'check the network and the endpoint; "waxseal local fault" shows faults of the embedded AWS',
    cause: new AggregateError([...failures.values()]),
  });
}
