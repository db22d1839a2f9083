/** `waxseal file` on bad input: each its own refusal, and nothing under the name of the output. */
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomNumbers, seed, tried } from '../support/seed.ts';
import { fileTests, large } from './support/files.ts';

const { folder, ok, refused, run, sealed } = fileTests();

test('cut off at random places: nothing appears under the name, a pipe gets an authentic beginning and status 6', async () => {
  const cwd = folder();
  const path = await sealed(cwd, 'a', large);
  const whole = readFileSync(path);
  tried('cut', 5);
  const random = randomNumbers(seed);
  for (const length of [0, 100, 700, whole.length - 1, 1 + Math.floor(random() * whole.length)]) {
    writeFileSync(path, whole.subarray(0, length));
    const ended = await run(cwd, ['decrypt', 'a.waxseal', '-o', 'b']);
    expect([ended.status, existsSync(join(cwd, 'b'))], `${length} bytes`).toEqual([6, false]);
    const piped = await run(cwd, ['decrypt', '-q'], whole.subarray(0, length));
    expect(piped.status, `${length} bytes`).toBe(6);
    expect(large.subarray(0, piped.stdout.length).equals(piped.stdout)).toBe(true);
  }
  expect(readdirSync(cwd).sort()).toEqual(['a', 'a.waxseal']);
});

test('wrong context, a forged one, no sealed file: each its own refusal', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), 'x');
  await ok(cwd, ['encrypt', 'a', '--context', 'customer=42']);
  const open = ['decrypt', 'a.waxseal', '-o', 'b'];
  await refused(cwd, open, 6, 'misplaced');
  await refused(cwd, [...open, '--context', 'customer=43'], 6, 'misplaced');
  await refused(cwd, [...open, '--context', 'customer'], 2, 'usage');
  await refused(cwd, [...open, '--context', 'a=1', '--context', 'a=2'], 2, 'usage');
  await refused(cwd, ['encrypt', '--context', 'waxseal:vault=/x', '-o', 'c'], 2, 'usage', 'x');
  await refused(cwd, ['decrypt', 'a', '-o', 'b'], 6, 'malformed');
  await refused(cwd, ['inspect', 'a'], 6, 'malformed');
  const forged = readFileSync(join(cwd, 'a.waxseal'), 'latin1').replace('"42"', '"43"');
  writeFileSync(join(cwd, 'f.waxseal'), forged, 'latin1');
  await refused(cwd, ['decrypt', 'f.waxseal', '--context', 'customer=43'], 6, 'decrypt_failed');
  expect(readdirSync(cwd).sort()).toEqual(['a', 'a.waxseal', 'f.waxseal']);
});

test('what is there is not overwritten unless it is meant; what is no file never', async () => {
  const cwd = folder();
  await sealed(cwd);
  writeFileSync(join(cwd, 'there'), 'precious');
  await refused(cwd, ['encrypt', 'a'], 5, 'already_exists');
  await refused(cwd, ['decrypt', 'a.waxseal'], 5, 'already_exists');
  await refused(cwd, ['decrypt', 'a.waxseal', '-o', 'there'], 5, 'already_exists');
  symlinkSync('nowhere', join(cwd, 'dangling'));
  await refused(cwd, ['decrypt', 'a.waxseal', '-o', 'dangling'], 5, 'already_exists');
  await refused(cwd, ['decrypt', 'a.waxseal', '-o', '/dev/null', '--force'], 2, 'usage');
  await refused(cwd, ['decrypt', 'a.waxseal', '-o', 'no/such/folder'], 2, 'usage');
  await refused(cwd, ['decrypt', 'a.waxseal', '-o', 'x', '--in-place'], 2, 'usage');
  expect((await run(cwd, ['decrypt', '--json'], 'x')).status).toBe(2);
  expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('precious');
  await ok(cwd, ['decrypt', 'a.waxseal', '-o', 'there', '--force']);
  expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('hello\n');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});
