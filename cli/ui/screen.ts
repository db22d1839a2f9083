/** The screens that there are. Pure. */

/** What is asked before an older value is given again. */
export interface UndoAsked {
  readonly name: string;
  /** The revision that stands. */
  readonly on: number;
  /** The revision to go back to; undefined for what was there before the deletion. */
  readonly to?: number | undefined;
}

/** A screen and whom it is about. `back` is where Esc leads. */
export type Screen =
  | { readonly kind: 'list' }
  | { readonly kind: 'detail'; readonly name: string }
  | { readonly kind: 'history'; readonly name: string }
  | ({ readonly kind: 'undo' } & UndoAsked)
  | { readonly kind: 'add' }
  | { readonly kind: 'regions' }
  | { readonly kind: 'edit'; readonly name: string; readonly back: 'list' | 'detail' }
  | { readonly kind: 'delete'; readonly name: string; readonly back: 'list' | 'detail' };

/** The screen that the app begins with, and that Esc leads to in the end. */
export const LIST: Screen = { kind: 'list' };

/** Where Esc leads. */
export function before(screen: Screen): Screen {
  if (screen.kind === 'history') return { kind: 'detail', name: screen.name };
  if (screen.kind === 'undo') return { kind: 'history', name: screen.name };
  if ((screen.kind === 'edit' || screen.kind === 'delete') && screen.back === 'detail') {
    return { kind: 'detail', name: screen.name };
  }
  return LIST;
}
