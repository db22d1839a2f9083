import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unifiedDiff } from '../../cli/diff/lines.ts';
import { checkProperty } from '../support/seed.ts';

const NO_BREAK = '\\ no line break at the end';

it('shows what differs with three lines around it, and nothing of equal texts', () => {
  expect(unifiedDiff('same\n', 'same\n')).toEqual([]);
  const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
  const text = (changes: Readonly<Record<string, string>>): string =>
    lines.map((line) => `${changes[line] ?? line}\n`).join('');
  expect(unifiedDiff(text({}), text({ a: 'A', l: 'L' }))).toEqual([
    '@@ -1,4 +1,4 @@',
    ...['-a', '+A', ' b', ' c', ' d'],
    '@@ -9,4 +9,4 @@',
    ...[' i', ' j', ' k', '-l', '+L'],
  ]);
  expect(unifiedDiff(text({}), text({ f: 'F', g: 'G' }))).toEqual([
    '@@ -3,8 +3,8 @@',
    ...[' c', ' d', ' e', '-f', '-g', '+F', '+G', ' h', ' i', ' j'],
  ]);
});

it('tells an empty text and the last line break from others', () => {
  expect(unifiedDiff('', 'a\n')).toEqual(['@@ -0,0 +1,1 @@', '+a']);
  expect(unifiedDiff('a\n', '')).toEqual(['@@ -1,1 +0,0 @@', '-a']);
  expect(unifiedDiff('a\n', 'a')).toEqual(['@@ -1,1 +1,1 @@', '-a', '+a', NO_BREAK]);
});

it('shows texts of very many lines one after the other', () => {
  const text = (mark: string): string => Array.from({ length: 3000 }, (_, i) => `${mark}${i}\n`).join('');
  const shown = unifiedDiff(text('a'), text('b'));
  expect(shown).toHaveLength(6001);
  expect([shown[1], shown[6000]]).toEqual(['-a0', '+b2999']);
});

it('loses no line: what is marked gives both texts again', async () => {
  // As few lines as are shown around a change, so that none is left out.
  const lines = fc
    .array(fc.constantFrom('a', 'b', '', 'c'), { maxLength: 3 })
    .map((some) => some.map((line) => `${line}\n`).join(''));
  await checkProperty(
    'unified diffs',
    fc.property(lines, lines, (more, others) => {
      const [before, after] = [`x\n${more}`, `y\n${others}`];
      const shown = unifiedDiff(before, after);
      const without = (mark: string): string =>
        shown
          .filter((line) => !line.startsWith('@@') && !line.startsWith(mark))
          .map((line) => `${line.slice(1)}\n`)
          .join('');
      expect([without('+'), without('-')]).toEqual([before, after]);
    }),
    { small: 200, full: 20_000 },
  );
});
