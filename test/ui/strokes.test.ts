import type { Key } from 'ink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formCommand } from '../../cli/ui/form-keys.ts';
import { commands, PASTE_GAP, pasteRun, type Stroke, toStroke } from '../../cli/ui/hooks/strokes.ts';
import { INITIAL_LIST, reduceList, topFor } from '../../cli/ui/list-state.ts';

const key = (set: Partial<Key> = {}): Key => ({ ctrl: false, meta: false, shift: false, ...set }) as Key;

describe('a stroke', () => {
  test.each<[string, Partial<Key>, Stroke | undefined]>([
    ['a', {}, { kind: 'char', text: 'a' }],
    ['👍', {}, { kind: 'char', text: '👍' }],
    ['ab\r', {}, { kind: 'paste', text: 'ab\r' }],
    ['\r', { return: true }, { kind: 'key', name: 'enter' }],
    ['\r', { return: true, meta: true }, { kind: 'key', name: 'newline' }],
    ['\n', {}, { kind: 'key', name: 'newline' }],
    ['', { tab: true, shift: true }, { kind: 'key', name: 'backtab' }],
    ['', { backspace: true, meta: true }, { kind: 'ctrl', letter: 'w' }],
    ['r', { ctrl: true }, { kind: 'ctrl', letter: 'r' }],
    ['x', { meta: true }, undefined],
    ['\u{1}', {}, undefined],
    ['a', { eventType: 'release' }, undefined],
  ])('%j %j', (input, set, stroke) => expect(toStroke(input, key(set))).toEqual(stroke));

  test('is a command only where it is one key, or one motion held down', () => {
    expect(commands({ kind: 'paste', text: 'jj' })).toHaveLength(2);
    expect(commands({ kind: 'paste', text: 'dd' })).toEqual([]);
    expect(commands({ kind: 'paste', text: 'jd' })).toEqual([]);
    expect(commands({ kind: 'char', text: 'd' })).toHaveLength(1);
  });

  test('in the form', () => {
    expect(formCommand({ kind: 'key', name: 'enter' }, 'value')).toEqual({ type: 'submit' });
    expect(formCommand({ kind: 'key', name: 'down' }, 'name')).toEqual({ type: 'turn', by: 1 });
    expect(formCommand({ kind: 'key', name: 'down' }, 'value')).toEqual({
      type: 'edit',
      action: { type: 'down' },
    });
    expect(formCommand({ kind: 'key', name: 'newline' }, 'value')).toEqual({
      type: 'edit',
      action: { type: 'insert', text: '\n' },
    });
    expect(formCommand({ kind: 'ctrl', letter: 'q' }, 'value')).toBeUndefined();
  });
});

describe('a paste without brackets', () => {
  let delivered: Stroke[] = [];
  beforeEach(() => {
    delivered = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is put together again, lone newlines too, until it pauses', () => {
    const run = pasteRun((stroke) => delivered.push(stroke));
    run.push({ kind: 'paste', text: 'one' });
    run.push({ kind: 'key', name: 'enter' });
    vi.advanceTimersByTime(PASTE_GAP - 1);
    run.push({ kind: 'char', text: '2' });
    expect(delivered).toEqual([]);
    vi.advanceTimersByTime(PASTE_GAP);
    expect(delivered).toEqual([{ kind: 'paste', text: 'one\r2' }]);
    run.push({ kind: 'key', name: 'enter' });
    expect(delivered).toHaveLength(2);
  });

  test('of one line and Enter in one go is fast typing: Enter means Enter', () => {
    const run = pasteRun((stroke) => delivered.push(stroke));
    run.push({ kind: 'paste', text: 'API_KEY\r' });
    vi.advanceTimersByTime(PASTE_GAP);
    expect(delivered).toEqual([
      { kind: 'paste', text: 'API_KEY' },
      { kind: 'key', name: 'enter' },
    ]);
    run.push({ kind: 'paste', text: 'two\rlines\r' });
    vi.advanceTimersByTime(PASTE_GAP);
    expect(delivered.at(-1)).toEqual({ kind: 'paste', text: 'two\rlines\r' });
  });

  test('of one line and Tab in one go is fast typing, too: what is pasted then goes to the next field', () => {
    const run = pasteRun((stroke) => delivered.push(stroke));
    run.push({ kind: 'paste', text: 'API_KEY\t' });
    run.paste('the value');
    expect(delivered).toEqual([
      { kind: 'paste', text: 'API_KEY' },
      { kind: 'key', name: 'tab' },
      { kind: 'paste', text: 'the value' },
    ]);
    run.push({ kind: 'paste', text: 'a\tb\t' });
    vi.advanceTimersByTime(PASTE_GAP);
    expect(delivered.at(-1)).toEqual({ kind: 'paste', text: 'a\tb\t' });
  });

  test('ends before a key that is no text', () => {
    const run = pasteRun((stroke) => delivered.push(stroke));
    run.push({ kind: 'paste', text: 'one' });
    run.push({ kind: 'key', name: 'escape' });
    expect(delivered.map(({ kind }) => kind)).toEqual(['paste', 'key']);
    run.push({ kind: 'paste', text: 'two' });
    run.stop();
    vi.runAllTimers();
    expect(delivered).toHaveLength(2);
  });
});

describe('scrolling', () => {
  test.each([
    [0, 0, 10, 100, 0],
    [0, 10, 10, 100, 1],
    [50, 49, 10, 100, 49],
    [95, 99, 10, 100, 90],
    [5, 3, 10, 4, 0],
    [0, 0, 10, 0, 0],
  ])('top %d, selected %d, %d rows of %d: %d', (top, selected, height, count, expected) =>
    expect(topFor(top, selected, height, count)).toBe(expected),
  );

  test('of an empty list goes nowhere', () => {
    const end = { type: 'move', by: Number.POSITIVE_INFINITY, height: 5 } as const;
    expect(reduceList(INITIAL_LIST, end, [])).toEqual(INITIAL_LIST);
  });
});
