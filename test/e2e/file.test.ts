/** `waxseal file`: what a person, a pipe and a script meet, on good input and on bad. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Ended, type Sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';
import { until } from './support/until.ts';

const LARGE = 3_000_000;
const PARTIAL = /waxseal-partial$/;
const large = randomBytes(LARGE);

let box: Sandbox;
let folders = 0;
beforeAll(async () => {
  box = createSandbox();
  // The embedded AWS is made by the first command.
  const first = await box.waxseal(['list', '-q']);
  expect(first.status, first.err).toBe(0);
});
afterAll(() => box.close());

/** A folder of its own below the project. */
function folder(): string {
  const path = join(box.cwd, `case-${++folders}`);
  mkdirSync(path);
  return path;
}

function file(cwd: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  return box.waxseal(['file', ...args], input === undefined ? { cwd } : { cwd, input });
}

async function ok(cwd: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  const ended = await file(cwd, args, input);
  expect(ended.status, ended.err).toBe(0);
  return ended;
}

async function refused(
  cwd: string,
  args: readonly string[],
  status: number,
  code: string,
  input?: string | Uint8Array,
): Promise<Ended> {
  const ended = await file(cwd, args, input);
  expect([ended.status, ended.err]).toEqual([status, expect.stringContaining(`[${code}]`)]);
  expect(readdirSync(cwd).filter((name) => PARTIAL.test(name))).toEqual([]);
  return ended;
}

async function sealed(cwd: string, name = 'a', value: string | Uint8Array = 'hello\n'): Promise<string> {
  writeFileSync(join(cwd, name), value);
  await ok(cwd, ['encrypt', '-q', '--', name]);
  return join(cwd, `${name}.waxseal`);
}

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

test('through pipes, of no byte and of many; a document too', async () => {
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
});

test('cut off at random places: nothing appears under the name, a pipe gets an authentic beginning and status 6', async () => {
  const cwd = folder();
  const path = await sealed(cwd, 'a', large);
  const whole = readFileSync(path);
  for (const length of [0, 100, 700, whole.length - 1, 1 + Math.floor(Math.random() * whole.length)]) {
    writeFileSync(path, whole.subarray(0, length));
    const ended = await file(cwd, ['decrypt', 'a.waxseal', '-o', 'b']);
    expect([ended.status, existsSync(join(cwd, 'b'))], `${length} bytes`).toEqual([6, false]);
    const piped = await file(cwd, ['decrypt', '-q'], whole.subarray(0, length));
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
  expect((await file(cwd, ['decrypt', '--json'], 'x')).status).toBe(2);
  expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('precious');
  await ok(cwd, ['decrypt', 'a.waxseal', '-o', 'there', '--force']);
  expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('hello\n');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('odd inputs: a leading dash, a folder, a missing one, a FIFO, a symlink, a second name', async () => {
  const cwd = folder();
  await sealed(cwd, '-x', 'dashed');
  expect((await ok(cwd, ['decrypt', '-o', '-', '--', '-x.waxseal'])).out).toBe('dashed');
  mkdirSync(join(cwd, 'd'));
  expect((await refused(cwd, ['encrypt', 'd'], 2, 'usage')).err).toContain('tar -c d | waxseal file encrypt');
  await refused(cwd, ['encrypt', 'nothing'], 2, 'usage');

  await box.start('mkfifo', ['fifo'], { cwd }).ended;
  const writing = box.start('sh', ['-c', 'printf through > fifo'], { cwd });
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

test('a file that grows or shrinks while it is read is a conflict, and nothing is put in place', async () => {
  const cwd = folder();
  const path = join(cwd, 'log');
  for (const change of [() => writeFileSync(path, 'more', { flag: 'a' }), () => truncateSync(path, 10)]) {
    writeFileSync(path, large);
    const running = box.startWaxseal(['file', 'encrypt', 'log', '-o', 'out'], {
      cwd,
      env: { NODE_OPTIONS: `--import=${hook(cwd)}` },
    });
    await running.until('it has the file open', (_out, err) => err.includes('opened it'));
    change();
    writeFileSync(join(cwd, 'go'), '');
    const ended = await running.ended;
    expect([ended.status, ended.err]).toEqual([5, expect.stringContaining('[conflict]')]);
    expect(
      readdirSync(cwd)
        .filter((name) => name !== 'hook.mjs')
        .sort(),
    ).toEqual(['go', 'log']);
    await box.start('rm', ['go'], { cwd }).ended;
  }
});

/** Stops a process when it has opened "log", until there is a file "go". */
function hook(cwd: string): string {
  const path = join(cwd, 'hook.mjs');
  const code = `
    import fs, { existsSync } from 'node:fs';
    import { open } from 'node:fs/promises';
    const probe = await open(import.meta.filename);
    const FileHandle = Object.getPrototypeOf(probe);
    await probe.close();
    const { stat } = FileHandle;
    let first = true;
    FileHandle.stat = async function (...args) {
      const stats = await stat.apply(this, args);
      if (first && stats.size === ${LARGE}) {
        first = false;
        process.stderr.write('opened it\\n');
        while (!existsSync('go')) await new Promise((resolve) => fs.stat('.', resolve));
      }
      return stats;
    };`;
  writeFileSync(path, code);
  return path;
}

test('a full disk: an error that says so, nothing under the name, nothing left', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), large);
  const limited = 'ulimit -f 2000; exec "$0" "$@"';
  const program = [process.execPath, join(import.meta.dirname, '..', '..', 'dist', 'cli', 'waxseal.cjs')];
  const args = ['-c', limited, ...program, 'file', 'encrypt', 'a', '-o', 'b'];
  const ended = await box.start('bash', args, { cwd }).ended;
  expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('[command_failed]')]);
  expect(ended.err).toMatch(/EFBIG|ENOSPC/);
  expect(readdirSync(cwd)).toEqual(['a']);
});

test('ended by SIGTERM or Ctrl-C half-way it leaves nothing behind', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const cwd = folder();
    await box.start('mkfifo', ['fifo'], { cwd }).ended;
    const writing = box.start('sh', ['-c', 'exec tail -f /dev/null > fifo'], { cwd });
    const running = box.startWaxseal(['file', 'encrypt', 'fifo', '-o', 'out'], { cwd });
    await until('the partial file is there', async () => readdirSync(cwd).find((name) => PARTIAL.test(name)));
    running.kill(signal);
    const ended = await running.ended;
    expect([ended.status, ended.signal]).toEqual(signal === 'SIGTERM' ? [null, signal] : [130, null]);
    expect(readdirSync(cwd)).toEqual(['fifo']);
    writing.end();
    await writing.ended;
  }
});

test('at a terminal: it is said where the output is, and none goes onto the screen', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), 'x');
  const run = (args: readonly string[]): ReturnType<typeof openTerminal> =>
    openTerminal(box, { columns: 120, rows: 20, args: ['file', ...args] });
  const onto = run(['encrypt', join(cwd, 'a'), '-o', join(cwd, 'b')]);
  expect(await onto.ended()).toBe(0);
  expect(onto.screen()).toContain(`sealed: ${join(cwd, 'b')}`);
  const bare = run(['decrypt']);
  expect(await bare.ended()).toBe(2);
  expect(bare.screen()).toContain('the output would land on the terminal');
});

test('rewrapped: another KMS key opens it, every byte behind the first 512 stays, and the old key is not needed', async () => {
  const cwd = folder();
  const path = await sealed(cwd, 'a', large);
  const before = readFileSync(path);
  const newKey = (await box.waxseal(['local', 'key', 'create'])).out.trim();
  expect(newKey).toMatch(/^mrk-/);
  const early = await file(cwd, ['rewrap', 'a.waxseal', '--to', newKey]);
  expect([early.status, early.err]).toEqual([2, expect.stringContaining('acceptedKeyIds')]);
  await refused(cwd, ['rewrap', 'a.waxseal'], 2, 'usage');
  const { kmsKey: oldKey } = JSON.parse((await ok(cwd, ['inspect', 'a.waxseal', '--json'])).out) as {
    kmsKey: string;
  };
  const both = { WAXSEAL_KMS_KEY: `${oldKey},${newKey}` };
  const rewrap = (args: readonly string[]): Promise<Ended> =>
    box.waxseal(['file', 'rewrap', 'a.waxseal', ...args, '--json'], { cwd, env: both });
  expect(JSON.parse((await rewrap(['--to', newKey])).out)).toMatchObject({
    from: oldKey,
    to: newKey,
    changed: true,
  });
  expect(JSON.parse((await rewrap(['--to', newKey])).out)).toMatchObject({ changed: false });
  const after = readFileSync(path);
  expect(after.subarray(512).equals(before.subarray(512))).toBe(true);
  expect(after.equals(before)).toBe(false);
  const open = (key: string): Promise<Ended> =>
    box.waxseal(['file', 'decrypt', 'a.waxseal', '-o', '-'], { cwd, env: { WAXSEAL_KMS_KEY: key } });
  expect((await open(newKey)).stdout.equals(large)).toBe(true);
  expect((await open(oldKey)).status).toBe(6);
  expect(readdirSync(cwd).sort()).toEqual(['a', 'a.waxseal']);

  const document = (await ok(cwd, ['encrypt', '--json-envelope'], 'small')).out;
  writeFileSync(join(cwd, 'd.json'), document);
  const done = await box.waxseal(['file', 'rewrap', 'd.json', '--to', newKey], { cwd, env: both });
  expect(done.status, done.err).toBe(0);
  const opened = await box.waxseal(['file', 'decrypt', 'd.json', '-o', '-'], {
    cwd,
    env: { WAXSEAL_KMS_KEY: newKey },
  });
  expect(opened.out).toBe('small');

  await sealed(cwd, 'fresh');
  expect((await ok(cwd, ['rewrap', 'fresh.waxseal', '--fresh'])).err).toContain('nothing to do');
  await box.waxseal(['local', 'key', 'rotate']);
  const fresh = await ok(cwd, ['rewrap', 'fresh.waxseal', '--fresh', '--json']);
  expect(JSON.parse(fresh.out)).toMatchObject({ changed: true });
  expect((await ok(cwd, ['decrypt', 'fresh.waxseal', '-o', '-'])).out).toBe('hello\n');
});
