import { describe, expect, test } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { FakeVault } from './support/fake-vault.ts';
import { type AppUnderTest, KEY, startApp } from './support/terminal.tsx';

/** The history of A. */
async function history(
  vault: FakeVault,
  options: Parameters<typeof startApp>[1] = {},
): Promise<AppUnderTest> {
  const app = startApp(vault, options);
  await app.until(' secret');
  await app.type('t', 'A ');
  await app.type(KEY.enter, 'press r');
  await app.type('h', 'newest first');
  await app.until('session-1');
  return app;
}

function threeValues(): FakeVault {
  return new FakeVault().plant('A', 'planted-one').plant('A', 'planted-two').plant('A', 'planted-three');
}

describe('the history', () => {
  test.each([
    [80, 24, {}],
    [200, 60, {}],
    [80, 24, { NO_COLOR: '1' }],
  ])('rolls back to the revision that is marked, at %d x %d with %j', async (columns, rows, env) => {
    const app = await history(threeValues(), { columns, rows, env });
    expect(app.lines.find((line) => line.includes('session-3'))).toMatch(/^❯ +3 /);
    await app.type(KEY.down + KEY.down, (screen) => /❯ +1 /.test(screen));
    await app.type('b', 'roll back to the value of revision 1?');
    expect(app.screen).toContain('on top of revision 3, in every region');
    expect(app.lines.length).toBeLessThanOrEqual(rows);
    await app.type(KEY.enter, 'newest first');
    expect(app.vault.calls.undo).toBe(0);
    await app.until('session-1');
    await app.type(KEY.down + KEY.down, (screen) => /❯ +1 /.test(screen));
    await app.type('b', 'roll back to the value');
    await app.type('y', '✓ rolled back A, revision 4, in us-east-1 and eu-west-1');
    expect(app.vault.text('A')).toBe('planted-one');
    expect(app.everything).not.toContain('planted');
  });

  test('undeletes what is deleted, and says so where it is not', async () => {
    const vault = new FakeVault().plant('A', 'planted').plant('A', { value: '', deleted: true });
    const app = await history(vault);
    await app.type('u', 'undelete it?');
    expect(app.screen).toContain('from before the deletion');
    await app.type('y', '✓ undeleted A, revision 3');
    expect(vault.text('A')).toBe('planted');
    await app.until('1 of 1');
    await app.type(KEY.enter, 'press r');
    await app.type('h', 'session-3');
    await app.type('u', 'A is not deleted');
    expect(vault.calls.undo).toBe(1);
  });

  test('does not ask where there is nothing to go back to', async () => {
    const vault = new FakeVault().plant('A', '1').plant('A', { value: '', deleted: true }).plant('A', '3');
    const app = await history(vault);
    await app.type('b', 'revision 3 stands already');
    await app.type(KEY.down, (screen) => /❯ +2 /.test(screen));
    await app.type('b', 'revision 2 deleted it');
    await app.type('?', 'roll back to it');
    await app.type(KEY.escape, 'newest first');
    expect(vault.calls.undo).toBe(0);
  });

  test('does not write over what somebody wrote meanwhile, and can try again what failed', async () => {
    const app = await history(threeValues());
    await app.type(KEY.down, (screen) => /❯ +2 /.test(screen));
    await app.type('b', 'roll back');
    app.vault.failNext('undo', new WaxsealError('timeout', 'no answer in 10 s'));
    await app.type('y', '✗ no answer in 10 s');
    app.vault.plant('A', 'newer');
    await app.type('y', 'nothing was written: A is at revision 4, not 3');
    expect(app.vault.text('A')).toBe('newer');
  });

  test('warns of an expiry that has passed', async () => {
    const vault = new FakeVault().plant('A', { value: '1', expiresAt: Date.UTC(2020, 0, 2) }).plant('A', '2');
    const app = await history(vault);
    await app.type(KEY.down, (screen) => /❯ +1 /.test(screen));
    await app.type('b', 'roll back');
    await app.type('y', 'it expired 2020-01-02');
  });

  test('keeps the marked revision in sight', async () => {
    const vault = new FakeVault();
    for (let revision = 1; revision <= 60; revision += 1) vault.plant('A', String(revision));
    const app = startApp(vault);
    await app.until('❯ A');
    await app.type(KEY.enter, 'press r');
    await app.type('h', 'session-60');
    await app.type('G', (screen) => /❯ +1 /.test(screen));
    await app.type('g', (screen) => /❯ +60 /.test(screen));
  });
});
