/**
 * Text from a vault on its way to a terminal. A value may hold anything, so nothing of it may reach the terminal as
 * an instruction, or reorder or hide what stands beside it.
 */
import stringWidth from 'string-width';

/**
 * Controls (C0, DEL, C1), formats (bidi controls, zero-width characters, tags), line and paragraph separators and
 * lone surrogates: all that a terminal obeys, or that cannot be seen.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const GRAPHEMES: Intl.Segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a person sees as one character each. */
export function graphemes(text: string): string[] {
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
}

/** The text with everything unprintable spelled out as `\u{…}`. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Cuts a text to `width` columns, with "…" where something was left out. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const grapheme of graphemes(text)) {
    const next = stringWidth(grapheme);
    if (used + next > width - 1) break;
    kept += grapheme;
    used += next;
  }
  return `${kept}…`;
}

/** Cuts a text to `width` columns in its middle, where names of regions differ least. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const parts = graphemes(text);
  const room = Math.max(0, width - 1);
  const end = Math.floor(room / 2);
  return truncate(
    `${parts.slice(0, room - end).join('')}…${end === 0 ? '' : parts.slice(-end).join('')}`,
    width,
  );
}

/** Cuts or fills a text to exactly `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = truncate(text, width);
  const filling = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  return align === 'left' ? cut + filling : filling + cut;
}

/** Breaks one line of escaped text into pieces of at most `width` columns; an empty line is one empty piece. */
export function breakLine(line: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const grapheme of graphemes(line)) {
    const next = stringWidth(grapheme);
    if (used + next > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += grapheme;
    used += next;
  }
  pieces.push(piece);
  return pieces;
}

/** Breaks a sentence at its spaces into lines of at most `width` columns. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (stringWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakLine(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** One row of a value on the screen. */
export interface ValueRow {
  readonly text: string;
  /** The row goes on with the line above it, which was too long for the screen. */
  readonly continued: boolean;
}

/** A value as rows for the screen: its own lines, escaped, and broken where they are too long. */
export function valueRows(value: string, width: number): ValueRow[] {
  return value
    .split('\n')
    .flatMap((line) =>
      breakLine(escapeText(line), Math.max(1, width)).map((text, index) => ({ text, continued: index > 0 })),
    );
}
