/** Bringing the regions together, step by step: the plan, its conflicts and choices, the run, what it did. Pure. */
import type {
  Leftover,
  SyncAction,
  SyncConflict,
  SyncPlan,
  SyncProblem,
  SyncResult,
} from '../../src/vault/index.ts';
import type { Problem } from './format.ts';

/** How far it is. Nothing of a value is part of it. */
export interface SyncState {
  readonly step: 'plan' | 'ask' | 'run' | 'done';
  /** What would be done; at the end, what was. */
  readonly plan: SyncPlan | undefined;
  /** A plan is being made; the one before stays in sight. */
  readonly planning: boolean;
  /** Counts the plans asked for. */
  readonly plans: number;
  /** Why there is no plan. */
  readonly problem: Problem | undefined;
  /** All conflicts that were met, decided or not: a choice can be taken back. */
  readonly conflicts: readonly SyncConflict[];
  /** The preferred region, by the secret's name. */
  readonly choices: Readonly<Record<string, string>>;
  /** The index of the item in hand. */
  readonly selected: number;
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  /** It was asked to stop. */
  readonly stopping: boolean;
}

/** What happens to it. */
export type SyncEvent =
  | { readonly type: 'plan' | 'ask' | 'run' | 'stop' | 'sync-failed' }
  | { readonly type: 'planned'; readonly plan: SyncPlan }
  | { readonly type: 'plan-failed'; readonly problem: Problem }
  | { readonly type: 'step-to'; readonly by: number }
  | { readonly type: 'prefer'; readonly side: number }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'synced'; readonly result: SyncResult };

/** One thing that a plan tells of. */
export type SyncItem =
  | { readonly kind: 'conflict'; readonly conflict: SyncConflict; readonly preferred: string | undefined }
  | { readonly kind: 'failed'; readonly region: string; readonly error: Error }
  | { readonly kind: 'problem'; readonly problem: SyncProblem }
  | { readonly kind: 'leftover'; readonly leftover: Leftover }
  | { readonly kind: 'publish' }
  | { readonly kind: 'past'; readonly region: string; readonly parts: number }
  | { readonly kind: 'action'; readonly action: SyncAction };

/** As it starts: with a first plan being made. */
export const INITIAL_SYNC: SyncState = {
  step: 'plan',
  plan: undefined,
  planning: true,
  plans: 1,
  problem: undefined,
  conflicts: [],
  choices: {},
  selected: 0,
  progress: undefined,
  stopping: false,
};

/** All that the plan tells of; what needs a person comes first. */
export function syncItems({ step, plan, conflicts, choices }: SyncState): readonly SyncItem[] {
  if (plan === undefined) return [];
  const told = step === 'done' ? plan.conflicts : conflicts;
  return [
    ...told.map((conflict) => ({
      kind: 'conflict' as const,
      conflict,
      preferred: conflict.kind === 'secret' ? choices[conflict.name] : undefined,
    })),
    ...Object.entries(plan.failed).map(([region, error]) => ({ kind: 'failed' as const, region, error })),
    ...plan.problems.map((problem) => ({ kind: 'problem' as const, problem })),
    ...plan.leftovers.map((leftover) => ({ kind: 'leftover' as const, leftover })),
    ...(plan.publishes === true ? [{ kind: 'publish' as const }] : []),
    ...plan.actions.map((action) => ({ kind: 'action' as const, action })),
    ...(plan.past ?? []).map((past) => ({ kind: 'past' as const, ...past })),
  ];
}

/** Whether the plan can be carried out: it is known, and there is something to do. */
export function canRun({ step, plan, planning }: SyncState): boolean {
  if (step !== 'plan' || planning || plan === undefined) return false;
  return plan.actions.length > 0 || plan.past !== undefined || plan.publishes === true;
}

/** Does one thing. */
export function reduceSync(state: SyncState, event: SyncEvent): SyncState {
  switch (event.type) {
    case 'plan':
      return replan(state);
    case 'planned':
      return planned(state, event.plan);
    case 'plan-failed':
      return { ...state, planning: false, problem: event.problem };
    case 'step-to':
      return { ...state, selected: within(state.selected + event.by, syncItems(state).length) };
    case 'prefer':
      return prefer(state, event.side);
    case 'ask':
      return canRun(state) ? { ...state, step: 'ask' } : state;
    case 'run':
      return state.step === 'ask' ? { ...state, step: 'run', progress: undefined, stopping: false } : state;
    case 'progress':
      return { ...state, progress: { done: event.done, total: event.total } };
    case 'stop':
      return state.step === 'run' ? { ...state, stopping: true } : state;
    case 'synced':
      return { ...state, step: 'done', plan: event.result, choices: {}, selected: 0, stopping: false };
    case 'sync-failed':
      // What is left to do is not what it was.
      return replan({ ...state, step: 'plan', plan: undefined, stopping: false });
  }
}

/** One step back; undefined where that leads away from syncing. */
export function syncBack(state: SyncState): SyncState | undefined {
  if (state.step === 'run') return reduceSync(state, { type: 'stop' });
  return state.step === 'ask' ? { ...state, step: 'plan' } : undefined;
}

function within(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}

function replan(state: SyncState): SyncState {
  return { ...state, planning: true, plans: state.plans + 1, problem: undefined };
}

function planned(state: SyncState, plan: SyncPlan): SyncState {
  const same = (a: SyncConflict, b: SyncConflict): boolean => a.kind === b.kind && a.name === b.name;
  const isOpen = (conflict: SyncConflict): boolean => plan.conflicts.some((other) => same(other, conflict));
  const isDecided = ({ kind, name }: SyncConflict): boolean => kind === 'secret' && name in state.choices;
  const kept = state.conflicts
    .filter((conflict) => isOpen(conflict) || isDecided(conflict))
    .map((conflict) => plan.conflicts.find((other) => same(other, conflict)) ?? conflict);
  const met = plan.conflicts.filter((conflict) => !kept.some((other) => same(other, conflict)));
  const after: SyncState = {
    ...state,
    plan,
    planning: false,
    problem: undefined,
    conflicts: [...kept, ...met],
  };
  return { ...after, selected: within(state.selected, syncItems(after).length) };
}

/** Prefers a side of the conflict in hand, counted from 1; the same side once more takes it back. */
function prefer(state: SyncState, side: number): SyncState {
  const item = syncItems(state)[state.selected];
  if (state.step !== 'plan' || item?.kind !== 'conflict' || item.conflict.kind !== 'secret') return state;
  const { name, sides } = item.conflict;
  const region = sides[side - 1]?.region;
  if (region === undefined) return state;
  const { [name]: before, ...others } = state.choices;
  return replan({ ...state, choices: before === region ? others : { ...others, [name]: region } });
}
