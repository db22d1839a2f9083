/** What is known of the regions, which part of it is in sight, and how far a sync is. Pure. */
import type { EntryStatus, VaultStatus } from '../../src/vault/index.ts';
import type { Problem } from './format.ts';
import { topFor } from './list-state.ts';
import { worthShowing } from './regions-words.ts';
import { INITIAL_SYNC, reduceSync, type SyncEvent, type SyncState, syncBack } from './sync-state.ts';

/** The state of the regions' screen. */
export interface RegionsState {
  readonly status: VaultStatus | undefined;
  /** When the regions were last compared, in ms since 1970. */
  readonly lookedAt: number | undefined;
  readonly looking: boolean;
  /** Counts the looks asked for. */
  readonly looks: number;
  /** Why the last look failed; what was seen before stays. */
  readonly problem: Problem | undefined;
  /** Also what is equal everywhere. */
  readonly all: boolean;
  /** The index of the selected row among those shown. */
  readonly selected: number;
  /** The index of the topmost row on the screen. */
  readonly top: number;
  /** Counts the turns to further regions, where not all have room; a screen takes it modulo its pages. */
  readonly page: number;
  /** Bringing the regions together; undefined while they are only compared. */
  readonly sync: SyncState | undefined;
}

/** What happens on it. `height` is the number of rows on the screen. */
export type RegionsEvent =
  | { readonly type: 'look' | 'toggle-all' | 'sync' }
  | { readonly type: 'looked'; readonly status: VaultStatus; readonly at: number }
  | { readonly type: 'look-failed'; readonly problem: Problem }
  | { readonly type: 'select'; readonly by: number; readonly height: number }
  | { readonly type: 'page'; readonly by: 1 | -1 }
  | SyncEvent;

/** As it is opened: looking. */
export const INITIAL_REGIONS: RegionsState = {
  status: undefined,
  lookedAt: undefined,
  looking: true,
  looks: 1,
  problem: undefined,
  all: false,
  selected: 0,
  top: 0,
  page: 0,
  sync: undefined,
};

/** The rows of the matrix. */
export function shownEntries({ status, all }: Pick<RegionsState, 'status' | 'all'>): readonly EntryStatus[] {
  const entries = status?.entries ?? [];
  return all ? entries : entries.filter(worthShowing);
}

/** Does one thing. */
export function reduceRegions(state: RegionsState, event: RegionsEvent): RegionsState {
  switch (event.type) {
    case 'look':
      return state.looking ? state : look(state);
    case 'looked':
      return kept(state, {
        ...state,
        status: event.status,
        lookedAt: event.at,
        looking: false,
        problem: undefined,
      });
    case 'look-failed':
      return { ...state, looking: false, problem: event.problem };
    case 'toggle-all':
      return kept(state, { ...state, all: !state.all });
    case 'select': {
      const count = shownEntries(state).length;
      const selected = Math.max(0, Math.min(count - 1, state.selected + event.by));
      return { ...state, selected, top: topFor(state.top, selected, event.height, count) };
    }
    case 'page':
      return { ...state, page: state.page + event.by };
    case 'sync':
      return { ...state, sync: INITIAL_SYNC };
    default: {
      if (state.sync === undefined) return state;
      const after = { ...state, sync: reduceSync(state.sync, event) };
      // What was seen before a write says nothing any more, finished or not.
      return event.type === 'synced' || event.type === 'sync-failed' ? look(after) : after;
    }
  }
}

/** One step back; undefined where that leads away from the screen. */
export function regionsBack(state: RegionsState): RegionsState | undefined {
  if (state.sync === undefined) return undefined;
  const sync = syncBack(state.sync);
  // Nobody looked meanwhile.
  return sync === undefined ? look({ ...state, sync }) : { ...state, sync };
}

function look(state: RegionsState): RegionsState {
  return { ...state, looking: true, looks: state.looks + 1 };
}

/** Keeps the cursor on the same secret where it is still shown. */
function kept(before: RegionsState, after: RegionsState): RegionsState {
  const name = shownEntries(before)[before.selected]?.name;
  const shown = shownEntries(after);
  const found = shown.findIndex((entry) => entry.name === name);
  const selected = found >= 0 ? found : Math.max(0, Math.min(before.selected, shown.length - 1));
  return { ...after, selected, top: Math.max(0, selected - (before.selected - before.top)) };
}
