/**
 * Rotates a vault's data key: a new record first, then every entry sealed anew on top of what stands, then the release.
 * All of it can be cut off anywhere and begun again, and it yields to whoever writes meanwhile.
 */
import { formatDataKeyId } from '../../../envelope/index.ts';
import { isIntegrityError } from '../../../errors.ts';
import { aFewAtOnce } from '../../at-once.ts';
import { checkCancelled } from '../../deadline.ts';
import { interrupted } from '../../interrupted.ts';
import { lastRevisions } from '../../release/past.ts';
import { publish } from '../../release/publish.ts';
import { inReplicas } from '../../replicas.ts';
import type { VaultScope } from '../../scope.ts';
import { type KeyLook, lookAtKeys } from './look.ts';
import { checkHome, decide } from './plan.ts';
import { bringRecord, replaceRecord } from './record.ts';
import { type Run, startRun } from './run.ts';
import type { RotateOptions, RotationResult } from './types.ts';

/** Entries under way at once. PutParameter's quota is the limit in an account, not this. */
const CONCURRENCY = 4;
/** How often it is looked whether anything is left: writers that began before the new record may end after it. */
const MAX_ROUNDS = 3;
/** What a problem of the release is told under. */
const THE_RELEASE = 'release';

const GO_ON = 'run it again: it goes on where it stopped, under the same data key';

/**
 * See {@link RotateOptions}.
 * @throws WaxsealError `usage` while another region acts as home; `cancelled`, or the first failure, when what was begun
 *   has ended
 */
export async function rotate(scope: VaultScope, options: RotateOptions = {}): Promise<RotationResult> {
  const { publishes = true, from, signal } = options;
  checkHome(scope);
  checkCancelled(signal);
  const last = await lastRevisions(scope);
  let look = await lookAtKeys(scope, last, signal);
  const { kind, above } = decide(look, from);
  if (kind === 'none') return { ...NOTHING, dataKeyId: look.record && formatDataKeyId(look.record.id) };
  const run = startRun(scope, last, options);
  if (kind === 'new') await replaceRecord(scope, above, signal);
  run.tell(await inReplicas(run.within, (region) => bringRecord(run.within, region)));
  let names: readonly string[] = kind === 'new' ? look.names : [...look.entries, ...look.copies];
  run.begin(names.length + (kind === 'new' ? 1 : 0), look.published || look.names.length > 0 ? 1 : 0);
  if (kind === 'new') run.through();
  let release: number | undefined;
  try {
    for (let round = 1; round <= MAX_ROUNDS && (round === 1 || isLeft(look, run)); round += 1) {
      await aFewAtOnce(names, CONCURRENCY, (name) => run.sealAnew(name));
      checkCancelled(signal);
      release = await publishAnew(run, look, publishes, signal);
      look = await lookAtKeys(scope, last, signal);
      names = [...look.entries, ...look.copies];
    }
  } catch (error) {
    throw interrupted(error, run.progress(), GO_ON);
  }
  const found = look.problems.filter(({ name }) => !run.problems.has(name));
  return {
    kind,
    dataKeyId: look.record && formatDataKeyId(look.record.id),
    entries: run.sealed(),
    release,
    problems: [...run.problems.values(), ...found],
    left: look.entries.filter((name) => !run.problems.has(name)).length,
    behind: run.behind(),
  };
}

const NOTHING: RotationResult = {
  kind: 'none',
  dataKeyId: undefined,
  entries: 0,
  release: undefined,
  problems: [],
  left: 0,
  behind: [],
};

/** Whether another round may do more: not for what a replica keeps from being done. */
function isLeft({ entries, copies, release }: KeyLook, run: Run): boolean {
  if (entries.some((name) => !run.problems.has(name))) return true;
  return (copies.length > 0 || release) && run.behind().length === 0;
}

/** Seals the release anew: with the entries as they stand, or with what it holds. @returns its number, if there is one */
async function publishAnew(
  run: Run,
  { published, names }: KeyLook,
  publishes: boolean,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  // What was never published stays so where somebody publishes by hand.
  if (!published && (!publishes || names.length === 0)) return undefined;
  const others = { items: [], above: 0, replaced: new Set<string>(), staged: !publishes, anew: true };
  try {
    const { release, behind, problems } = await publish(run.within, signal, others);
    run.tell(behind);
    for (const { name, error } of problems) run.note(name, error);
    run.through();
    return release;
  } catch (error) {
    // What cannot be opened cannot be sealed anew; the entries are through all the same.
    if (!isIntegrityError(error) || error.code === 'data_key_retired') throw error;
    run.note(THE_RELEASE, error);
    return undefined;
  }
}
