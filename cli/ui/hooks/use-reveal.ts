import { useCallback, useEffect, useRef, useState } from 'react';
import { WaxsealError } from '../../../src/errors.ts';
import type { Secret } from '../../../src/vault/types.ts';
import { describeError } from '../format.ts';
import { useSession } from '../session.ts';

/** How long a value stays in sight, in ms. */
export const REVEAL_TIME = 15_000;

/** A value in sight: its text, or how many bytes it has when it is none. */
export type Content = { readonly text: string } | { readonly bytes: number };

/** Whether a value is in sight. */
export type Reveal =
  | { readonly phase: 'hidden' }
  | { readonly phase: 'reading' }
  | { readonly phase: 'shown'; readonly content: Content; readonly until: number };

const HIDDEN: Reveal = { phase: 'hidden' };

/** A secret's value as text; bytes that are no text are only counted. */
export function contentOf(secret: Secret): Content {
  if (!secret.binary) {
    try {
      return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(secret.value) };
    } catch {
      // Marked as text, and is none: told as what it is.
    }
  }
  return { bytes: secret.value.byteLength };
}

/** What a screen can do with a secret's value. */
export interface RevealControl {
  readonly reveal: Reveal;
  /** Shows the value, or hides it again. */
  readonly toggle: () => void;
  readonly copy: () => void;
}

/**
 * Opens a secret when it is asked for, and forgets it when its time is over, when the screen is left or covered, or
 * right after it was copied.
 */
export function useReveal(name: string): RevealControl {
  const { vault, copy: toClipboard, dispatch, state } = useSession();
  const [reveal, setReveal] = useState<Reveal>(HIDDEN);
  const reading = useRef<AbortController>(undefined);

  const hide = useCallback(() => {
    reading.current?.abort();
    reading.current = undefined;
    setReveal(HIDDEN);
  }, []);

  const open = useCallback(
    async (use: (content: Content) => Promise<void> | void) => {
      reading.current?.abort();
      const abort = new AbortController();
      reading.current = abort;
      setReveal({ phase: 'reading' });
      try {
        const secret = await vault.get(name, { signal: abort.signal });
        if (abort.signal.aborted) return;
        dispatch({ type: 'seen', secret });
        setReveal(HIDDEN);
        await use(contentOf(secret));
      } catch (error) {
        if (abort.signal.aborted) return;
        setReveal(HIDDEN);
        dispatch({ type: 'say', status: { tone: 'error', ...describeError(error) } });
      }
    },
    [vault, name, dispatch],
  );

  const toggle = useCallback(() => {
    if (reveal.phase !== 'hidden') {
      hide();
      return;
    }
    dispatch({ type: 'say', status: undefined });
    void open((content) => setReveal({ phase: 'shown', content, until: Date.now() + REVEAL_TIME }));
  }, [reveal.phase, hide, open, dispatch]);

  const copy = useCallback(() => {
    if (reveal.phase === 'reading') return;
    void open(async (content) => {
      if (!('text' in content)) throw binaryCopy(name);
      const how = await toClipboard(content.text);
      dispatch({ type: 'say', status: { tone: 'done', message: `sent ${name} to the clipboard, ${how}` } });
    });
  }, [reveal.phase, open, toClipboard, dispatch, name]);

  const until = reveal.phase === 'shown' ? reveal.until : undefined;
  useEffect(() => {
    if (until === undefined) return undefined;
    const timer = setTimeout(hide, Math.max(0, until - Date.now()));
    return () => clearTimeout(timer);
  }, [until, hide]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `covers` is what asks for hiding
  useEffect(() => hide(), [state.covers, hide]);
  useEffect(() => () => reading.current?.abort(), []);
  return { reveal, toggle, copy };
}

function binaryCopy(name: string): WaxsealError {
  return new WaxsealError('usage', 'a binary value is not copied as text', {
    hint: `use \`waxseal get ${name} > file\``,
  });
}
