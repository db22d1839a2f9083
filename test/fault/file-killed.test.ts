/**
 * `waxseal file` killed at each of its calls to the file system, before it or after it: what stands under a name is
 * whole, the old or the new, and what is left beside it says what it is.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../e2e/support/sandbox.ts';
import { deep, randomNumbers, seed, tried } from '../support/seed.ts';

/** Two whole chunks and a part of one. */
const value = randomBytes(1_200_000);

/** Kills the process at its n-th call that changes a file. */
const HOOK = `
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const probe = await fs.open(import.meta.filename);
  const FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const [at, when] = (process.env.KILL_AT ?? '0 before').split(' ');
  let count = 0;
  const own = (args) => JSON.stringify(args[0] ?? '').includes('.waxseal-partial');
  const guard = (of, name, counts) => {
    const call = of[name];
    of[name] = async function (...args) {
      if (!counts(args)) return call.apply(this, args);
      count += 1;
      const mine = count === Number(at);
      if (mine && when === 'before') process.kill(process.pid, 'SIGKILL');
      const result = await call.apply(this, args);
      if (mine) process.kill(process.pid, 'SIGKILL');
      return result;
    };
  };
  // What the embedded AWS writes before a command writes its own is left alone.
  for (const name of ['writev', 'write', 'sync', 'chmod', 'utimes']) guard(FileHandle, name, () => fs.counting === true);
  const { open } = fs;
  fs.open = async (...args) => {
    if (own(args) || args[1] === 'r+') fs.counting = true;
    return open(...args);
  };
  for (const name of ['link', 'rename', 'rm']) guard(fs, name, own);
  syncBuiltinESMExports();
  process.on('exit', () => process.stderr.write('calls: ' + count + '\\n'));
`;

let box: Sandbox;
let hook: string;
beforeAll(async () => {
  box = createSandbox();
  hook = join(box.root, 'hook.mjs');
  writeFileSync(hook, HOOK);
  const first = await box.waxseal(['list', '-q']);
  expect(first.status, first.err).toBe(0);
});
afterAll(() => box.close());

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  /** What lies there before. */
  readonly before: Readonly<Record<string, Buffer>>;
  /** What is under a name afterwards, in each of the ways that are right. */
  readonly whole: (name: string, bytes: Buffer) => Promise<boolean>;
}

async function opens(bytes: Buffer, expected: Buffer = value): Promise<boolean> {
  const ended = await box.waxseal(['file', 'decrypt', '-q'], { input: bytes });
  return ended.status === 0 && ended.stdout.equals(expected);
}

async function runKilled(
  one: Case,
  kill: string,
): Promise<{ readonly err: string; readonly killed: boolean }> {
  const cwd = join(box.cwd, `${one.what}-${kill.replace(' ', '-')}`);
  mkdirSync(cwd);
  for (const [name, bytes] of Object.entries(one.before)) writeFileSync(join(cwd, name), bytes);
  const env = { NODE_OPTIONS: `--import=${hook}`, KILL_AT: kill };
  const ended = await box.waxseal(['file', ...one.args], { cwd, env });
  expect(ended.signal === 'SIGKILL' || ended.status === 0, `${kill}: ${ended.err}`).toBe(true);
  const there = readdirSync(cwd);
  for (const name of Object.keys(one.before)) expect(there, kill).toContain(name);
  for (const name of there) {
    if (/^a[.\w]*\.\d+-[0-9a-f]{12}\.waxseal-partial$/.test(name)) expect(ended.signal).toBe('SIGKILL');
    else
      expect(await one.whole(name, readFileSync(join(cwd, name))), `${name}, killed at ${kill}`).toBe(true);
  }
  // The next one, whatever comes of it, takes away what this one left.
  await box.waxseal(['file', ...one.args], { cwd });
  expect(readdirSync(cwd).filter((name) => name.endsWith('-partial'))).toEqual([]);
  return { err: ended.err, killed: ended.signal !== null };
}

test('the output of a killed command is the whole of it or not there', async () => {
  const sealed = (await box.waxseal(['file', 'encrypt', '-q'], { input: value })).stdout;
  expect(await opens(sealed)).toBe(true);
  const isEither = async (_name: string, bytes: Buffer): Promise<boolean> =>
    bytes.equals(value) || (await opens(bytes));
  const small = Buffer.from('small');
  const document = (await box.waxseal(['file', 'encrypt', '-q', '--json-envelope'], { input: small })).stdout;
  await box.waxseal(['local', 'key', 'rotate']);
  const cases: readonly Case[] = [
    { what: 'encrypt', args: ['encrypt', 'a'], before: { a: value }, whole: isEither },
    { what: 'decrypt', args: ['decrypt', 'a.waxseal'], before: { 'a.waxseal': sealed }, whole: isEither },
    { what: 'in-place', args: ['encrypt', 'a', '--in-place'], before: { a: value }, whole: isEither },
    {
      what: 'rewrap',
      args: ['rewrap', 'a', '--fresh'],
      before: { a: sealed },
      whole: (_name, bytes) => opens(bytes),
    },
    {
      what: 'rewrap-document',
      args: ['rewrap', 'a', '--fresh'],
      before: { a: document },
      whole: (_name, bytes) => opens(bytes, small),
    },
  ];
  const random = randomNumbers(seed);
  let count = 0;
  // Of the five ways three, whichever are next to each other.
  const first = Math.floor(random() * cases.length);
  const chosen = deep ? cases : [...cases, ...cases].slice(first, first + 3);
  for (const one of chosen) {
    const { err } = await runKilled(one, '0 before');
    const calls = Number(/calls: (\d+)/.exec(err)?.[1]);
    expect(calls, one.what).toBeGreaterThan(one.what === 'rewrap' ? 1 : 6);
    const moments = Array.from({ length: calls }, (_, i) => [`${i + 1} before`, `${i + 1} after`]).flat();
    const some = deep ? moments : moments.filter(() => random() < 0.5 / moments.length);
    for (const moment of new Set([...some, `${calls} before`])) {
      expect((await runKilled(one, moment)).killed, `${one.what} at ${moment}`).toBe(true);
      count += 1;
    }
  }
  tried('commands killed', count);
}, 600_000);
