import { Text } from 'ink';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { escapeText, graphemes, truncate } from '../escape.ts';
import type { TextState } from '../hooks/use-text-input.ts';

/** The cursor: a glyph and no colour, so that it shows everywhere. */
export const CURSOR = '▏';

/** A field of one line. What is too long scrolls, so that the cursor stays in sight. */
export function TextField(props: {
  readonly state: TextState;
  readonly focused: boolean;
  readonly width: number;
}): ReactNode {
  const { state, focused, width } = props;
  if (!focused) return <Text>{truncate(escapeText(state.text), width)}</Text>;
  const before = lastColumns(escapeText(state.text.slice(0, state.cursor)), width - 2);
  const room = Math.max(0, width - 1 - stringWidth(before));
  return <Text>{before + CURSOR + truncate(escapeText(state.text.slice(state.cursor)), room)}</Text>;
}

/** The end of a text, as much as fits into `width` columns. */
function lastColumns(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const grapheme of graphemes(text).reverse()) {
    if (stringWidth(grapheme + kept) > width - 1) break;
    kept = grapheme + kept;
  }
  return `…${kept}`;
}
