/** `waxseal file` at a terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileTests, large, partial } from './support/files.ts';
import { KEY, openTerminal, type TerminalSession } from './support/terminal.ts';

const { box, folder } = fileTests();

function run(args: readonly string[], columns = 120): TerminalSession {
  return openTerminal(box(), { columns, rows: 20, args: ['file', ...args] });
}

test('it is said where the output is, and none goes onto the screen', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'a'), 'x');
  const onto = run(['encrypt', join(cwd, 'a'), '-o', join(cwd, 'b')]);
  expect(await onto.ended()).toBe(0);
  expect(onto.screen()).toContain(`sealed: ${join(cwd, 'b')}`);
  const bare = run(['decrypt']);
  expect(await bare.ended()).toBe(2);
  expect(bare.screen()).toContain('the output would land on the terminal');
});

test.each([40, 80])(
  'how far it is and how fast, on one line of %i columns; Ctrl-C ends it',
  async (columns) => {
    const cwd = folder();
    await box().start('mkfifo', ['fifo'], { cwd }).ended;
    // Who writes never ends: the line stands for as long as the test looks at it.
    const writing = box().start('sh', ['-c', 'exec tail -c +1 -f a > fifo'], { cwd });
    writeFileSync(join(cwd, 'a'), large);
    const sealing = run(['encrypt', join(cwd, 'fifo'), '-o', join(cwd, 'out')], columns);
    await sealing.until('it is told', (screen) => /^sealing .* [KM]iB {2}.*\/s/m.test(screen));
    sealing.press(KEY.ctrlC);
    expect(await sealing.ended()).toBe(130);
    expect(sealing.screen()).not.toContain('iB/s');
    expect(partial(cwd)).toEqual([]);
    writing.end();
    await writing.ended;
  },
);
