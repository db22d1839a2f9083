import { useEffect } from 'react';
import type { AppAction } from '../app-state.ts';
import { describeError } from '../format.ts';
import type { AppVault } from '../session.ts';

/** Lists the vault whenever `loads` changes; a newer listing puts an end to an older one. */
export function useListing(vault: AppVault, loads: number, dispatch: (action: AppAction) => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loads` is what asks for a new listing
  useEffect(() => {
    const abort = new AbortController();
    vault.list({ signal: abort.signal }).then(
      (listing) => {
        if (!abort.signal.aborted) dispatch({ type: 'loaded', listing });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) dispatch({ type: 'load-failed', problem: describeError(error) });
      },
    );
    return () => abort.abort();
  }, [vault, loads, dispatch]);
}
