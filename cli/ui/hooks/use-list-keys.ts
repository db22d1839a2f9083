import { useApp } from 'ink';
import type { AppAction } from '../app-state.ts';
import type { ListState } from '../list-state.ts';
import { useSession } from '../session.ts';
import type { Stroke } from './strokes.ts';
import { useStrokes } from './use-strokes.ts';
import { editFor, editText, pastedName, textOf } from './use-text-input.ts';

/** The move that a stroke means, with `height` rows on the screen. */
export function moveFor(stroke: Stroke, height: number): AppAction | undefined {
  const by = stepFor(stroke, height);
  return by === undefined ? undefined : { type: 'move', by, height };
}

/** How far a stroke scrolls; ±Infinity is the end. */
export function stepFor(stroke: Stroke, height: number): number | undefined {
  const name = stroke.kind === 'key' ? stroke.name : stroke.kind === 'char' ? stroke.text : '';
  switch (name) {
    case 'up':
    case 'k':
      return -1;
    case 'down':
    case 'j':
      return 1;
    case 'pageup':
      return -height;
    case 'pagedown':
      return height;
    case 'home':
    case 'g':
      return Number.NEGATIVE_INFINITY;
    case 'end':
    case 'G':
      return Number.POSITIVE_INFINITY;
    default:
      return undefined;
  }
}

const COMMANDS: Readonly<Record<string, AppAction | undefined>> = {
  a: { type: 'add' },
  e: { type: 'edit' },
  d: { type: 'delete' },
  s: { type: 'regions' },
  R: { type: 'reload' },
  t: { type: 'toggle-deleted' },
  '/': { type: 'filter-open' },
  '?': { type: 'help' },
};

/** What a key does on the list while no filter is typed. */
export function listCommand(stroke: Stroke, height: number): AppAction | undefined {
  const move = moveFor(stroke, height);
  if (move !== undefined) return move;
  if (stroke.kind === 'char') return COMMANDS[stroke.text];
  if (stroke.kind !== 'key') return undefined;
  if (stroke.name === 'enter') return { type: 'open' };
  return stroke.name === 'escape' ? { type: 'filter-clear' } : undefined;
}

/** What a key does while a filter is typed. */
export function filterCommand(stroke: Stroke, list: ListState, height: number): AppAction | undefined {
  if (stroke.kind === 'paste')
    return { type: 'filter-set', filter: list.filter + pastedName(stroke.text).text };
  if (stroke.kind === 'key') {
    if (stroke.name === 'enter') return { type: 'filter-done' };
    if (stroke.name === 'escape') return { type: 'filter-clear' };
    const move = moveFor(stroke, height);
    if (move !== undefined) return move;
  }
  const edit = editFor(stroke);
  return edit === undefined
    ? undefined
    : { type: 'filter-set', filter: editText(textOf(list.filter), edit).text };
}

/** The keys of the list. */
export function useListKeys(height: number, active: boolean): void {
  const { dispatch, read, state } = useSession();
  const { exit } = useApp();
  const filtering = state.list.filtering;
  useStrokes(
    (stroke) => {
      const { list } = read();
      if (!list.filtering && stroke.kind === 'char' && stroke.text === 'q') {
        exit();
        return;
      }
      const action = list.filtering ? filterCommand(stroke, list, height) : listCommand(stroke, height);
      if (action !== undefined) dispatch(action);
    },
    filtering ? 'text' : 'commands',
    active,
  );
}
