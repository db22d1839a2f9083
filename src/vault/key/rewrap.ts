/**
 * Moves a vault under another KMS key, or under the newest material of its own: KMS wraps each data key anew, at home
 * and before the first write, and every parameter that carries it is written again with that wrapping and nothing else
 * changed. Whatever ends a run, the next one goes on: what is under the new key already is left alone.
 */
import { encodeEntry } from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { aFewAtOnce } from '../at-once.ts';
import { checkCancelled } from '../deadline.ts';
import { interrupted } from '../interrupted.ts';
import { patiently } from '../patience.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { checkTextFits, withWidestSlot } from '../size.ts';
import { type Look, lookAtKeys } from './look.ts';
import { rewrapOne } from './rewrap-one.ts';
import type {
  KeyProblem,
  RewrapOptions,
  RewrapPlan,
  RewrapRegion,
  RewrapResult,
  RewrapRun,
} from './types.ts';
import { countKinds, problemWith, type Wrapped } from './wrapped.ts';
import { createWrappings, type Fate, type Wrappings } from './wrappings.ts';

/** Parameters under way at once in each region. PutParameter's quota is the limit, not this. */
const AT_ONCE = 4;
/** How often a vault is looked at again for what others wrote meanwhile under the old wrapping. */
const MAX_PASSES = 3;

/** What is to be written, by region. */
type Todo = ReadonlyMap<Region, readonly Wrapped[]>;

/** A look, and what follows from it. */
interface Found {
  readonly look: Look;
  readonly todo: Todo;
  readonly problems: readonly KeyProblem[];
}

/**
 * What a rewrap would write. KMS is asked as it would be, so that what it refuses is known before anything is written.
 * @throws WaxsealError `usage` while another region acts as home; home's failure; what KMS says of the vault's data key
 */
export async function planRewrap(scope: VaultScope, { to, signal }: RewrapOptions): Promise<RewrapPlan> {
  const wrappings = createWrappings(scope, to);
  const { look, todo, problems } = await find(scope, wrappings, signal);
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
  const first = await find(scope, wrappings, signal);
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
      ({ look, todo, problems } = await find(scope, wrappings, signal, written));
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

/** Looks at all regions and has KMS wrap what is new. @param written - by this run: a listing may not show it yet */
async function find(
  scope: VaultScope,
  wrappings: Wrappings,
  caller: AbortSignal | undefined,
  written: Todo = new Map(),
): Promise<Found> {
  if (scope.actsFor !== undefined) throw notAtHome(scope);
  const look = await lookAtKeys(scope, caller);
  const atHome = look.failed[scope.home.name];
  if (atHome !== undefined) throw atHome;
  const all = [...look.wrapped].flatMap(([region, some]) =>
    some
      .filter((one) => !isOlder(one, written.get(region) ?? []))
      .map((one): [Region, Wrapped] => [region, one]),
  );
  await wrappings.learn(
    all.map(([, one]) => one),
    caller,
  );
  const todo = new Map<Region, Wrapped[]>([...look.wrapped.keys()].map((region) => [region, []]));
  const problems = [...look.problems];
  for (const [region, one] of all) {
    const fate = wrappings.fateOf(one);
    const error = fate.is === 'refused' ? fate.error : tooLarge(scope, one, fate);
    if (error !== undefined) {
      // Under a data key that does not come along writers would go on sealing.
      if (one.kind === 'dataKey' && region === scope.home) throw notOfVault(one, error);
      problems.push(problemWith(scope, region, one.name, error));
    } else if (fate.is !== 'kept') todo.get(region)?.push(one);
  }
  return { look, todo, problems };
}

function isOlder({ name, version }: Wrapped, written: readonly Wrapped[]): boolean {
  return written.some((one) => one.name === name && one.version > version);
}

/** A KMS key whose wrapped keys are longer than another's may need more room than a parameter has. */
function tooLarge(scope: VaultScope, { name, entry }: Wrapped, fate: Fate): WaxsealError | undefined {
  if (fate.is !== 'rewrapped' || entry === undefined) return undefined;
  const after = withWidestSlot({ ...entry, wrapping: { ...entry.wrapping, ...fate.wrapping } });
  // What is there already fits, whatever tier it was written in.
  if (after.length <= Math.max(encodeEntry(entry).length, withWidestSlot(entry).length)) return undefined;
  try {
    checkTextFits(scope, name, after);
    return undefined;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error;
  }
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

function notOfVault({ kmsKeyId }: Wrapped, cause: WaxsealError): WaxsealError {
  if (cause.code !== 'foreign_key') return cause;
  const hint = `nothing was written; where that was the vault's key before: "acceptedKeyIds": ["${kmsKeyId}"] for the vault in waxseal.json, until all is moved`;
  const message = `the data key says it is under KMS key ${kmsKeyId}, which the vault does not accept`;
  return new WaxsealError('foreign_key', message, { hint, cause, region: cause.region });
}

function notAtHome({ home }: VaultScope): WaxsealError {
  return new WaxsealError('usage', `${home.name} only acts as home: a rewrap begins at home itself`, {
    hint: 'wait until home answers again; nothing was written',
  });
}
