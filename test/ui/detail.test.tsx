import { describe, expect, test, vi } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { FakeVault } from './support/fake-vault.ts';
import { type AppUnderTest, KEY, startApp } from './support/terminal.tsx';

async function detail(
  vault: FakeVault,
  size: { columns?: number; rows?: number } = {},
): Promise<AppUnderTest> {
  const app = startApp(vault, size);
  await app.until('❯ A');
  await app.type(KEY.enter, 'press r to reveal it');
  return app;
}

describe('one secret', () => {
  test('shows what is known of it, and its value only when asked', async () => {
    const vault = new FakeVault().plant('A', { value: 'planted', sealedAt: Date.UTC(2020, 1, 2, 3, 4) });
    const app = await detail(vault);
    for (const fact of ['revision  1', '2020-02-02 03:04 UTC', 'expires   never', 'data key  dk-1']) {
      expect(app.screen).toContain(fact);
    }
    expect(app.screen).toContain('us-east-1 ✓   eu-west-1 ✓');
    expect(vault.calls.get).toBe(0);
    expect(app.everything).not.toContain('planted');
    await app.type('r', 'planted');
    expect(app.screen).toMatch(/hides in 1[45] s/);
    await app.type('r', 'press r to reveal it');
    expect(app.screen).not.toContain('planted');
  });

  test('tells how far its expiry is', async () => {
    const expiresAt = Date.now() + 12 * 86_400_000 + 60_000;
    const app = await detail(new FakeVault().plant('A', { value: 'planted', expiresAt }));
    expect(app.screen).toMatch(/expires {3}\d{4}-\d\d-\d\d \d\d:\d\d UTC, in 12 days/);
    const gone = await detail(
      new FakeVault().plant('A', { value: 'planted', expiresAt: Date.now() - 86_400_000 }),
    );
    expect(gone.screen).toMatch(/expires {3}.* UTC, expired 1 day ago/);
  });

  test('hides a value by itself after 15 seconds', async () => {
    const app = await detail(new FakeVault().plant('A', 'planted'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    try {
      await app.press('r');
      await vi.advanceTimersByTimeAsync(100);
      expect(app.screen).toContain('planted');
      await vi.advanceTimersByTimeAsync(10_000);
      expect(app.screen).toContain('planted');
      expect(app.screen).toContain('hides in 5 s');
      await vi.advanceTimersByTimeAsync(5100);
      expect(app.screen).toContain('press r to reveal it');
      expect(app.screen).not.toContain('planted');
    } finally {
      vi.useRealTimers();
    }
  });

  test('hides a value on leaving and on suspending', async () => {
    const app = await detail(new FakeVault().plant('A', 'planted'));
    await app.type('r', 'planted');
    await app.type(KEY.ctrlZ, 'press r to reveal it');
    await app.type('r', 'planted');
    await app.type(KEY.escape, '1 of 1');
    await app.type(KEY.enter, 'press r to reveal it');
    expect(app.screen).not.toContain('planted');
  });

  test('never lets a value drive the terminal', async () => {
    const app = await detail(new FakeVault().plant('A', 'a\u{1B}]0;owned\u{7}\u{202E}b\u{9B}31m\n\tlast'));
    await app.type('r', 'a\\u{1b}]0;owned\\u{7}\\u{202e}b\\u{9b}31m');
    expect(app.screen).toContain('\\u{9}last');
    expect(app.output.written).not.toContain('\u{1B}]0;');
    expect(app.output.written).not.toContain('\u{9B}');
    expect(app.output.written).not.toContain('\u{202E}');
  });

  test('scrolls a long value, also on the smallest screen', async () => {
    const value = Array.from({ length: 40 }, (_, index) => `line ${index}.`).join('\n');
    const app = await detail(new FakeVault().plant('A', value), { columns: 60, rows: 15 });
    await app.type('r', 'line 0.');
    expect(app.screen).not.toContain('line 30.');
    await app.type('G', 'line 39.');
    expect(app.screen).not.toContain('line 0.');
    await app.type(KEY.up, (screen) => !screen.includes('line 39.'));
    await app.type('g', 'line 0.');
    await app.type(KEY.pageDown, (screen) => !screen.includes('line 0.'));
  });

  test('only counts the bytes of a binary value, and does not copy it', async () => {
    const vault = new FakeVault().plant('A', { value: new Uint8Array([0, 255, 7]), binary: true });
    const app = await detail(vault);
    await app.type('r', 'binary, 3 bytes: use `waxseal get A > file`');
    await app.type('r', 'press r');
    await app.type('c', 'a binary value is not copied as text');
    expect(app.copied).toEqual([]);
  });

  test('copies without showing', async () => {
    const app = await detail(new FakeVault().plant('A', 'planted'));
    await app.type('c', '✓ sent A to the clipboard, test clipboard');
    expect(app.copied).toEqual(['planted']);
    expect(app.everything).not.toContain('planted');
  });

  test('copies through the terminal where nothing else was given', async () => {
    const app = startApp(new FakeVault().plant('A', 'planted'), { copy: undefined as never });
    await app.until('❯ A');
    await app.type(KEY.enter, 'press r');
    await app.type('c', '✓ sent A to the clipboard, through the terminal');
    expect(app.output.written).toContain(`\u{1B}]52;c;${Buffer.from('planted').toString('base64')}\u{7}`);
    expect(app.everything).not.toContain('planted');
  });

  test('says why it cannot be opened', async () => {
    const vault = new FakeVault().plant('A', 'planted');
    vault.failNext('get', new WaxsealError('key_unusable', 'the key is disabled', { hint: 'enable it' }));
    const app = await detail(vault);
    await app.type('r', '✗ the key is disabled');
    expect(app.screen).toContain('enable it');
    await app.type('r', 'planted');
  });

  test('tells of its history', async () => {
    const vault = new FakeVault().plant('A', '1').plant('A', { value: '', deleted: true }).plant('A', '3');
    vault.failNext('history', new WaxsealError('throttled', 'rate exceeded'));
    const app = await detail(vault);
    await app.type('h', '✗ rate exceeded');
    await app.type('R', 'writer/session-3');
    expect(app.screen).toMatch(/2 {2}\d{4}-.* deleted +writer\/session-2/);
    expect(app.screen.indexOf('session-3')).toBeLessThan(app.screen.indexOf('session-1'));
    await app.type(KEY.escape, 'press r to reveal it');
  });
});

describe('deleting', () => {
  test('asks, and only y is a yes', async () => {
    const app = await detail(new FakeVault().plant('A', 'planted'));
    await app.type('d', 'writes a tombstone on top of revision 1');
    expect(app.screen).toContain('the history keeps the old revisions');
    await app.type(KEY.enter, 'press r to reveal it');
    await app.type('d', 'delete it?');
    await app.type('n', 'press r to reveal it');
    expect(app.vault.calls.delete).toBe(0);
    await app.type('d', 'delete it?');
    await app.type('y', '✓ deleted A, revision 2, in us-east-1 and eu-west-1');
    expect(app.vault.text('A')).toBeUndefined();
    await app.until('0 secrets, 1 deleted');
  });

  test('does not delete what somebody else has just written', async () => {
    const app = await detail(new FakeVault().plant('A', 'old'));
    await app.type('d', 'delete it?');
    app.vault.plant('A', 'newer');
    await app.type('y', 'not deleted: A is at revision 2, not 1');
    expect(app.vault.text('A')).toBe('newer');
  });

  test('can be tried again when it failed', async () => {
    const app = await detail(new FakeVault().plant('A', 'old'));
    app.vault.failNext('delete', new WaxsealError('timeout', 'no answer in 10 s'));
    await app.type('d', 'delete it?');
    await app.type('y', '✗ no answer in 10 s');
    await app.type('y', '✓ deleted A');
  });
});
