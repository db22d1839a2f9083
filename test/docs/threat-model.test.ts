/** The threat model against what it names. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'THREAT-MODEL.md'), 'utf8');
const named = [...page.matchAll(/`(test\/[^`\s]+)`/g)].map(([, file = '']) => file);

/** The rows of the table under a heading, as cells. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('names tests and vectors that are there', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

it('names one for each promise, and for what is not promised', () => {
  for (const heading of ['What is promised', 'What is not promised']) {
    const found = rows(heading);
    expect(found.length, heading).toBeGreaterThan(5);
    expect(found.filter((cells) => !/`test\/.+`/.test(cells.at(-1) ?? ''))).toEqual([]);
  }
});

it('has its vectors refused, but for those of what nothing vouches for', () => {
  for (const file of named.filter((name) => name.startsWith('test/vectors/'))) {
    const vector = JSON.parse(readFileSync(join(root, file), 'utf8')) as { readonly expect: string };
    expect(vector.expect === 'opens', file).toBe(file.endsWith('/other-slot.json'));
  }
});
