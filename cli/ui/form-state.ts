/** The form that adds or edits a secret. Pure. The value lives here and nowhere else, for as long as the form does. */
import { checkSecretName } from '../../src/secret-name.ts';
import { readExpiry, writeExpiry } from '../../src/vault/lifetime.ts';
import type { ImportProgress, ListedSecret } from '../../src/vault/types.ts';
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

/** Which of the fields has the cursor. */
export type Field = 'name' | 'value' | 'expires';

/** Who wrote while the form was open, as far as it could be found out. */
export interface Winner {
  readonly revision: number;
  readonly sealedAt?: number | undefined;
  readonly writtenBy?: string | undefined;
}

/** What the form is doing. */
export type Phase =
  | { readonly kind: 'editing' }
  | { readonly kind: 'confirm-empty' | 'confirm-leave' | 'reading' | 'looking' }
  /** With the parts of a large value that are written. */
  | { readonly kind: 'saving'; readonly parts?: ImportProgress | undefined }
  | { readonly kind: 'conflict'; readonly winner: Winner };

/** The form. */
export interface FormState {
  readonly mode: 'add' | 'edit';
  readonly field: Field;
  readonly name: TextState;
  readonly value: TextState;
  /** When it is to expire, as a person writes that; empty for never. */
  readonly expires: TextState;
  /** What stood there first. */
  readonly kept: string;
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
  | { readonly type: 'turn'; readonly by: 1 | -1 }
  | { readonly type: 'toggle-shown' | 'cover' | 'resume' }
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'failed'; readonly problem: Problem }
  | { readonly type: 'generated'; readonly text: string; readonly entropy: number }
  | { readonly type: 'current'; readonly text: string; readonly revision: number }
  | { readonly type: 'rebase'; readonly revision: number };

const FIELDS: readonly Field[] = ['name', 'value', 'expires'];

const EDITING: Phase = { kind: 'editing' };

/** An empty form: for a new secret, or for a new value of one that was listed. */
export function initialForm(secret: ListedSecret | undefined, now: number): FormState {
  const kept = writeExpiry(keptExpiry(secret, now));
  return {
    mode: secret === undefined ? 'add' : 'edit',
    field: secret === undefined ? 'name' : 'value',
    name: secret === undefined ? EMPTY_TEXT : textOf(secret.name),
    value: EMPTY_TEXT,
    expires: textOf(kept),
    kept,
    shown: false,
    beats: 0,
    phase: EDITING,
    base: secret === undefined ? 0 : secret.problem === undefined ? secret.revision : undefined,
    problem: undefined,
    note: undefined,
  };
}

/** A secret keeps its expiry when it gets a new value, unless that has passed: the new value would be born dead. */
function keptExpiry(secret: ListedSecret | undefined, now: number): number | undefined {
  const expiresAt = secret?.deleted === true ? undefined : secret?.expiresAt;
  return expiresAt !== undefined && expiresAt > now ? expiresAt : undefined;
}

/** Does one thing to the form. */
export function reduceForm(state: FormState, action: FormAction): FormState {
  switch (action.type) {
    case 'edit':
      return edited(state, editText(state[state.field], action.action));
    case 'paste': {
      const pasted: Pasted = state.field === 'value' ? pastedValue(action.text) : pastedName(action.text);
      const text = editText(state[state.field], { type: 'insert', text: pasted.text });
      return { ...edited(state, text), note: pasted.note };
    }
    case 'field':
      return state.mode === 'edit' && action.field === 'name' ? state : { ...state, field: action.field };
    case 'turn': {
      const fields: readonly Field[] = state.mode === 'edit' ? FIELDS.slice(1) : FIELDS;
      const next = fields.indexOf(state.field) + action.by + fields.length;
      return { ...state, field: fields[next % fields.length] ?? state.field };
    }
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
    case 'generated':
      return {
        ...state,
        field: 'value',
        value: textOf(action.text),
        beats: state.beats + 1,
        problem: undefined,
        note: `generated a value of ${Math.floor(action.entropy)} bits: Enter saves it, Ctrl-R shows it`,
      };
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

/** When the secret is to expire, in ms since 1970; undefined for never. @throws WaxsealError `usage` */
export function formExpiry({ expires }: FormState, now: number): number | undefined {
  const text = expires.text.trim();
  return text === '' ? undefined : readExpiry('the expiry', text, now);
}

/** What is wrong with the expiry, if anything. */
export function expiryProblem(state: FormState, now: number): Problem | undefined {
  try {
    formExpiry(state, now);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

/** The revision to write on top of. A name that was deleted comes back on top of its tombstone. */
export function baseRevision(state: FormState, secrets: readonly ListedSecret[]): number | undefined {
  if (state.mode === 'edit' || state.base !== 0) return state.base;
  return secrets.find((secret) => secret.name === state.name.text && secret.deleted)?.revision ?? 0;
}

/** Whether leaving the form would lose something. */
export function isTouched(state: FormState): boolean {
  if (state.expires.text !== state.kept) return true;
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
