import { useCallback, useRef, useState } from 'react';

/** A store's state for rendering, its dispatch, and its state as of this very moment. */
export type Store<State, Action> = readonly [State, (action: Action) => void, () => State];

/**
 * A reducer whose newest state can be read at once. Several keys may arrive in one chunk, before React has rendered
 * again; a handler that looked at the rendered state would then act on an old one.
 */
export function useStore<State extends object, Action>(
  reduce: (state: State, action: Action) => State,
  initial: () => State,
): Store<State, Action> {
  const [state, setState] = useState(initial);
  const latest = useRef(state);
  const read = useCallback(() => latest.current, []);
  const dispatch = useCallback(
    (action: Action) => {
      latest.current = reduce(latest.current, action);
      setState(latest.current);
    },
    [reduce],
  );
  return [state, dispatch, read];
}
