/** `waxseal file` there and back: by name, through pipes, in place, from odd inputs. */
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { fileTests, LARGE, large } from './support/files.ts';

const { box, folder, ok, refused, sealed } = fileTests();

test('there and back by name: the output appears beside it, with mode and time; the file stays', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a b.txt'), large);
  chmodSync(join(cwd, 'a b.txt'), 0o640);
  utimesSync(join(cwd, 'a b.txt'), 1_500_000_000, 1_500_000_000);
  const json = JSON.parse(
    (await ok(cwd, ['encrypt', 'a b.txt', '--json', '--context', 'k=v=w'])).out,
  ) as object;
  expect(json).toMatchObject({ vault: '/acme/dev', read: LARGE, context: { k: 'v=w' } });
  const out = statSync(join(cwd, 'a b.txt.waxseal'));
  expect([out.mode & 0o777, out.mtimeMs]).toEqual([0o640, 1_500_000_000_000]);
  const inspected = await ok(cwd, ['inspect', 'a b.txt.waxseal', '--json']);
  expect(JSON.parse(inspected.out)).toMatchObject({ kind: 'file', context: { k: 'v=w' }, bytes: LARGE });
  const opened = await ok(cwd, ['decrypt', 'a b.txt.waxseal', '-o', 'c', '--context', 'k=v=w']);
  expect(opened.out).toBe('');
  expect(readFileSync(join(cwd, 'c')).equals(large)).toBe(true);
  expect([statSync(join(cwd, 'c')).mode & 0o777, statSync(join(cwd, 'c')).mtimeMs]).toEqual([
    0o640, 1_500_000_000_000,
  ]);
  expect(readFileSync(join(cwd, 'a b.txt')).equals(large)).toBe(true);
  expect(readdirSync(cwd).sort()).toEqual(['a b.txt', 'a b.txt.waxseal', 'c']);
});

test.runIf(deep)('through pipes, of no byte and of many; a document too', async () => {
  const cwd = folder();
  for (const value of [Buffer.alloc(0), Buffer.from('x'), large]) {
    const { stdout } = await ok(cwd, ['encrypt'], value);
    expect(stdout.includes(large.subarray(0, 64))).toBe(false);
    expect((await ok(cwd, ['decrypt'], stdout)).stdout.equals(value)).toBe(true);
  }
  const { out } = await ok(cwd, ['encrypt', '--json-envelope', '--context', 'a=1'], 'small');
  expect(JSON.parse(out)).toMatchObject({ wx: 1, is: 'envelope', vault: '/acme/dev', ctx: { a: '1' } });
  const compact = JSON.stringify(JSON.parse(out));
  expect((await ok(cwd, ['decrypt', '--context', 'a=1'], compact)).out).toBe('small');
  expect((await ok(cwd, ['inspect'], compact)).out).toContain('context    a=1\n');
  await refused(cwd, ['decrypt'], 6, 'misplaced', compact);
  await refused(cwd, ['encrypt', '--json-envelope'], 2, 'usage', large);
  expect(readdirSync(cwd)).toEqual([]);
});

test('in place: the file becomes the sealed one and back; a second sealing is refused', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), large);
  await ok(cwd, ['encrypt', 'a', '--in-place']);
  await refused(cwd, ['encrypt', 'a', '--in-place'], 2, 'usage');
  expect((await ok(cwd, ['inspect', 'a'])).out).toContain(`plaintext  ${LARGE} bytes`);
  await ok(cwd, ['decrypt', 'a', '--in-place']);
  expect(readFileSync(join(cwd, 'a')).equals(large)).toBe(true);
  await refused(cwd, ['decrypt', 'a', '--in-place'], 6, 'malformed');
  expect(readFileSync(join(cwd, 'a')).equals(large)).toBe(true);
  writeFileSync(join(cwd, 'b'), 'small');
  await ok(cwd, ['encrypt', 'b', '--in-place', '--json-envelope']);
  await refused(cwd, ['encrypt', 'b', '--in-place'], 2, 'usage');
  await ok(cwd, ['encrypt', 'b', '--in-place', '--force']);
  await ok(cwd, ['decrypt', 'b', '--in-place']);
  await ok(cwd, ['decrypt', 'b', '--in-place']);
  expect(readFileSync(join(cwd, 'b'), 'utf8')).toBe('small');
});

test('odd inputs: a leading dash, a folder, a missing one, a FIFO, a symlink, a second name', async () => {
  const cwd = folder();
  await sealed(cwd, '-x', 'dashed');
  expect((await ok(cwd, ['decrypt', '-o', '-', '--', '-x.waxseal'])).out).toBe('dashed');
  mkdirSync(join(cwd, 'd'));
  expect((await refused(cwd, ['encrypt', 'd'], 2, 'usage')).err).toContain('tar -c d | waxseal file encrypt');
  await refused(cwd, ['encrypt', 'nothing'], 2, 'usage');

  await box().start('mkfifo', ['fifo'], { cwd }).ended;
  const writing = box().start('sh', ['-c', 'printf through > fifo'], { cwd });
  await ok(cwd, ['encrypt', 'fifo', '-o', 'f']);
  await writing.ended;
  expect((await ok(cwd, ['decrypt', 'f', '-o', '-'])).out).toBe('through');
  expect(lstatSync(join(cwd, 'fifo')).isFIFO()).toBe(true);

  writeFileSync(join(cwd, 'target'), 'linked');
  symlinkSync('target', join(cwd, 'link'));
  await ok(cwd, ['encrypt', 'link', '--in-place']);
  expect(lstatSync(join(cwd, 'link')).isSymbolicLink()).toBe(true);
  expect((await ok(cwd, ['decrypt', 'target', '-o', '-'])).out).toBe('linked');
  linkSync(join(cwd, 'target'), join(cwd, 'second'));
  await refused(cwd, ['decrypt', 'target', '--in-place'], 2, 'usage');
  await ok(cwd, ['decrypt', 'target', '--in-place', '--force']);
});

test('inspected where there is no vault, no key and no network', async () => {
  const cwd = folder();
  const path = await sealed(cwd);
  const elsewhere = box().folder('elsewhere');
  const env = { WAXSEAL_ENDPOINT: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' };
  const ended = await box().waxseal(['file', 'inspect', path, '--json'], { cwd: elsewhere, env });
  expect(ended.status, ended.err).toBe(0);
  expect(JSON.parse(ended.out)).toMatchObject({ kind: 'file', vault: '/acme/dev', context: {}, bytes: 6 });
  expect(readdirSync(elsewhere)).toEqual([]);
});
