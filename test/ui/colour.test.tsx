import { describe, expect, test, vi } from 'vitest';
import { FakeVault } from './support/fake-vault.ts';
import { KEY, startApp } from './support/terminal.tsx';

// Read when chalk is imported, which is later: so colours are there to be left out.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '1';
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the control sequence that sets colours is looked for
const SGR = /\u001B\[[\d;:]*m/;

/** Everything drawn on a walk through all screens. */
async function walk(env: Record<string, string>): Promise<string> {
  const app = startApp(new FakeVault().plant('A', 'value'), { env });
  await app.until('❯ A');
  await app.type('?', 'Ctrl-Z');
  await app.type(KEY.escape, '❯ A');
  await app.type('s', 'all equal');
  await app.type('y', 'nothing to do');
  await app.type(KEY.escape, 'all equal');
  await app.type(KEY.escape, '❯ A');
  await app.type(KEY.enter, 'press r');
  await app.type('r', 'hides in');
  await app.type('h', 'newest first');
  await app.type(KEY.escape, 'press r');
  await app.type('d', 'delete it?');
  await app.type('n', 'press r');
  await app.type('e', 'nothing of it shows');
  await app.type('x', '••••••••▏');
  await app.type(KEY.enter, '✓ saved A');
  return app.output.written;
}

describe('colours', () => {
  test('are there', async () => {
    expect(await walk({ TERM: 'xterm' })).toMatch(SGR);
  });

  test('are there where NO_COLOR is empty', async () => {
    expect(await walk({ TERM: 'xterm', NO_COLOR: '' })).toMatch(SGR);
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('are not there with %j', async (env) => {
    expect(await walk(env)).not.toMatch(SGR);
  });
});
