import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyText, findTool, osc52 } from '../../cli/ui/clipboard.ts';

const VALUE = 'planted\nvalue é 日本';

/** A folder with a tool in it that writes down its arguments and what it is given. */
async function folderWith(tool: string, status = 0): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waxseal-clipboard-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = `#!/bin/sh\necho "$@" > '${folder}/args'\n/bin/cat > '${folder}/input'\nexit ${status}\n`;
  await writeFile(join(folder, tool), script);
  await chmod(join(folder, tool), 0o755);
  return folder;
}

describe.skipIf(process.platform === 'win32')('the clipboard', () => {
  test('is asked for through the terminal alone where there is no tool', async () => {
    const terminal = new PassThrough();
    expect(await copyText(VALUE, { PATH: '' }, terminal)).toBe('through the terminal');
    expect(String(terminal.read())).toBe(osc52(VALUE));
    const base64 = osc52(VALUE).slice('\u{1B}]52;c;'.length, -1);
    expect(Buffer.from(base64, 'base64').toString()).toBe(VALUE);
  });

  test.each([
    ['pbcopy', {}, ''],
    ['wl-copy', { WAYLAND_DISPLAY: 'wayland-0' }, ''],
    ['xclip', { DISPLAY: ':0' }, '-selection clipboard'],
    ['xsel', { DISPLAY: ':0' }, '--clipboard --input'],
  ])('is filled by %s, through a pipe', async (tool, env, args) => {
    const PATH = await folderWith(tool);
    expect(await copyText(VALUE, { ...env, PATH }, new PassThrough())).toBe(
      `through the terminal and ${tool}`,
    );
    expect(await readFile(join(PATH, 'input'), 'utf8')).toBe(VALUE);
    expect((await readFile(join(PATH, 'args'), 'utf8')).trim()).toBe(args);
  });

  test('gets UTF-16 with its mark from clip.exe', async () => {
    const PATH = await folderWith('clip.exe');
    await copyText(VALUE, { PATH }, new PassThrough());
    expect(await readFile(join(PATH, 'input'), 'utf16le')).toBe(`\u{FEFF}${VALUE}`);
  });

  test('is not said to be filled by a tool that failed, or that has no screen', async () => {
    const PATH = await folderWith('xclip', 1);
    expect(await copyText(VALUE, { PATH, DISPLAY: ':0' }, new PassThrough())).toBe('through the terminal');
    expect(findTool({ PATH })).toBeUndefined();
    expect(findTool({ PATH: '.', DISPLAY: ':0' })).toBeUndefined();
  });
});
