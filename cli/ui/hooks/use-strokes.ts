import { useInput, usePaste } from 'ink';
import {
  type Context,
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
} from 'react';
import { commands, type PasteRun, pasteRun, type Stroke, toStroke } from './strokes.ts';

/** Whether strokes are commands, where a paste means nothing, or text, where it arrives whole. */
export type StrokeMode = 'commands' | 'text';

/** What the keyboard calls. */
interface Listener {
  readonly stroke: (stroke: Stroke) => void;
  readonly paste: (text: string) => void;
}

const KeyboardContext: Context<Set<Listener> | undefined> = createContext<Set<Listener> | undefined>(
  undefined,
);

/**
 * Listens to the keyboard for all below. Ink's `useInput` and `usePaste` begin some time after the frame that shows
 * who uses them, and a key in between would go to a screen that has left, or to none. So they are used once, here,
 * where they never end, and the screens come and go with the frame itself.
 */
export function Keyboard({ children }: { readonly children?: ReactNode }): ReactNode {
  const ref = useRef<Set<Listener>>(undefined);
  ref.current ??= new Set();
  const listeners = ref.current;
  useInput((input, key) => {
    const stroke = toStroke(input, key);
    if (stroke === undefined) return;
    // A copy: who comes because of a stroke does not hear it.
    for (const listener of [...listeners]) listener.stroke(stroke);
  });
  usePaste((text) => {
    for (const listener of [...listeners]) listener.paste(text);
  });
  return createElement(KeyboardContext.Provider, { value: listeners }, children);
}

/** Calls `handle` for each stroke while `active`. Needs a {@link Keyboard} above. */
export function useStrokes(handle: (stroke: Stroke) => void, mode: StrokeMode, active: boolean): void {
  const listeners = useContext(KeyboardContext);
  if (listeners === undefined) throw new TypeError('"useStrokes" expected a Keyboard above it');
  const latest = useRef<(stroke: Stroke) => void>(undefined);
  const run = useRef<PasteRun>(undefined);
  run.current ??= pasteRun((stroke) => latest.current?.(stroke));
  useLayoutEffect(() => {
    latest.current = active ? handle : undefined;
  });
  useLayoutEffect(() => {
    const listener: Listener = {
      stroke(stroke) {
        if (mode === 'text') {
          if (latest.current !== undefined) run.current?.push(stroke);
        } else for (const command of commands(stroke)) latest.current?.(command);
      },
      // A paste must not be read as keys: "dy" deletes.
      paste(text) {
        if (mode === 'text' && latest.current !== undefined) run.current?.paste(text);
      },
    };
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, mode]);
  useEffect(() => {
    if (!active || mode !== 'text') return undefined;
    const current = run.current;
    return () => current?.stop();
  }, [active, mode]);
}
