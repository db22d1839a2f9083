/** Editing a text: a pure reducer, and the strokes that mean an edit. */
import { graphemes } from '../escape.ts';
import type { Stroke } from './strokes.ts';

/** A text and where the cursor stands in it, in UTF-16 units, always between two graphemes. */
export interface TextState {
  readonly text: string;
  readonly cursor: number;
}

/** An edit. */
export type TextAction =
  | { readonly type: 'insert'; readonly text: string }
  | {
      readonly type:
        | 'left'
        | 'right'
        | 'up'
        | 'down'
        | 'home'
        | 'end'
        | 'backspace'
        | 'delete'
        | 'delete-word'
        | 'delete-rest'
        | 'clear';
    };

/** Nothing typed yet. */
export const EMPTY_TEXT: TextState = { text: '', cursor: 0 };

/** A text with the cursor at its end. */
export function textOf(text: string): TextState {
  return { text, cursor: text.length };
}

/** Does one edit. */
export function editText(state: TextState, action: TextAction): TextState {
  const before = state.text.slice(0, state.cursor);
  const after = state.text.slice(state.cursor);
  switch (action.type) {
    case 'insert':
      return { text: before + action.text + after, cursor: state.cursor + action.text.length };
    case 'left':
      return { ...state, cursor: state.cursor - lastLength(before) };
    case 'right':
      return { ...state, cursor: state.cursor + firstLength(after) };
    case 'home':
      return { ...state, cursor: before.lastIndexOf('\n') + 1 };
    case 'end':
      return { ...state, cursor: lineEnd(state.text, state.cursor) };
    case 'up':
      return { ...state, cursor: lineAbove(state) };
    case 'down':
      return { ...state, cursor: lineBelow(state) };
    case 'backspace':
      return joined(before.slice(0, before.length - lastLength(before)), after);
    case 'delete':
      return joined(before, after.slice(firstLength(after)));
    case 'delete-word':
      return joined(before.replace(/[^\s]*\s*$/u, ''), after);
    case 'delete-rest':
      return joined(before, state.text.slice(lineEnd(state.text, state.cursor)));
    case 'clear':
      return EMPTY_TEXT;
  }
}

function joined(before: string, after: string): TextState {
  return { text: before + after, cursor: before.length };
}

function lastLength(text: string): number {
  return graphemes(text).at(-1)?.length ?? 0;
}

function firstLength(text: string): number {
  return graphemes(text)[0]?.length ?? 0;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function lineAbove({ text, cursor }: TextState): number {
  const start = text.lastIndexOf('\n', cursor - 1) + 1;
  if (cursor === 0 || start === 0) return cursor;
  const above = text.slice(text.lastIndexOf('\n', start - 2) + 1, start - 1);
  return start - 1 - above.length + sameColumn(text.slice(start, cursor), above);
}

function lineBelow({ text, cursor }: TextState): number {
  const end = lineEnd(text, cursor);
  if (end === text.length) return cursor;
  const column = text.slice(cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1, cursor);
  return end + 1 + sameColumn(column, text.slice(end + 1, lineEnd(text, end + 1)));
}

/** The offset in `line` that has as many graphemes before it as `column`, or the line's end. */
function sameColumn(column: string, line: string): number {
  return graphemes(line).slice(0, graphemes(column).length).join('').length;
}

const BY_KEY: Readonly<Record<string, TextAction['type'] | undefined>> = {
  left: 'left',
  right: 'right',
  up: 'up',
  down: 'down',
  home: 'home',
  end: 'end',
  backspace: 'backspace',
  delete: 'delete',
};

const BY_CTRL: Readonly<Record<string, TextAction['type'] | undefined>> = {
  a: 'home',
  e: 'end',
  b: 'left',
  f: 'right',
  d: 'delete',
  h: 'backspace',
  k: 'delete-rest',
  u: 'clear',
  w: 'delete-word',
};

/** The edit that a stroke means, if it means one. Pastes are the field's own business. */
export function editFor(stroke: Stroke): TextAction | undefined {
  if (stroke.kind === 'char') return { type: 'insert', text: stroke.text };
  if (stroke.kind === 'paste') return undefined;
  const type = stroke.kind === 'key' ? BY_KEY[stroke.name] : BY_CTRL[stroke.letter];
  return type === undefined || type === 'insert' ? undefined : { type };
}

/** A paste as a field takes it, and what to say about it. */
export interface Pasted {
  readonly text: string;
  readonly note?: string | undefined;
}

/**
 * Terminals send a carriage return for each newline of a paste, so `\r\n` and `\r` become `\n`; nothing else is
 * changed, but that one line loses the newline after it, which comes from how it was selected and breaks passwords.
 * More than one line keeps its last newline: a PEM file has one. How many lines arrived is said, for a mask cannot show it.
 */
export function pastedValue(raw: string): Pasted {
  const text = raw.replace(/\r\n?/g, '\n');
  const oneLine = /^([^\n]*)\n$/.exec(text);
  if (oneLine === null) {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines === 1 ? { text } : { text, note: `${lines} lines arrived` };
  }
  return { text: oneLine[1] ?? '', note: 'left out the newline at the end of the pasted line' };
}

/** A paste into a field of one line: without the white space around it. */
export function pastedName(raw: string): Pasted {
  return { text: raw.replace(/\r\n?/g, '\n').trim() };
}
