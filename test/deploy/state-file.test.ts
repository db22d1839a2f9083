import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { countInState, mendState, regionsInState } from '../../scripts/deploy/state-file.ts';

const STATE = JSON.stringify({ resources: [{ instances: [{ attributes: { region: 'eu-west-1' } }] }] });

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'waxseal-state-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test('a whole state is left alone, and so is none', () => {
  const path = folder({ 'a.tfstate': STATE });
  expect(mendState(join(path, 'a.tfstate'))).toBeUndefined();
  expect(mendState(join(path, 'b.tfstate'))).toBeUndefined();
  expect(readdirSync(path)).toEqual(['a.tfstate']);
  expect(regionsInState(join(path, 'a.tfstate'))).toEqual(['eu-west-1']);
  expect(countInState(join(path, 'b.tfstate'))).toBe(0);
});

test('the backup takes the place of a state that was cut off, which is kept', () => {
  const path = folder({ 'a.tfstate': STATE.slice(0, 20), 'a.tfstate.backup': STATE });
  expect(mendState(join(path, 'a.tfstate'))).toMatch(/cut off .* the backup is used/);
  expect(readFileSync(join(path, 'a.tfstate'), 'utf8')).toBe(STATE);
  const kept = readdirSync(path).find((name) => name.includes('cut-off'));
  expect(readFileSync(join(path, kept ?? ''), 'utf8')).toBe(STATE.slice(0, 20));
});

test.each([{}, { 'a.tfstate.backup': '{' }])('without a good backup it begins anew', (files) => {
  const path = folder({ 'a.tfstate': '', ...files });
  expect(mendState(join(path, 'a.tfstate'))).toMatch(/begins anew/);
  expect(readdirSync(path)).not.toContain('a.tfstate');
});
