import { useCallback, useEffect, useRef } from 'react';
import { isWaxsealError } from '../../../src/errors.ts';
import type { SyncResult } from '../../../src/vault/index.ts';
import type { Status } from '../app-state.ts';
import { describeError } from '../format.ts';
import { syncSummary } from '../regions-words.ts';
import { useSession } from '../session.ts';
import type { SyncEvent } from '../sync-state.ts';
import type { Stroke } from './strokes.ts';
import { stepFor } from './use-list-keys.ts';

/** What a key does on a plan, with `height` lines on the screen. */
export function planCommand(stroke: Stroke, height: number): SyncEvent | undefined {
  const by = stepFor(stroke, height);
  if (by !== undefined) return { type: 'step-to', by };
  if (stroke.kind === 'key') return stroke.name === 'enter' ? { type: 'ask' } : undefined;
  if (stroke.kind !== 'char') return undefined;
  if (/^[1-9]$/.test(stroke.text)) return { type: 'prefer', side: Number(stroke.text) };
  if (stroke.text === 'y') return { type: 'ask' };
  return stroke.text === 'r' || stroke.text === 'R' ? { type: 'plan' } : undefined;
}

/** Makes a plan whenever one is asked for. @returns what carries it out */
export function useSync(): () => Promise<void> {
  const { vault, state, dispatch, read } = useSession();
  const running = useRef<AbortController>(undefined);
  const plans = state.regions.sync?.plans;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `plans` is what asks for another plan
  useEffect(() => {
    const abort = new AbortController();
    const names = read().regions.sync?.choices ?? {};
    vault.planSync({ prefer: { names }, signal: abort.signal }).then(
      (plan) => abort.signal.aborted || dispatch({ type: 'regions', event: { type: 'planned', plan } }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        dispatch({ type: 'regions', event: { type: 'plan-failed', problem: describeError(error) } });
      },
    );
    return () => abort.abort();
  }, [vault, plans, dispatch, read]);

  // Ctrl-C asks a write to end; this one can, with what was begun.
  const stops = state.regions.sync?.stopping === true || state.leaving;
  useEffect(() => {
    if (stops) running.current?.abort();
  }, [stops]);

  return useCallback(async () => {
    const names = read().regions.sync?.choices ?? {};
    const abort = new AbortController();
    running.current = abort;
    dispatch({ type: 'say', status: undefined });
    dispatch({ type: 'writing', writing: true });
    dispatch({ type: 'regions', event: { type: 'run' } });
    let said: Status;
    try {
      const result = await vault.sync({
        prefer: { names },
        signal: abort.signal,
        onProgress: (progress) => dispatch({ type: 'regions', event: { type: 'progress', ...progress } }),
      });
      dispatch({ type: 'regions', event: { type: 'synced', result } });
      said = describeSync(result);
    } catch (error) {
      dispatch({ type: 'regions', event: { type: 'sync-failed' } });
      said = isWaxsealError(error, 'cancelled')
        ? { tone: 'warning', message: 'stopped: what was begun has ended, the plan shows what is left' }
        : { tone: 'error', ...describeError(error) };
    }
    running.current = undefined;
    dispatch({ type: 'writing', writing: false });
    dispatch({ type: 'reload' });
    dispatch({ type: 'say', status: said });
  }, [vault, dispatch, read]);
}

/** What a sync did, in one line. */
function describeSync(result: SyncResult): Status {
  const silent = Object.keys(result.failed);
  const left = result.conflicts.length + result.problems.length + silent.length;
  const without = silent.length === 0 ? '' : `, without ${silent.join(', ')}`;
  const message = `synced: ${syncSummary(result, true)}${without}`;
  if (result.unpublished !== undefined) {
    return {
      tone: 'warning',
      message: `${message}; not published: ${describeError(result.unpublished).message}`,
      hint: 'applications start with the release before; `waxseal release publish`',
    };
  }
  return { tone: left === 0 ? 'done' : 'warning', message };
}
