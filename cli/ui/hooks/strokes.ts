/** Keys and pastes, freed from how a terminal spells them. */
import type { Key } from 'ink';

/** Keys that have a name. `newline` is Ctrl-J or Alt-Enter: a line break that does not submit. */
export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'enter'
  | 'newline'
  | 'escape'
  | 'tab'
  | 'backtab'
  | 'backspace'
  | 'delete';

/** One thing that a person did at the keyboard. */
export type Stroke =
  | { readonly kind: 'key'; readonly name: KeyName }
  | { readonly kind: 'ctrl'; readonly letter: string }
  | { readonly kind: 'char'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string };

const NAMED: readonly (readonly [keyof Key, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['escape', 'escape'],
  ['delete', 'delete'],
];

/** Reads what Ink's useInput reports. Several characters at once are a paste that came without its brackets. */
export function toStroke(input: string, key: Key): Stroke | undefined {
  if (key.eventType === 'release') return undefined;
  if (key.return) return { kind: 'key', name: key.meta ? 'newline' : 'enter' };
  if (key.tab) return { kind: 'key', name: key.shift ? 'backtab' : 'tab' };
  if (key.backspace) return key.meta ? { kind: 'ctrl', letter: 'w' } : { kind: 'key', name: 'backspace' };
  for (const [flag, name] of NAMED) {
    if (key[flag] === true) return { kind: 'key', name };
  }
  if (key.ctrl) return /^[a-z]$/.test(input) ? { kind: 'ctrl', letter: input } : undefined;
  if (input === '' || key.meta) return undefined;
  if (input === '\n') return { kind: 'key', name: 'newline' };
  const characters = [...input];
  if (characters.length > 1) return { kind: 'paste', text: input };
  return /\p{Cc}/u.test(input) ? undefined : { kind: 'char', text: input };
}

/** What a stroke would have been inside a paste. */
function pastedText(stroke: Stroke): string | undefined {
  if (stroke.kind === 'char' || stroke.kind === 'paste') return stroke.text;
  if (stroke.kind !== 'key') return undefined;
  return { enter: '\r', newline: '\n', tab: '\t' }[stroke.name as string];
}

/** How long after a piece of an unbracketed paste the next piece still belongs to it, in ms. */
export const PASTE_GAP = 30;

/** Puts the pieces of an unbracketed paste together again. */
export interface PasteRun {
  /** Takes a stroke that came through useInput. */
  readonly push: (stroke: Stroke) => void;
  /** Takes a bracketed paste, which is whole. */
  readonly paste: (text: string) => void;
  readonly stop: () => void;
}

/**
 * A terminal without bracketed paste sends a paste as if it were typed, in chunks cut anywhere: a lone carriage
 * return between two chunks must not submit half a secret. So whatever follows a chunk within {@link PASTE_GAP} is
 * held back and delivered with it as one paste.
 */
export function pasteRun(deliver: (stroke: Stroke) => void): PasteRun {
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    if (held === '') return;
    const text = held;
    held = '';
    // One line and Enter or Tab in one go is fast typing, or a slow line that joined the keys: Enter means Enter, and
    // what follows a Tab belongs to the next field. Several lines are a paste, of which no line break submits.
    const [, typed, end] = /^([^\r\n\t]+)([\r\t])$/.exec(text) ?? [];
    deliver({ kind: 'paste', text: typed ?? text });
    if (typed !== undefined) deliver({ kind: 'key', name: end === '\t' ? 'tab' : 'enter' });
  };
  return {
    push(stroke) {
      const text = pastedText(stroke);
      if (text !== undefined && (stroke.kind === 'paste' || held !== '')) {
        held += text;
        clearTimeout(timer);
        timer = setTimeout(flush, PASTE_GAP);
        return;
      }
      flush();
      deliver(stroke);
    },
    paste(text) {
      flush();
      deliver({ kind: 'paste', text });
    },
    stop() {
      clearTimeout(timer);
      held = '';
    },
  };
}

/** A motion key that was held down arrives as one chunk of itself; anything else of several characters is no command. */
export function commands(stroke: Stroke): readonly Stroke[] {
  if (stroke.kind !== 'paste') return [stroke];
  const characters = [...stroke.text];
  const [first] = characters;
  if (first === undefined || !'jk'.includes(first) || characters.some((other) => other !== first)) return [];
  return characters.map((text) => ({ kind: 'char', text }));
}
