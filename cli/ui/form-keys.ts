/** What a stroke does in the form. Pure. */
import type { Field, FormAction } from './form-state.ts';
import type { Stroke } from './hooks/strokes.ts';
import { editFor } from './hooks/use-text-input.ts';

/** A change of the form, or one of the things it does with the vault or the app. */
export type FormCommand =
  | FormAction
  | { readonly type: 'submit' }
  | { readonly type: 'cancel' }
  | { readonly type: 'take-current' }
  | { readonly type: 'generate' };

/** The command that a stroke means in a field. */
export function formCommand(stroke: Stroke, field: Field): FormCommand | undefined {
  if (stroke.kind === 'paste') return { type: 'paste', text: stroke.text };
  const special =
    stroke.kind === 'ctrl'
      ? ctrlCommand(stroke.letter)
      : stroke.kind === 'key'
        ? keyCommand(stroke.name, field)
        : undefined;
  if (special !== undefined) return special;
  const action = editFor(stroke);
  return action === undefined ? undefined : { type: 'edit', action };
}

function ctrlCommand(letter: string): FormCommand | undefined {
  if (letter === 'r') return { type: 'toggle-shown' };
  if (letter === 'g') return { type: 'generate' };
  return letter === 'o' ? { type: 'take-current' } : undefined;
}

function keyCommand(name: string, field: Field): FormCommand | undefined {
  const turn = (by: 1 | -1): FormCommand => ({ type: 'turn', by });
  switch (name) {
    case 'enter':
      return { type: 'submit' };
    case 'escape':
      return { type: 'cancel' };
    case 'tab':
      return turn(1);
    case 'backtab':
      return turn(-1);
    case 'newline':
      return field === 'value' ? { type: 'edit', action: { type: 'insert', text: '\n' } } : turn(1);
    case 'up':
      // In the value these move between its lines.
      return field === 'value' ? undefined : turn(-1);
    case 'down':
      return field === 'value' ? undefined : turn(1);
    default:
      return undefined;
  }
}
