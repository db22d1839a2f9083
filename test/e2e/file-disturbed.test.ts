/** `waxseal file` while something happens to its input, its disk or its process. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileTests, LARGE, large, partial } from './support/files.ts';
import { CLI, NODE } from './support/sandbox.ts';
import { until } from './support/until.ts';

const { box, folder, ok, refused, sealed } = fileTests();

test('a file that grows or shrinks while it is read is a conflict, and nothing is put in place', async () => {
  const cwd = folder();
  const path = join(cwd, 'log');
  for (const change of [() => writeFileSync(path, 'more', { flag: 'a' }), () => truncateSync(path, 10)]) {
    writeFileSync(path, large);
    const running = box().startWaxseal(['file', 'encrypt', 'log', '-o', 'out'], {
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
    await box().start('rm', ['go'], { cwd }).ended;
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

const NINE_TENTHS = Math.floor((LARGE * 0.9) / 4096) * 4;
// A disk of its own takes a namespace of its own, which not every machine allows.
const mounts = spawnSync('unshare', ['-rm', 'true']).status === 0;
const limits = [
  ['a limit of its size', 'EFBIG', ['bash'], `ulimit -f ${NINE_TENTHS}`],
  ['a full disk', 'ENOSPC', ['unshare', '-rm', 'bash'], `mount -t tmpfs -o size=${NINE_TENTHS}k none disk`],
] as const;

test.each(limits.filter(([, , [first]]) => first === 'bash' || mounts))(
  '%s, met at nine tenths: an error that says so, nothing under the name, nothing left',
  async (_what, code, shell, limit) => {
    const cwd = folder();
    await sealed(cwd, 'a', large);
    mkdirSync(join(cwd, 'disk'));
    for (const args of ['encrypt a', 'decrypt a.waxseal', 'decrypt a.waxseal --json']) {
      const script = `${limit} && { "$0" "$1" file ${args} -o disk/b; status=$?; ls -A disk; exit $status; }`;
      const [program = '', ...rest] = [...shell, '-c', script, NODE, CLI];
      const ended = await box().start(program, rest, { cwd }).ended;
      expect([ended.status, ended.out, ended.err]).toEqual([
        1,
        '',
        expect.stringContaining('command_failed'),
      ]);
      expect(ended.err).toContain(code);
    }
    expect([readdirSync(join(cwd, 'disk')), readdirSync(cwd).sort()]).toEqual([
      [],
      ['a', 'a.waxseal', 'disk'],
    ]);
  },
);

test('ended by SIGTERM or Ctrl-C half-way it leaves nothing behind', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const cwd = folder();
    await box().start('mkfifo', ['fifo'], { cwd }).ended;
    const writing = box().start('sh', ['-c', 'exec tail -f /dev/null > fifo'], { cwd });
    const running = box().startWaxseal(['file', 'encrypt', 'fifo', '-o', 'out'], { cwd });
    await until('the partial file is there', async () => partial(cwd)[0]);
    running.kill(signal);
    const ended = await running.ended;
    expect([ended.status, ended.signal]).toEqual(signal === 'SIGTERM' ? [null, signal] : [130, null]);
    expect(readdirSync(cwd)).toEqual(['fifo']);
    writing.end();
    await writing.ended;
  }
});

test('what a killed one left is removed by the next to the same output, what a running one writes is not', async () => {
  const cwd = folder();
  const path = await sealed(cwd, 'a', large);
  await box().start('mkfifo', ['fifo'], { cwd }).ended;
  const writing = box().start('sh', ['-c', 'exec tail -c +1 -f a.waxseal > fifo'], { cwd });
  const first = box().startWaxseal(['file', 'decrypt', 'fifo', '-o', 'out'], { cwd });
  const left = await until('plaintext is on the disk', async () => partial(cwd)[0]);
  expect(statSync(join(cwd, left)).mode & 0o777).toBe(0o600);
  await ok(cwd, ['decrypt', path, '-o', 'out']);
  expect(partial(cwd)).toEqual([left]);
  first.kill('SIGKILL');
  await first.ended;
  await ok(cwd, ['decrypt', path, '-o', 'other']);
  expect(partial(cwd)).toEqual([left]);
  // Also when it refuses to go over what is there.
  await refused(cwd, ['decrypt', path, '-o', 'out'], 5, 'already_exists');
  expect(readdirSync(cwd).sort()).toEqual(['a', 'a.waxseal', 'fifo', 'other', 'out']);
  writing.end();
  await writing.ended;
});
