/** What exec makes of a command that is not there, cannot be run, or does not fit: never a native trace. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { findOtherNode, type OtherNode } from './support/nodes.ts';
import { CLI, createSandbox, type Ended, NODE, type Sandbox } from './support/sandbox.ts';

let box: Sandbox;

beforeAll(async () => {
  box = createSandbox();
  expect((await box.waxseal(['set', 'TOKEN'], { input: 'planted-value' })).status).toBe(0);
});
afterAll(() => box.close());

function program(name: string, content: string | Uint8Array, mode = 0o755): string {
  writeFileSync(join(box.cwd, name), content);
  chmodSync(join(box.cwd, name), mode);
  return `./${name}`;
}

/** The Node that replaces itself, and one that has to stay beside the command. */
const other = findOtherNode();
const spawning: OtherNode | undefined = other !== undefined && other.major < 22 ? other : undefined;
const nodes = [NODE, ...(spawning === undefined ? [] : [spawning.file])];

describe.each(deep ? nodes : nodes.slice(0, 1))('under %s', (node) => {
  const exec = (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Ended> =>
    box.waxseal(['exec', '-q', '--', ...args], { node, env });

  test('a command that is not there', async () => {
    for (const name of ['no-such-command', './no-such-file', 'plain.txt/below', '']) {
      expect(await exec([name]), name).toMatchObject({
        status: 127,
        out: '',
        err: `waxseal: ${name}: command not found\n`,
      });
    }
  });

  test('a file that may not be run, and a folder', async () => {
    const plain = program('plain.txt', 'echo ran\n', 0o644);
    expect(await exec([plain])).toMatchObject({
      status: 126,
      out: '',
      err: `waxseal: ${plain}: not executable\n`,
    });
    expect(await exec(['/'])).toMatchObject({ status: 126, out: '', err: 'waxseal: /: is a directory\n' });
  });

  test('PATH as execvp reads it', async () => {
    for (const folder of ['first', 'second', 'third']) mkdirSync(join(box.cwd, folder), { recursive: true });
    mkdirSync(join(box.cwd, 'first', 'tool'), { recursive: true });
    program('second/tool', '#!/bin/sh\necho not this\n', 0o644);
    program('third/tool', '#!/bin/sh\necho third $1\n');
    const path = (...folders: string[]): Record<string, string> => ({
      PATH: folders.map((one) => (one === '' ? '' : join(box.cwd, one))).join(delimiter),
    });
    expect(await exec(['tool', 'x'], path('first', 'second', 'third'))).toMatchObject({ out: 'third x\n' });
    expect(await exec(['tool'], path('second', 'first'))).toMatchObject({ status: 126, out: '' });
    expect(await exec(['tool'], path('first'))).toMatchObject({ status: 127, out: '' });
    program('here', '#!/bin/sh\necho here\n');
    expect(await exec(['here'], path('first', ''))).toMatchObject({ status: 0, out: 'here\n' });
    expect(await exec(['true'], { PATH: undefined })).toMatchObject({ status: 0 });
  });

  test('a script without a shebang is run by /bin/sh, with its arguments', async () => {
    const script = program('plain-script', 'echo "$# $1 $TOKEN"\nexit 5\n');
    expect(await exec([script, 'a b'])).toMatchObject({ status: 5, out: '1 a b planted-value\n' });
    expect(await exec([program('empty', '')])).toMatchObject({ status: 0, out: '', err: '' });
  });

  test('scripts with a shebang: env, an argument, a script that runs a script', async () => {
    expect(await exec([program('by-env', '#!/usr/bin/env sh\necho $1\n'), 'x'])).toMatchObject({
      out: 'x\n',
    });
    expect(await exec([program('by-sh', '#! /bin/sh -e\nfalse\necho not reached\n')])).toMatchObject({
      status: 1,
      out: '',
    });
    const runner = program('runner', '#!/bin/sh\necho "runner got $1"\n');
    const script = program('run-by-runner', `#!${join(box.cwd, runner)}\n`);
    let chain = script;
    for (const step of [1, 2, 3, 4, 5, 6]) {
      chain = program(`chain-${step}`, `#!${join(box.cwd, chain)}\n`);
      // However long: it runs, or ends with what the system says about it.
      const ended = await exec([chain]);
      expect(ended.err, chain).not.toMatch(/stack trace|execve failed/);
      expect([0, 1, 126, 127], chain).toContain(ended.status);
    }
    expect(await exec([script])).toMatchObject({ out: `runner got ${script}\n` });
  });

  test('a script whose interpreter is missing', async () => {
    const script = program('orphan', '#!/no/such/interpreter -x\n');
    const ended = await exec([script]);
    expect(ended).toMatchObject({ status: 126, out: '' });
    expect(ended.err).toBe(
      `waxseal: ${script}: it is run with /no/such/interpreter, which is not there or not executable\n`,
    );
    const windows = await exec([program('from-windows', '#!/bin/sh\r\necho ran\r\n')]);
    expect(windows).toMatchObject({ status: 126, out: '' });
    expect(windows.err).toContain('carriage return');
  });

  test.skipIf(process.platform !== 'linux')(
    'programs that the system cannot load end with a message',
    async () => {
      const sh = readFileSync('/bin/sh');
      const loader = Buffer.from(sh);
      const at = loader.indexOf('/lib');
      expect(at).toBeGreaterThan(0);
      loader.write('/nil', at);
      const ended = await exec([program('no-loader', loader)]);
      expect(ended).toMatchObject({ status: 126, out: '' });
      expect(ended.err).toMatch(/^waxseal: \.\/no-loader: it is run with \/nil[^\n]*\n$/);
      const foreign = Buffer.from(sh);
      // Another processor's; libc then tries it as a shell script, which fails as it does anywhere.
      foreign.writeUInt16LE(0x2a, 18);
      const odd = await exec([program('foreign', foreign)]);
      expect(odd.status).toBeGreaterThan(0);
      expect(odd.err).not.toMatch(/stack trace|execve failed/);
      copyFileSync('/bin/sh', join(box.cwd, 'copied'));
      expect(await exec(['./copied', '-c', 'echo $TOKEN'])).toMatchObject({ out: 'planted-value\n' });
    },
  );

  test('a working directory that is gone', async () => {
    const gone = box.folder('gone');
    const line = `cd '${gone}' && rmdir '${gone}' && exec "$0" "$1" exec -q -- echo started`;
    const ended = await box.start('/bin/sh', ['-c', line, node, CLI]).ended;
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.err).toMatch(
      /^error: the working directory is not there any more \[command_failed\]\n {2}\S/,
    );
  });
});

describe.skipIf(process.platform !== 'linux')('what Linux does not take', () => {
  const load = async (secrets: Record<string, string>): Promise<void> => {
    const input = JSON.stringify(secrets);
    const ended = await box.waxseal(['import', '-', '--format', 'json'], { input });
    expect(ended.status).toBe(0);
  };

  test('a value of 200 KB: an error that names it, and nothing is started', async () => {
    const value = 'planted!'.repeat(25_000);
    await load({ LARGE: value });
    const ended = await box.waxseal(['exec', '-q', '--', '/bin/sh', '-c', 'echo started']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.err).toMatch(
      /^error: LARGE is larger than Linux lets [^\n]* \[command_failed\]\n {2}[^\n]*--except/,
    );
    expect(ended.err).not.toContain('planted');
    const without = await box.waxseal(['exec', '-q', '--except', 'LARGE', '--', 'sh', '-c', 'echo started']);
    expect(without).toMatchObject({ status: 0, out: 'started\n' });
    await box.waxseal(['delete', 'LARGE', '--yes']);
  });

  test('the largest value that fits, and one byte more', async () => {
    // 32 pages of 4 KiB, less "FITS=" and the NUL at the end; other page sizes have other limits.
    const most = 131_072 - 'FITS='.length - 1;
    const pages = await box.start('getconf', ['PAGESIZE']).ended;
    if (pages.out !== '4096\n') return;
    await load({ FITS: 'x'.repeat(most) });
    const fits = await box.waxseal(['exec', '-q', '--', NODE, '-p', 'process.env.FITS.length']);
    expect(fits).toMatchObject({ status: 0, out: `${most}\n` });
    await load({ FITS: 'x'.repeat(most + 1) });
    const over = await box.waxseal(['exec', '-q', '--', NODE, '-p', 'process.env.FITS.length']);
    expect(over).toMatchObject({ status: 1, out: '' });
    await box.waxseal(['delete', 'FITS', '--yes']);
  });

  test('too much of everything: an error, and with less of it a start', async () => {
    // Together more than the 6 MiB that no stack limit lifts.
    const names = Array.from({ length: 60 }, (_, i) => `BULK_${i}`);
    await load(Object.fromEntries(names.map((name) => [name, 'x'.repeat(120_000)])));
    const ended = await box.waxseal(['exec', '-q', '--', '/bin/sh', '-c', 'echo started']);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.err).toMatch(/^error: [^\n]*too large[^\n]* \[command_failed\]\n {2}[^\n]*--only/);
    const some = await box.waxseal([
      'exec',
      '-q',
      '--only',
      'BULK_1',
      'BULK_2',
      '--',
      'sh',
      '-c',
      'echo started',
    ]);
    expect(some).toMatchObject({ status: 0, out: 'started\n' });
  });

  test('the limit is the one that the shell has set', async () => {
    const line = (kib: number): Promise<Ended> =>
      box.start('/bin/sh', [
        '-c',
        `ulimit -s ${kib} && exec "$0" "$1" exec -q --only BULK_1 BULK_2 BULK_3 BULK_4 BULK_5 -- sh -c 'echo started'`,
        NODE,
        CLI,
      ]).ended;
    expect(await line(8192)).toMatchObject({ status: 0, out: 'started\n' });
    expect(await line(2048)).toMatchObject({ status: 1, out: '', err: expect.stringContaining('too large') });
  });
});
