/** The screens that there are. Pure. */

/** A screen and whom it is about. `back` is where Esc leads. */
export type Screen =
  | { readonly kind: 'list' }
  | { readonly kind: 'detail'; readonly name: string }
  | { readonly kind: 'history'; readonly name: string }
  | { readonly kind: 'add' }
  | { readonly kind: 'regions' }
  | { readonly kind: 'edit'; readonly name: string; readonly back: 'list' | 'detail' }
  | { readonly kind: 'delete'; readonly name: string; readonly back: 'list' | 'detail' };

/** The screen that the app begins with, and that Esc leads to in the end. */
export const LIST: Screen = { kind: 'list' };

/** Where Esc leads. */
export function before(screen: Screen): Screen {
  if (screen.kind === 'history') return { kind: 'detail', name: screen.name };
  if ((screen.kind === 'edit' || screen.kind === 'delete') && screen.back === 'detail') {
    return { kind: 'detail', name: screen.name };
  }
  return LIST;
}
