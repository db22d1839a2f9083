/** What the list shows and where its cursor is. Pure. */
import type { ListedSecret, Listing, Secret } from '../../src/vault/types.ts';

/** The list's own state; it outlives a look at another screen. */
export interface ListState {
  readonly filter: string;
  /** Keys go into the filter. */
  readonly filtering: boolean;
  readonly showDeleted: boolean;
  /** The index of the selected row among those shown. */
  readonly selected: number;
  /** The index of the topmost row on the screen. */
  readonly top: number;
}

/** What happens to the list. `height` is the number of rows on the screen. */
export type ListAction =
  | { readonly type: 'move'; readonly by: number; readonly height: number }
  | { readonly type: 'filter-open' }
  | { readonly type: 'filter-set'; readonly filter: string }
  | { readonly type: 'filter-done' }
  | { readonly type: 'filter-clear' }
  | { readonly type: 'toggle-deleted' };

/** The list as it starts. */
export const INITIAL_LIST: ListState = {
  filter: '',
  filtering: false,
  showDeleted: false,
  selected: 0,
  top: 0,
};

/** The rows that filter and deletion leave. A deleted secret with a problem stays in sight. */
export function shownSecrets(secrets: readonly ListedSecret[], list: ListState): readonly ListedSecret[] {
  const wanted = list.filter.toLowerCase();
  return secrets.filter(
    (secret) =>
      (list.showDeleted || !secret.deleted || secret.problem !== undefined) &&
      (wanted === '' || secret.name.toLowerCase().includes(wanted)),
  );
}

/** The topmost row so that the selected one is on the screen, moved no further than it must be. */
export function topFor(top: number, selected: number, height: number, count: number): number {
  const room = Math.max(1, height);
  const lowest = Math.max(0, count - room);
  return Math.min(Math.max(Math.min(top, selected), selected - room + 1, 0), lowest);
}

/** Does one thing to the list, given all secrets there are. */
export function reduceList(
  state: ListState,
  action: ListAction,
  secrets: readonly ListedSecret[],
): ListState {
  switch (action.type) {
    case 'move': {
      const count = shownSecrets(secrets, state).length;
      const selected = Math.max(0, Math.min(count - 1, state.selected + action.by));
      return { ...state, selected, top: topFor(state.top, selected, action.height, count) };
    }
    case 'filter-open':
      return { ...state, filtering: true };
    case 'filter-set':
      return keepSelected(state, { ...state, filter: action.filter }, secrets);
    case 'filter-done':
      return { ...state, filtering: false };
    case 'filter-clear':
      return keepSelected(state, { ...state, filter: '', filtering: false }, secrets);
    case 'toggle-deleted':
      return keepSelected(state, { ...state, showDeleted: !state.showDeleted }, secrets);
  }
}

/** Keeps the cursor on the same secret where it is still shown. */
export function keepSelected(
  before: ListState,
  after: ListState,
  secretsAfter: readonly ListedSecret[],
  secretsBefore: readonly ListedSecret[] = secretsAfter,
): ListState {
  const name = shownSecrets(secretsBefore, before)[before.selected]?.name;
  const shown = shownSecrets(secretsAfter, after);
  const found = shown.findIndex((secret) => secret.name === name);
  const selected = found >= 0 ? found : Math.max(0, Math.min(before.selected, shown.length - 1));
  // Rows that went away above must not move the row in hand across the screen.
  const top = Math.max(0, selected - (before.selected - before.top));
  return { ...after, selected, top };
}

/** Puts the cursor on a secret, where it is shown. The screen follows when it is drawn. */
export function selectName(state: ListState, name: string, secrets: readonly ListedSecret[]): ListState {
  const selected = shownSecrets(secrets, state).findIndex((secret) => secret.name === name);
  return selected < 0 ? state : { ...state, selected };
}

/** The listing with a secret that was opened, which may be newer than it. */
export function withSeen(listing: Listing, secret: Secret): Listing {
  const { name, revision, sealedAt, expiresAt, binary, dataKeyId } = secret;
  const secrets = listing.secrets.map((listed) =>
    listed.name === name && listed.revision < revision
      ? { ...listed, revision, sealedAt, expiresAt, binary, dataKeyId, deleted: false }
      : listed,
  );
  return { ...listing, secrets };
}
