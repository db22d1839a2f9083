/** A vault before it is rewrapped, and again after it: what is there, and what has to be written. */
import { encodeEntry } from '../../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../../errors.ts';
import type { Region } from '../../ports.ts';
import type { VaultScope } from '../../scope.ts';
import { checkTextFits, withWidestSlot } from '../../size.ts';
import { type Look, lookAtKeys } from './look.ts';
import type { KeyProblem } from './types.ts';
import { problemWith, type Wrapped } from './wrapped.ts';
import type { Fate, Wrappings } from './wrappings.ts';

/** What is to be written, by region. */
export type Todo = ReadonlyMap<Region, readonly Wrapped[]>;

/** A look, and what follows from it. */
export interface Found {
  readonly look: Look;
  readonly todo: Todo;
  readonly problems: readonly KeyProblem[];
}

/**
 * Looks at all regions and has KMS wrap what is new.
 * @param written - by this run: a listing may not show it yet
 * @throws WaxsealError `usage` while another region acts as home; home's failure; what KMS says of the vault's data key
 */
export async function findTodo(
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
