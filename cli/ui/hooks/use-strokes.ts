import { useInput, usePaste } from 'ink';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { commands, type PasteRun, pasteRun, type Stroke, toStroke } from './strokes.ts';

/** Whether strokes are commands, where a paste means nothing, or text, where it arrives whole. */
export type StrokeMode = 'commands' | 'text';

/** Calls `handle` for each stroke while `active`. */
export function useStrokes(handle: (stroke: Stroke) => void, mode: StrokeMode, active: boolean): void {
  // Not by Ink's `isActive`: it takes effect some time after the frame that shows it, and a key in between would go to
  // a screen that is covered, or to none.
  const latest = useRef<(stroke: Stroke) => void>(undefined);
  useLayoutEffect(() => {
    latest.current = active ? handle : undefined;
  });
  const run = useRef<PasteRun>(undefined);
  run.current ??= pasteRun((stroke) => latest.current?.(stroke));
  useEffect(() => {
    if (!active || mode !== 'text') return undefined;
    const current = run.current;
    return () => current?.stop();
  }, [active, mode]);
  useInput((input, key) => {
    const stroke = latest.current === undefined ? undefined : toStroke(input, key);
    if (stroke === undefined) return;
    if (mode === 'text') run.current?.push(stroke);
    else for (const command of commands(stroke)) latest.current?.(command);
  });
  // Also for commands: a bracketed paste must not be read as keys, and "dy" deletes.
  usePaste((text) => {
    if (mode === 'text' && latest.current !== undefined) run.current?.paste(text);
  });
}
