/**
 * Brings what has a chain together, a secret or a release's head: every write claims the next slot of its region, so
 * that a writer who came between wins, and what stands then is looked at anew.
 */
import { type Entry, encodeEntry } from '../../envelope/index.ts';
import { isWaxsealError } from '../../errors.ts';
import { digestOf } from '../ancestry.ts';
import { jitter } from '../backoff.ts';
import { versionAbove } from '../claim.ts';
import { checkCancelled, deadline, outcomeUnknown } from '../deadline.ts';
import type { Region } from '../ports.ts';
import { byHistory, type Held } from './classify.ts';
import { describeConflict } from './conflict.ts';
import type { Copy, FoundCopy, Row } from './copies.ts';
import { planRow, type RowPlan, sidesOf, type Target } from './plan-row.ts';
import { kept, lose, NOTHING, type Part, preferredFor, problemOf, type Run } from './run.ts';
import type { SyncAction, SyncKind } from './types.ts';

const MAX_ROUNDS = 10;

/** What was written to a region: the entry, only parts that it lacked; nothing that counts where somebody came between. */
export type Brought = 'entry' | 'parts' | 'nothing';

/** What is brought together. */
export interface Chain {
  readonly kind: SyncKind & ('secret' | 'release');
  readonly name: string;
  /** The revision at which the newest release knows it as deleted. */
  readonly deletedAt?: number | undefined;
  /** Reads it by name in all regions, and opens it. */
  read(): Promise<Row>;
  /** Writes what `from` holds to a region. */
  bring(from: Held, target: Target, signal: AbortSignal): Promise<Brought>;
  /**
   * Seals the preferred side anew at home, above all sides.
   * @returns what stands at home; undefined when somebody wrote there meanwhile, which is left as it is
   */
  merge(row: Row, preferred: Held): Promise<{ readonly entry: Entry; readonly changed: boolean } | undefined>;
}

/** What would be done with a row as it was listed. */
export async function planChain(
  run: Run,
  chain: Pick<Chain, 'kind' | 'name' | 'deletedAt'>,
  row: Row,
): Promise<Part> {
  const signal = deadline(run.scope.timeout, run.signal);
  const { kind, name, deletedAt } = chain;
  const plan = await planRow(row, { relate: byHistory(row, signal), home: run.scope.home, deletedAt });
  if (plan.kind !== 'conflict') return partOf(chain, plan);
  const preferred = preferredSide(run, chain, row);
  if (preferred === undefined)
    return { ...NOTHING, conflicts: [await describeConflict(run, kind, name, row)] };
  const merge = mergeAction(run, chain, preferred, row);
  const { home } = run.scope;
  const others = [...row.keys()].filter((region) => region !== home);
  // What is sealed anew at home goes on from there, to the region that was preferred too.
  const overwrite = others.map(
    (to): SyncAction => ({ ...merge, how: 'overwrite', from: home.name, to: to.name }),
  );
  return { ...NOTHING, actions: [merge, ...overwrite] };
}

/** Does it. @returns what was done, and what is left */
export async function settleChain(run: Run, chain: Chain): Promise<Part> {
  const { scope } = run;
  const actions: SyncAction[] = [];
  const mine = new Map<Region, FoundCopy>();
  let decided: ReadonlySet<string> | undefined;
  let mayMerge = true;
  const ending = (part: Part): Part => ({ ...part, actions: [...actions, ...part.actions] });
  try {
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      checkCancelled(run.signal);
      const row = withMine(await chain.read(), mine);
      const relate = byHistory(row, deadline(scope.timeout, run.signal));
      const plan = await planRow(row, { relate, home: scope.home, deletedAt: chain.deletedAt, decided });
      if (plan.kind === 'conflict') {
        const preferred = preferredSide(run, chain, row);
        if (preferred === undefined || !mayMerge) {
          const conflict = await describeConflict(run, chain.kind, chain.name, row);
          return ending({ ...NOTHING, conflicts: [conflict] });
        }
        // Decided is what was seen first: what somebody writes meanwhile is another matter.
        mayMerge = false;
        const merged = await chain.merge(row, preferred);
        if (merged === undefined) continue;
        decided = new Set(sidesOf(row).map(({ found }) => found.digest));
        if (merged.changed) {
          const { revision } = merged.entry.core;
          actions.push({ ...mergeAction(run, chain, preferred, row), revision });
          mine.set(scope.home, writtenCopy(merged.entry));
        }
        continue;
      }
      if (plan.kind !== 'copy') return ending(partOf(chain, plan));
      const outcomes = await Promise.all(
        plan.targets.map((target) => attempt(run, chain, plan.from, target, mine)),
      );
      plan.targets.forEach((target, i) => {
        if (outcomes[i] === 'done') actions.push(actionOf(chain, plan.from, target));
      });
      const failure = outcomes.find((outcome) => outcome instanceof Error);
      if (failure !== undefined) return ending(problemOf(chain.kind, chain.name, failure));
      if (!outcomes.includes('again')) return ending(NOTHING);
      await scope.pause(jitter(scope, round));
    }
    return ending(problemOf(chain.kind, chain.name, kept(chain.name)));
  } catch (error) {
    return ending(problemOf(chain.kind, chain.name, error));
  }
}

async function attempt(
  run: Run,
  chain: Chain,
  from: Held,
  target: Target,
  mine: Map<Region, FoundCopy>,
): Promise<'done' | 'again' | 'lost' | Error> {
  try {
    // Not the caller's signal: a write that was begun is seen through.
    const brought = await chain.bring(from, target, deadline(run.scope.timeout));
    if (brought === 'nothing') return 'again';
    if (brought === 'parts') return 'done';
    const slot = { region: target.region.name, version: versionAbove(target.copy?.top) };
    const { entry } = from.found;
    mine.set(target.region, writtenCopy({ ...entry, wrapping: { ...entry.wrapping, slot } }));
    return 'done';
  } catch (error) {
    // What stands there tells whether it was done; a region that cannot be read any more is left out then.
    if (outcomeUnknown(error) || isWaxsealError(error, 'throttled')) return 'again';
    if (!isWaxsealError(error, 'credentials', 'denied')) return error as Error;
    lose(run, target.region, error);
    return 'lost';
  }
}

/** A read may be stale; what this run wrote is not. */
function withMine(row: Row, mine: ReadonlyMap<Region, FoundCopy>): Row {
  return new Map(
    [...row].map(([region, copy]): [Region, Copy | undefined] => {
      const own = mine.get(region);
      if (own === undefined || (copy?.top.version ?? 0) >= own.stored.version) return [region, copy];
      return [region, { top: own.stored, found: own }];
    }),
  );
}

function writtenCopy(entry: Entry): FoundCopy {
  const { version } = entry.wrapping.slot;
  const stored = { name: entry.core.name, value: encodeEntry(entry), version };
  return { entry, stored, digest: digestOf(entry) };
}

function preferredSide(run: Run, { kind, name }: Pick<Chain, 'kind' | 'name'>, row: Row): Held | undefined {
  // Only home can decide on a revision.
  if (!row.has(run.scope.home)) return undefined;
  const region = preferredFor(run, kind, name);
  return sidesOf(row).find((side) => side.region.name === region);
}

function partOf(chain: Pick<Chain, 'kind' | 'name'>, plan: Exclude<RowPlan, { kind: 'conflict' }>): Part {
  switch (plan.kind) {
    case 'equal':
      return NOTHING;
    case 'copy':
      return { ...NOTHING, actions: plan.targets.map((target) => actionOf(chain, plan.from, target)) };
    case 'leftover': {
      const { sides, deletedAt } = plan;
      const revision = Math.max(...sides.map(({ found }) => found.entry.core.revision));
      const regions = sides.map(({ region }) => region.name);
      return { ...NOTHING, leftovers: [{ name: chain.name, regions, revision, deletedAt }] };
    }
    case 'problem':
      return problemOf(chain.kind, chain.name, plan.error);
  }
}

function actionOf(
  { kind, name }: Pick<Chain, 'kind' | 'name'>,
  from: Held,
  { region, how }: Target,
): SyncAction {
  const { revision, flags } = from.found.entry.core;
  return { kind, name, how, from: from.region.name, to: region.name, revision, deleted: flags.tombstone };
}

function mergeAction(
  { scope }: Run,
  { kind, name }: Pick<Chain, 'kind' | 'name'>,
  { region, found }: Held,
  row: Row,
): SyncAction {
  const { flags } = found.entry.core;
  const revision = Math.max(...sidesOf(row).map((side) => side.found.entry.core.revision)) + 1;
  const [from, to] = [region.name, scope.home.name];
  return { kind, name, how: 'merge', from, to, revision, deleted: flags.tombstone };
}
