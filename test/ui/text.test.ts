import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  breakLine,
  escapeText,
  graphemes,
  pad,
  truncate,
  valueRows,
  wrapWords,
} from '../../cli/ui/escape.ts';
import {
  age,
  copiesSummary,
  describeError,
  describeWrite,
  expiry,
  moment,
  shortArn,
} from '../../cli/ui/format.ts';
import {
  EMPTY_TEXT,
  editText,
  pastedName,
  pastedValue,
  type TextAction,
  type TextState,
  textOf,
} from '../../cli/ui/hooks/use-text-input.ts';
import { WaxsealError } from '../../src/errors.ts';

const edits = (state: TextState, ...types: Exclude<TextAction['type'], 'insert'>[]): TextState =>
  types.reduce((now, type) => editText(now, { type }), state);

describe('escaping', () => {
  test.each([
    ['\u{1B}[31m', '\\u{1b}[31m'],
    ['\u{9B}2J', '\\u{9b}2J'],
    ['a\u{202E}b\u{2066}c', 'a\\u{202e}b\\u{2066}c'],
    ['zero\u{200B}width', 'zero\\u{200b}width'],
    ['\u{D800}', '\\u{d800}'],
    ['\u{2028}\u{7F}\t', '\\u{2028}\\u{7f}\\u{9}'],
    ['日本語 é ß', '日本語 é ß'],
  ])('%j', (raw, escaped) => expect(escapeText(raw)).toBe(escaped));

  test('leaves nothing that a terminal would obey, in rows that fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 40 }), (value, width) => {
        const rows = valueRows(value, width);
        for (const { text } of rows) {
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          // One grapheme may be wider than the screen; then it has a row of its own.
          expect(stringWidth(text) <= width || graphemes(text).length === 1).toBe(true);
        }
        expect(rows.filter((row) => !row.continued)).toHaveLength(value.split('\n').length);
        const joined = rows.map(({ text, continued }) => (continued ? text : `\n${text}`)).join('');
        expect(joined.slice(1)).toBe(value.split('\n').map(escapeText).join('\n'));
      }),
    );
  });

  test('cuts and fills by columns, not by characters', () => {
    expect(truncate('日本語', 6)).toBe('日本語');
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(pad('日本', 6)).toBe('日本  ');
    expect(pad('7', 3, 'right')).toBe('  7');
    expect(breakLine('日本語', 4)).toEqual(['日本', '語']);
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapWords('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  });
});

describe('words', () => {
  const SECOND = 1000;
  const DAY = 86_400 * SECOND;
  test.each([
    [-5, 'now'],
    [4.9 * SECOND, 'now'],
    [59 * SECOND, '59 s'],
    [60 * SECOND, '1 min'],
    [2.9 * 3600 * SECOND, '2 h'],
    [59 * DAY, '59 d'],
    [90 * DAY, '3 mo'],
    [800 * DAY, '2 y'],
  ])('%d ms ago is %s', (passed, said) => expect(age(1e12 - passed, 1e12)).toBe(said));

  test('points in time', () => {
    expect(moment(0)).toBe('1970-01-01 00:00 UTC');
    expect(moment(Number.NaN)).toBe('unknown');
    expect(expiry(undefined, 0)).toBe('never');
    expect(expiry(0, 1)).toBe('1970-01-01 00:00 UTC, expired just now');
  });

  test('copies', () => {
    const regions = ['a', 'b', 'c'];
    expect(copiesSummary({ a: 'equal', b: 'equal', c: 'equal' }, regions)).toBe('✓ all 3');
    expect(copiesSummary({ a: 'equal', b: 'behind', c: 'unreadable' }, regions)).toBe(
      '1 unreadable, 1 behind',
    );
    expect(copiesSummary({ a: 'equal' }, regions)).toBe('?');
  });

  test('who wrote', () => {
    expect(shortArn('arn:aws:iam::123456789012:user/alice')).toBe('alice');
    expect(shortArn('arn:aws:sts::123456789012:assumed-role/ci/build-7')).toBe('ci/build-7');
    expect(shortArn('\u{1B}odd')).toBe('\\u{1b}odd');
    expect(shortArn(undefined)).toBe('unknown');
  });

  test('errors: ours are quoted, foreign ones are not', () => {
    expect(describeError(new WaxsealError('denied', 'no\u{7}', { hint: 'ask' }))).toEqual({
      message: 'no\\u{7}',
      hint: 'ask',
    });
    expect(describeError(new SyntaxError('"hunter2" is not valid JSON')).message).not.toContain('hunter2');
    expect(describeError('hunter2').message).not.toContain('hunter2');
  });

  test('writes', () => {
    const result = { name: 'A', revision: 3, changed: true, behind: [] };
    expect(describeWrite('saved', result, ['a', 'b', 'c'])).toEqual({
      message: 'saved A, revision 3, in a, b and c',
    });
    const behind = ['b', 'c'].map((region) => ({ region, error: new WaxsealError('throttled', 'too fast') }));
    expect(describeWrite('saved', { ...result, behind }, ['a', 'b', 'c'])).toEqual({
      message: 'saved A, revision 3, in a; b and c lag behind: too fast',
      hint: '`waxseal region sync` brings it up to date',
    });
    expect(describeWrite('saved', { ...result, changed: false }, []).message).toBe(
      'A stays as it was, revision 3',
    );
  });
});

describe('editing a text', () => {
  test('moves and deletes by what a person sees as one character', () => {
    const family = '👨‍👩‍👧';
    expect(edits(textOf(`a${family}`), 'backspace')).toEqual(textOf('a'));
    expect(edits(textOf(`a${family}`), 'left', 'left', 'delete').text).toBe(family);
    expect(edits(textOf('ab'), 'left', 'right', 'right').cursor).toBe(2);
    expect(edits(EMPTY_TEXT, 'left', 'backspace', 'delete', 'up', 'down')).toEqual(EMPTY_TEXT);
  });

  test('moves within and between lines', () => {
    const text = textOf('first\nse\nthird');
    expect(edits(text, 'home').cursor).toBe(9);
    expect(edits(text, 'up').cursor).toBe(8);
    expect(edits(text, 'up', 'up').cursor).toBe(2);
    expect(edits(text, 'up', 'up', 'up').cursor).toBe(2);
    expect(edits(text, 'up', 'up', 'end').cursor).toBe(5);
    expect(edits(text, 'up', 'up', 'down').cursor).toBe(8);
    expect(edits(text, 'down').cursor).toBe(text.cursor);
    expect(edits({ text: '\nx', cursor: 1 }, 'up').cursor).toBe(0);
    expect(edits({ text: '\nx', cursor: 0 }, 'down').cursor).toBe(1);
  });

  test('clears, and deletes words and the rest of a line', () => {
    expect(edits(textOf('one two  '), 'delete-word').text).toBe('one ');
    expect(edits({ text: 'one two\nthree', cursor: 3 }, 'delete-rest').text).toBe('one\nthree');
    expect(edits(textOf('x'), 'clear')).toEqual(EMPTY_TEXT);
  });

  test('keeps the cursor between two graphemes whatever is done', () => {
    const action = fc.oneof(
      fc.record({
        type: fc.constant('insert' as const),
        text: fc.constantFrom('a', '\n', 'e\u{301}', '👨‍👩‍👧', '日'),
      }),
      fc.record({
        type: fc.constantFrom(
          ...([
            'left',
            'right',
            'up',
            'down',
            'home',
            'end',
            'backspace',
            'delete',
            'delete-word',
            'delete-rest',
          ] as const),
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { text, cursor } = actions.reduce<TextState>(editText, EMPTY_TEXT);
        const ends = [0];
        for (const part of graphemes(text)) ends.push((ends.at(-1) ?? 0) + part.length);
        expect(ends).toContain(cursor);
      }),
    );
  });

  test.each([
    ['a\rb\r', 'a\nb\n', '2 lines arrived'],
    ['a\r\nb', 'a\nb', '2 lines arrived'],
    ['a\n', 'a', 'left out the newline at the end of the pasted line'],
    ['a', 'a', undefined],
    [' a ', ' a ', undefined],
    ['a\n\n', 'a\n\n', '2 lines arrived'],
  ])('a pasted value %j', (raw, text, note) => {
    expect(pastedValue(raw)).toEqual(note === undefined ? { text } : { text, note });
  });

  test('a pasted name', () => expect(pastedName(' DATABASE_URL\r\n').text).toBe('DATABASE_URL'));
});
