/** `waxseal file` while something happens to its input, its disk or its process. */
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileTests, LARGE, large, partial } from './support/files.ts';
import { until } from './support/until.ts';

const { box, folder } = fileTests();

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

test('a full disk: an error that says so, nothing under the name, nothing left', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), large);
  const limited = 'ulimit -f 2000; exec "$0" "$@"';
  const program = [process.execPath, join(import.meta.dirname, '..', '..', 'dist', 'cli', 'waxseal.cjs')];
  const args = ['-c', limited, ...program, 'file', 'encrypt', 'a', '-o', 'b'];
  const ended = await box().start('bash', args, { cwd }).ended;
  expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('[command_failed]')]);
  expect(ended.err).toMatch(/EFBIG|ENOSPC/);
  expect(readdirSync(cwd)).toEqual(['a']);
});

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
