/** What docs/recipes shows runs as it stands, against the embedded AWS. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NODE, ROOT, sandbox } from './support/sandbox.ts';

const FOLDER = join(ROOT, 'docs', 'recipes');
const recipes = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs'));

test('there are recipes for files, rows and uploads', () => {
  expect(recipes.sort()).toEqual(['file-system.mjs', 'rows.mjs', 'upload.mjs']);
});

test.each(recipes)('%s', async (name) => {
  const box = sandbox();
  const ended = await box.start(NODE, [join(FOLDER, name)]).ended;
  expect([ended.status, ended.out], ended.err).toEqual([0, expect.stringMatching(/^\w+: ok\n$/)]);
});
