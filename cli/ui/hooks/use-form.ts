import { randomBytes } from 'node:crypto';
import { useEffect, useRef } from 'react';
import { isWaxsealError } from '../../../src/errors.ts';
import { generateValue, USUAL_RECIPE } from '../../../src/vault/generate.ts';
import { findSecret, secretsOf } from '../app-state.ts';
import { type FormCommand, formCommand } from '../form-keys.ts';
import {
  baseRevision,
  expiryProblem,
  type FormAction,
  type FormState,
  formExpiry,
  initialForm,
  isTouched,
  nameProblem,
  reduceForm,
  type Winner,
} from '../form-state.ts';
import { describeError, describeWrite } from '../format.ts';
import { type AppVault, useSession } from '../session.ts';
import { contentOf } from './use-reveal.ts';
import { useStore } from './use-store.ts';
import { useStrokes } from './use-strokes.ts';

/** What the form's screen shows and answers. */
export interface FormControl {
  readonly form: FormState;
  readonly dispatch: (action: FormAction) => void;
  readonly save: () => void;
  readonly leave: () => void;
}

/** The form's state, its keys, and what it does with the vault. */
export function useForm(name: string | undefined): FormControl {
  const session = useSession();
  const { vault, active, state } = session;
  const [form, dispatch, read] = useStore<FormState, FormAction>(reduceForm, () =>
    initialForm(name === undefined ? undefined : findSecret(session.read(), name), Date.now()),
  );
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `covers` is what asks for covering
  useEffect(() => dispatch({ type: 'cover' }), [state.covers, dispatch]);

  const leave = (): void => session.dispatch({ type: 'back' });

  const save = async (): Promise<void> => {
    const secrets = secretsOf(session.read());
    const current = read();
    const now = Date.now();
    // It was looked at before an empty value was asked about, which may be a while ago.
    const late = expiryProblem(current, now);
    if (late !== undefined) {
      dispatch({ type: 'failed', problem: late });
      return;
    }
    const expiresAt = formExpiry(current, now);
    dispatch({ type: 'phase', phase: { kind: 'saving' } });
    session.dispatch({ type: 'writing', writing: true });
    const bytes = new TextEncoder().encode(current.value.text);
    try {
      const result = await vault.set(current.name.text, bytes, {
        expectRevision: baseRevision(current, secrets),
        expiresAt,
        onProgress: (parts) => dispatch({ type: 'phase', phase: { kind: 'saving', parts } }),
      });
      const whole = result.behind.length === 0 && result.unpublished === undefined;
      const tone = whole ? 'done' : 'warning';
      session.dispatch({
        type: 'written',
        status: { tone, ...describeWrite('saved', result, vault.regions) },
      });
    } catch (error) {
      session.dispatch({ type: 'writing', writing: false });
      if (isWaxsealError(error, 'conflict', 'already_exists')) await meetWinner(error);
      else dispatch({ type: 'failed', problem: describeError(error) });
    } finally {
      bytes.fill(0);
    }
  };

  const meetWinner = async (error: unknown): Promise<void> => {
    dispatch({ type: 'phase', phase: { kind: 'looking' } });
    abort.current = new AbortController();
    const { signal } = abort.current;
    const winner = await findWinner(vault, read().name.text, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (winner === undefined) dispatch({ type: 'failed', problem: describeError(error) });
    else dispatch({ type: 'phase', phase: { kind: 'conflict', winner } });
  };

  const takeCurrent = async (): Promise<void> => {
    const before = read();
    if (before.mode !== 'edit') return;
    dispatch({ type: 'phase', phase: { kind: 'reading' } });
    abort.current = new AbortController();
    const { signal } = abort.current;
    try {
      const secret = await vault.get(before.name.text, { signal });
      const content = contentOf(secret);
      if (signal.aborted) return;
      if ('text' in content) dispatch({ type: 'current', text: content.text, revision: secret.revision });
      else dispatch({ type: 'failed', problem: BINARY });
    } catch (error) {
      if (!signal.aborted) dispatch({ type: 'failed', problem: describeError(error) });
    }
  };

  const submit = (): void => {
    const current = read();
    if (nameProblem(current, vault.path, secretsOf(session.read())) !== undefined) {
      dispatch({ type: 'field', field: 'name' });
      return;
    }
    if (current.field === 'name') {
      dispatch({ type: 'field', field: 'value' });
      return;
    }
    const wrong = expiryProblem(current, Date.now());
    if (wrong !== undefined) {
      dispatch({ type: 'field', field: 'expires' });
      dispatch({ type: 'failed', problem: wrong });
    } else if (current.value.text === '') dispatch({ type: 'phase', phase: { kind: 'confirm-empty' } });
    else void save();
  };

  const generate = (): void => {
    if (read().value.text !== '') {
      dispatch({ type: 'failed', problem: IN_THE_WAY });
      return;
    }
    const { value, entropy } = generateValue(USUAL_RECIPE, randomBytes);
    dispatch({ type: 'generated', text: new TextDecoder().decode(value), entropy });
    value.fill(0);
  };

  const cancel = (): void => {
    if (isTouched(read())) dispatch({ type: 'phase', phase: { kind: 'confirm-leave' } });
    else leave();
  };

  const run = (command: FormCommand): void => {
    if (command.type === 'submit') submit();
    else if (command.type === 'cancel') cancel();
    else if (command.type === 'take-current') void takeCurrent();
    else if (command.type === 'generate') generate();
    else dispatch(command);
  };

  useStrokes(
    (stroke) => {
      const { phase, field } = read();
      if (phase.kind === 'editing') {
        const command = formCommand(stroke, field);
        if (command !== undefined) run(command);
      } else if (phase.kind === 'reading' || phase.kind === 'looking') {
        if (stroke.kind !== 'key' || stroke.name !== 'escape') return;
        abort.current?.abort();
        dispatch({ type: 'resume' });
      }
    },
    'text',
    active,
  );
  return { form, dispatch, save: () => void save(), leave };
}

const IN_THE_WAY = {
  message: 'there is a value already',
  hint: 'Ctrl-U empties its line; Ctrl-G makes a value where there is none',
} as const;

const BINARY = {
  message: 'the current value is binary and cannot be edited here',
  hint: 'type or paste a new one, or use `waxseal set NAME < file`',
} as const;

/** Who wrote last. The history knows who; where it can't be read, the secret itself knows the revision. */
async function findWinner(vault: AppVault, name: string, signal: AbortSignal): Promise<Winner> {
  const items = await vault.history(name, { signal }).catch(() => []);
  const newest = items.find((item) => item.problem === undefined);
  if (newest !== undefined) return newest;
  const { revision, sealedAt } = await vault.get(name, { signal });
  return { revision, sealedAt };
}
