/** Which screen is shown, what is known of the vault, and what is said at the bottom. Pure. */
import type { ListedSecret, Listing, Secret } from '../../src/vault/types.ts';
import type { Problem } from './format.ts';
import {
  INITIAL_LIST,
  keepSelected,
  type ListAction,
  type ListState,
  reduceList,
  selectName,
  shownSecrets,
  withSeen,
} from './list-state.ts';
import {
  INITIAL_REGIONS,
  type RegionsEvent,
  type RegionsState,
  reduceRegions,
  regionsBack,
} from './regions-state.ts';
import { before, LIST, type Screen, type UndoAsked } from './screen.ts';

/** What is said in the status line. */
export interface Status extends Problem {
  readonly tone: 'info' | 'done' | 'warning' | 'error';
}

/** The app's state. No value of a secret is ever part of it. */
export interface AppState {
  readonly screen: Screen;
  readonly help: boolean;
  readonly list: ListState;
  readonly regions: RegionsState;
  readonly listing: Listing | undefined;
  readonly loading: boolean;
  /** Why the last listing failed; what was listed before stays. */
  readonly loadError: Problem | undefined;
  /** Counts the listings asked for; a change starts one. */
  readonly loads: number;
  readonly status: Status | undefined;
  /** A write is under way. */
  readonly writing: boolean;
  /** Ctrl-C was pressed during a write. */
  readonly leaving: boolean;
  /** The secret that the next listing puts the cursor on. */
  readonly goTo: string | undefined;
  /** Counts how often everything revealed had to be covered at once. */
  readonly covers: number;
}

/** What happens to the app. */
export type AppAction =
  | ListAction
  | { readonly type: 'reload' }
  | { readonly type: 'loaded'; readonly listing: Listing }
  | { readonly type: 'load-failed'; readonly problem: Problem }
  | { readonly type: 'regions'; readonly event?: RegionsEvent }
  | { readonly type: 'open' | 'add' | 'edit' | 'delete' | 'history' | 'back' | 'help' | 'cover' | 'leave' }
  | { readonly type: 'undo'; readonly asked: UndoAsked }
  | { readonly type: 'say'; readonly status: Status | undefined }
  | { readonly type: 'seen'; readonly secret: Secret }
  | { readonly type: 'writing'; readonly writing: boolean }
  | { readonly type: 'written'; readonly status: Status; readonly name?: string };

/** The app as it starts: listing, with a notice where there is one. */
export function initialState(notice?: string): AppState {
  return {
    screen: LIST,
    help: false,
    list: INITIAL_LIST,
    regions: INITIAL_REGIONS,
    listing: undefined,
    loading: true,
    loadError: undefined,
    loads: 1,
    status: notice === undefined ? undefined : { tone: 'info', message: notice },
    writing: false,
    leaving: false,
    goTo: undefined,
    covers: 0,
  };
}

/** Does one thing. */
export function reduceApp(state: AppState, action: AppAction): AppState {
  switch (action.type) {
    case 'reload':
      return { ...state, loading: true, loads: state.loads + 1, status: undefined };
    case 'loaded':
      return loaded(state, action.listing);
    case 'load-failed':
      return { ...state, loading: false, loadError: action.problem, goTo: undefined };
    case 'open':
    case 'edit':
    case 'delete':
      return about(state, action.type);
    case 'add':
      return { ...state, screen: { kind: 'add' }, status: undefined };
    case 'history':
      return state.screen.kind === 'detail'
        ? { ...state, screen: { kind: 'history', name: state.screen.name }, status: undefined }
        : state;
    case 'undo':
      return { ...state, screen: { kind: 'undo', ...action.asked }, status: undefined };
    case 'back':
      return back(state);
    case 'regions':
      return action.event === undefined
        ? { ...state, screen: { kind: 'regions' }, regions: INITIAL_REGIONS, status: undefined }
        : { ...state, regions: reduceRegions(state.regions, action.event) };
    case 'help':
      return { ...state, help: !state.help };
    case 'cover':
      return { ...state, covers: state.covers + 1 };
    case 'leave':
      return { ...state, leaving: true };
    case 'say':
      return { ...state, status: action.status };
    case 'seen':
      return state.listing === undefined
        ? state
        : { ...state, listing: withSeen(state.listing, action.secret) };
    case 'writing':
      return { ...state, writing: action.writing, leaving: false };
    case 'written':
      return {
        ...state,
        screen: LIST,
        status: action.status,
        goTo: action.name,
        writing: false,
        leaving: false,
        loading: true,
        loads: state.loads + 1,
      };
    default:
      return { ...state, list: reduceList(state.list, action, secretsOf(state)) };
  }
}

/** All secrets listed so far. */
export function secretsOf(state: AppState): readonly ListedSecret[] {
  return state.listing?.secrets ?? [];
}

/** A secret as it was listed. */
export function findSecret(state: AppState, name: string): ListedSecret | undefined {
  return secretsOf(state).find((secret) => secret.name === name);
}

/** The secret that the current screen is about; on the list, the selected one. */
export function currentSecret(state: AppState): ListedSecret | undefined {
  return 'name' in state.screen
    ? findSecret(state, state.screen.name)
    : shownSecrets(secretsOf(state), state.list)[state.list.selected];
}

function about(state: AppState, what: 'open' | 'edit' | 'delete'): AppState {
  const secret = currentSecret(state);
  // Until the list holds what was just written, the cursor is still on another secret than the one meant.
  if (secret === undefined || (state.screen.kind === 'list' && state.goTo !== undefined)) return state;
  const { name } = secret;
  if (what === 'open') return { ...state, screen: { kind: 'detail', name }, status: undefined };
  if (what === 'delete' && secret.deleted) {
    return { ...state, status: { tone: 'info', message: `${name} is deleted already` } };
  }
  const back = state.screen.kind === 'detail' ? 'detail' : 'list';
  return { ...state, screen: { kind: what, name, back }, status: undefined };
}

function back(state: AppState): AppState {
  const left: AppState = { ...state, screen: before(state.screen), status: undefined };
  if (state.screen.kind !== 'regions') return left;
  const regions = regionsBack(state.regions);
  if (regions !== undefined) return { ...state, regions, status: undefined };
  // What was seen there is newer than the list.
  return { ...left, loading: true, loads: state.loads + 1 };
}

function loaded(state: AppState, listing: Listing): AppState {
  const kept = keepSelected(state.list, state.list, listing.secrets, secretsOf(state));
  return {
    ...state,
    listing,
    loading: false,
    loadError: undefined,
    goTo: undefined,
    list: state.goTo === undefined ? kept : selectName(kept, state.goTo, listing.secrets),
  };
}
