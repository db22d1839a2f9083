/**
 * Moves a vault under another KMS key, or under the newest material of its own: KMS wraps each data key anew, at home
 * and before the first write, and every parameter that carries it is written again with that wrapping and nothing else
 * changed. Whatever ends a run, the next one goes on: what is under the new key already is left alone.
 */
import { isWaxsealError, type WaxsealError } from '../../../errors.ts';
import { aFewAtOnce } from '../../at-once.ts';
import { checkCancelled } from '../../deadline.ts';
import { interrupted } from '../../interrupted.ts';
import { patiently } from '../../patience.ts';
import type { Region } from '../../ports.ts';
import type { VaultScope } from '../../scope.ts';
import { findTodo, type Todo } from './find.ts';
import { rewrapOne } from './rewrap-one.ts';
import type { RewrapOptions, RewrapPlan, RewrapRegion, RewrapResult, RewrapRun } from './types.ts';
import { countKinds, type Wrapped } from './wrapped.ts';
import { createWrappings, type Wrappings } from './wrappings.ts';

/** Parameters under way at once in each region. PutParameter's quota is the limit, not this. */
const AT_ONCE = 4;
/** How often a vault is looked at again for what others wrote meanwhile under the old wrapping. */
const MAX_PASSES = 3;

/**
 * What a rewrap would write. KMS is asked as it would be, so that what it refuses is known before anything is written.
 * @throws WaxsealError `usage` while another region acts as home; home's failure; what KMS says of the vault's data key
 */
export async function planRewrap(scope: VaultScope, { to, signal }: RewrapOptions): Promise<RewrapPlan> {
  const wrappings = createWrappings(scope, to);
  const { look, todo, problems } = await findTodo(scope, wrappings, signal);
  const { exists, failed } = look;
  return { exists, failed, problems, regions: regionsOf(todo), from: from(todo), kmsCalls: wrappings.calls };
}

/**
 * Does it.
 * @throws WaxsealError as planning does, and nothing was written then; `cancelled` and home's failures later on, with
 *   how far it got
 */
export async function rewrap(scope: VaultScope, options: RewrapRun): Promise<RewrapResult> {
  const { to, signal, onProgress } = options;
  const wrappings = createWrappings(scope, to);
  const first = await findTodo(scope, wrappings, signal);
  const written = new Map<Region, Wrapped[]>();
  const total = sum(first.todo);
  let done = 0;
  onProgress?.({ done, total });
  const through = (region: Region, one: Wrapped, version: number | undefined): void => {
    done += 1;
    onProgress?.({ done: Math.min(done, total), total });
    if (version !== undefined) written.set(region, [...(written.get(region) ?? []), { ...one, version }]);
  };
  let { look, todo, problems } = first;
  let lost: ReadonlyMap<Region, WaxsealError> = new Map();
  try {
    for (let pass = 1; pass <= MAX_PASSES && sum(todo) > 0; pass += 1) {
      lost = await writeAll({ scope, wrappings, signal, through }, todo);
      checkCancelled(signal);
      ({ look, todo, problems } = await findTodo(scope, wrappings, signal, written));
    }
  } catch (error) {
    const progress = `${done} of ${total} parameters are in place`;
    throw interrupted(error, progress, 'run the same rewrap again: it goes on where it stopped');
  }
  const failed = { ...look.failed };
  // What is left in a region that failed a write is left because of that.
  for (const [region, error] of lost) if ((todo.get(region) ?? []).length > 0) failed[region.name] = error;
  const left = [...todo].flatMap(([region, some]) => (failed[region.name] === undefined ? some : []));
  return {
    exists: look.exists,
    from: from(first.todo),
    kmsCalls: wrappings.calls,
    problems,
    regions: regionsOf(new Map(scope.regions.map((region) => [region, written.get(region) ?? []]))),
    failed,
    left: left.length,
  };
}

interface Work {
  readonly scope: VaultScope;
  readonly wrappings: Wrappings;
  readonly signal: AbortSignal | undefined;
  readonly through: (region: Region, one: Wrapped, version: number | undefined) => void;
}

/**
 * The record first, home's before the others': whoever seals from then on does so under the new wrapping. Then all
 * regions at once, each in its own pace.
 * @returns the replicas that did not answer
 */
async function writeAll(work: Work, todo: Todo): Promise<ReadonlyMap<Region, WaxsealError>> {
  const { scope } = work;
  const lost = new Map<Region, WaxsealError>();
  const isRecord = ({ kind }: Wrapped): boolean => kind === 'dataKey';
  const records = new Map([...todo].map(([region, some]) => [region, some.filter(isRecord)]));
  const rest = new Map([...todo].map(([region, some]) => [region, some.filter((one) => !isRecord(one))]));
  const replicas = scope.regions.filter((region) => region !== scope.home);
  await writeIn(work, [scope.home], records, lost);
  await writeIn(work, replicas, records, lost);
  await writeIn(work, scope.regions, rest, lost);
  return lost;
}

async function writeIn(
  { scope, wrappings, signal, through }: Work,
  regions: readonly Region[],
  todo: Todo,
  lost: Map<Region, WaxsealError>,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    regions.map(async (region) => {
      try {
        await aFewAtOnce(todo.get(region) ?? [], AT_ONCE, async (one) => {
          // Nothing is begun after what ends the run; what was begun has ended when it does.
          if (lost.has(region) || failure !== undefined) return;
          checkCancelled(signal);
          const version = await patiently(scope, signal, () =>
            rewrapOne(scope, region, one, wrappings, signal),
          );
          through(region, one, version);
        });
      } catch (error) {
        const passes = isWaxsealError(error, 'unreachable', 'timeout', 'throttled', 'unexpected');
        if (passes && region !== scope.home && signal?.aborted !== true) lost.set(region, error);
        else failure ??= { error };
      }
    }),
  );
  if (failure !== undefined) throw failure.error;
}

function sum(todo: Todo): number {
  return [...todo.values()].reduce((all, { length }) => all + length, 0);
}

function from(todo: Todo): readonly string[] {
  return [...new Set([...todo.values()].flat().map(({ kmsKeyId }) => kmsKeyId))];
}

function regionsOf(todo: Todo): readonly RewrapRegion[] {
  return [...todo].map(([{ name }, some]) => ({
    region: name,
    counts: countKinds(some),
    writes: some.length,
  }));
}
