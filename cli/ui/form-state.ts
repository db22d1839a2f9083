/** The form that adds or edits a secret. Pure. The value lives here and nowhere else, for as long as the form does. */
import { checkSecretName } from '../../src/secret-name.ts';
import type { ListedSecret } from '../../src/vault/types.ts';
import { age, describeError, type Problem, shortArn } from './format.ts';
import {
  EMPTY_TEXT,
  editText,
  type Pasted,
  pastedName,
  pastedValue,
  type TextAction,
  type TextState,
  textOf,
} from './hooks/use-text-input.ts';

/** Which of the two fields has the cursor. */
export type Field = 'name' | 'value';

/** Who wrote while the form was open, as far as it could be found out. */
export interface Winner {
  readonly revision: number;
  readonly sealedAt?: number | undefined;
  readonly writtenBy?: string | undefined;
}

/** What the form is doing. */
export type Phase =
  | { readonly kind: 'editing' }
  | { readonly kind: 'confirm-empty' | 'confirm-leave' | 'saving' | 'reading' | 'looking' }
  | { readonly kind: 'conflict'; readonly winner: Winner };

/** The form. */
export interface FormState {
  readonly mode: 'add' | 'edit';
  readonly field: Field;
  readonly name: TextState;
  readonly value: TextState;
  readonly shown: boolean;
  /** Counts the edits of the value, for a sign of life that tells nothing else. */
  readonly beats: number;
  readonly phase: Phase;
  /** The revision to write on top of; undefined where it is not to be trusted. */
  readonly base: number | undefined;
  readonly problem: Problem | undefined;
  readonly note: string | undefined;
}

/** What happens to the form. */
export type FormAction =
  | { readonly type: 'edit'; readonly action: TextAction }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'field'; readonly field: Field }
  | { readonly type: 'toggle-shown' | 'cover' | 'resume' }
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'failed'; readonly problem: Problem }
  | { readonly type: 'current'; readonly text: string; readonly revision: number }
  | { readonly type: 'rebase'; readonly revision: number };

const EDITING: Phase = { kind: 'editing' };

/** An empty form: for a new secret, or for a new value of one that was listed. */
export function initialForm(secret: ListedSecret | undefined): FormState {
  return {
    mode: secret === undefined ? 'add' : 'edit',
    field: secret === undefined ? 'name' : 'value',
    name: secret === undefined ? EMPTY_TEXT : textOf(secret.name),
    value: EMPTY_TEXT,
    shown: false,
    beats: 0,
    phase: EDITING,
    base: secret === undefined ? 0 : secret.problem === undefined ? secret.revision : undefined,
    problem: undefined,
    note: undefined,
  };
}

/** Does one thing to the form. */
export function reduceForm(state: FormState, action: FormAction): FormState {
  switch (action.type) {
    case 'edit':
      return edited(state, editText(state[state.field], action.action));
    case 'paste': {
      const pasted: Pasted = state.field === 'name' ? pastedName(action.text) : pastedValue(action.text);
      const text = editText(state[state.field], { type: 'insert', text: pasted.text });
      return { ...edited(state, text), note: pasted.note };
    }
    case 'field':
      return state.mode === 'edit' ? state : { ...state, field: action.field };
    case 'toggle-shown':
      return { ...state, shown: !state.shown };
    case 'cover':
      return { ...state, shown: false };
    case 'resume':
      return { ...state, phase: EDITING };
    case 'phase':
      return { ...state, phase: action.phase, problem: undefined, note: undefined };
    case 'failed':
      return { ...state, phase: EDITING, problem: action.problem, note: undefined };
    case 'current':
      return {
        ...state,
        phase: EDITING,
        value: textOf(action.text),
        base: action.revision,
        beats: state.beats + 1,
        note: `took over the value of revision ${action.revision}`,
      };
    case 'rebase':
      return {
        ...state,
        phase: EDITING,
        base: action.revision,
        note: `what you typed is kept: Enter writes it on top of revision ${action.revision}`,
      };
  }
}

function edited(state: FormState, text: TextState): FormState {
  const typed = { ...state, [state.field]: text, problem: undefined, note: undefined };
  return state.field === 'value' ? { ...typed, beats: state.beats + 1 } : typed;
}

/** What is wrong with the name, if anything: by the rules, or because a secret has it. */
export function nameProblem(
  state: FormState,
  vault: string,
  secrets: readonly ListedSecret[],
): Problem | undefined {
  if (state.mode === 'edit') return undefined;
  try {
    checkSecretName(vault, state.name.text);
  } catch (error) {
    return describeError(error);
  }
  const taken = secrets.find((secret) => secret.name === state.name.text && !secret.deleted);
  if (taken === undefined) return undefined;
  return {
    message: `${taken.name} is there already, revision ${taken.revision}`,
    hint: 'go back with Esc and press e on it to give it a new value',
  };
}

/** The revision to write on top of. A name that was deleted comes back on top of its tombstone. */
export function baseRevision(state: FormState, secrets: readonly ListedSecret[]): number | undefined {
  if (state.mode === 'edit' || state.base !== 0) return state.base;
  return secrets.find((secret) => secret.name === state.name.text && secret.deleted)?.revision ?? 0;
}

/** Whether leaving the form would lose something. */
export function isTouched(state: FormState): boolean {
  return state.value.text !== '' || (state.mode === 'add' && state.name.text !== '');
}

/** What is asked after a conflict. */
export function conflictDetails(winner: Winner, now: number): readonly string[] {
  const who = winner.writtenBy === undefined ? 'somebody else' : shortArn(winner.writtenBy);
  const when = winner.sealedAt === undefined ? '' : `, ${age(winner.sealedAt, now)} ago`;
  return [
    `${who} came first with revision ${winner.revision}${when}`.replace('now ago', 'just now'),
    'yours was not written; what you typed is kept either way',
  ];
}
