import { useEffect } from 'react';
import { describeError } from '../format.ts';
import type { RegionsEvent } from '../regions-state.ts';
import { useSession } from '../session.ts';
import type { Stroke } from './strokes.ts';
import { stepFor } from './use-list-keys.ts';
import { useStrokes } from './use-strokes.ts';

/** How long after a look the next one begins by itself, in ms. */
export const REFRESH_TIME = 10_000;

/** Compares the regions whenever it is asked for, and by itself while the screen is open. */
export function useLooks(): void {
  const { vault, state, dispatch } = useSession();
  const { looks, looking } = state.regions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `looks` is what asks for another look
  useEffect(() => {
    const abort = new AbortController();
    vault.status({ signal: abort.signal }).then(
      (status) => {
        if (abort.signal.aborted) return;
        dispatch({ type: 'regions', event: { type: 'looked', status, at: Date.now() } });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        dispatch({ type: 'regions', event: { type: 'look-failed', problem: describeError(error) } });
      },
    );
    return () => abort.abort();
  }, [vault, looks, dispatch]);
  useEffect(() => {
    if (looking) return undefined;
    const timer = setTimeout(() => dispatch({ type: 'regions', event: { type: 'look' } }), REFRESH_TIME);
    return () => clearTimeout(timer);
  }, [looking, dispatch]);
}

const COMMANDS: Readonly<Record<string, RegionsEvent | undefined>> = {
  a: { type: 'toggle-all' },
  r: { type: 'look' },
  R: { type: 'look' },
  y: { type: 'sync' },
};

/** What a key does on the matrix, with `height` rows on the screen. */
function regionsCommand(stroke: Stroke, height: number): RegionsEvent | undefined {
  const by = stepFor(stroke, height);
  if (by !== undefined) return { type: 'select', by, height };
  if (stroke.kind === 'key' && stroke.name === 'tab') return { type: 'page', by: 1 };
  if (stroke.kind === 'key' && stroke.name === 'backtab') return { type: 'page', by: -1 };
  return stroke.kind === 'char' ? COMMANDS[stroke.text] : undefined;
}

/** Whether a stroke leads back: Esc, ←, q. */
export function isBack(stroke: Stroke): boolean {
  if (stroke.kind === 'key') return stroke.name === 'escape' || stroke.name === 'left';
  return stroke.kind === 'char' && stroke.text === 'q';
}

/** The keys of the matrix. */
export function useRegionsKeys(height: number): void {
  const { dispatch, active } = useSession();
  useStrokes(
    (stroke) => {
      const event = regionsCommand(stroke, height);
      if (event !== undefined) dispatch({ type: 'regions', event });
      else if (isBack(stroke)) dispatch({ type: 'back' });
      else if (stroke.kind === 'char' && stroke.text === '?') dispatch({ type: 'help' });
    },
    'commands',
    active,
  );
}
