import { describe, expect, test } from 'vitest';
import { runTerminalApp } from '../../cli/ui/index.tsx';
import { WaxsealError } from '../../src/errors.ts';
import { FakeVault } from './support/fake-vault.ts';
import { KEY, startApp } from './support/terminal.tsx';

const HOUR = 3_600_000;

function filled(count: number): FakeVault {
  const vault = new FakeVault();
  for (let index = 0; index < count; index += 1) {
    vault.plant(`KEY_${String(index).padStart(4, '0')}`, `value ${index}`);
  }
  return vault;
}

describe('the list', () => {
  test('shows name, revision, age and each copy, and never a value', async () => {
    const vault = new FakeVault().plant('DATABASE_URL', 'planted-plaintext');
    vault.plant('DATABASE_URL', { value: 'planted-plaintext', sealedAt: Date.now() - 2 * HOUR });
    const app = startApp(vault, { notice: 'made key mrk-1' });
    await app.until('DATABASE_URL');
    expect(app.lines.find((line) => line.includes('DATABASE_URL'))).toMatch(/❯ DATABASE_URL +2 +2 h +✓ +✓/);
    expect(app.lines[0]).toContain('waxseal  /acme/prod  embedded AWS');
    expect(app.lines[1]).toContain('✓ us-east-1 (home)   ✓ eu-west-1   1 secret');
    expect(app.screen).toContain('made key mrk-1');
    expect(app.everything).not.toContain('planted-plaintext');
  });

  test('says what to do with an empty vault', async () => {
    const app = startApp();
    await app.until('press a to add the first secret');
  });

  test('shows a bad entry among the good ones, and a copy that lags', async () => {
    const vault = new FakeVault().plant('A', '1').plant('BAD', '2').plant('C', '3');
    vault.reported.set('BAD', { problem: new WaxsealError('decrypt_failed', 'BAD does not decrypt') });
    vault.reported.set('C', { copies: { 'us-east-1': 'equal', 'eu-west-1': 'behind' } });
    const app = startApp(vault);
    await app.until('! decrypt_failed: BAD does not');
    expect(app.screen).toMatch(/C +1 +now +✓ +behind/);
    expect(app.screen).toMatch(/A +1 +now +✓ +✓/);
  });

  test('tells of a region that did not answer', async () => {
    const vault = new FakeVault().plant('A', '1');
    vault.cutOff(
      'eu-west-1',
      new WaxsealError('unreachable', 'no answer in 10 s', { hint: 'check the network' }),
    );
    const app = startApp(vault);
    await app.until('eu-west-1 did not answer: no answer in 10 s');
    expect(app.screen).toContain('check the network');
    expect(app.screen).toContain('✗ eu-west-1 down');
    expect(app.screen).toMatch(/A +1 +now +✓ +down/);
  });

  test('says why it could not list, and lists again when asked', async () => {
    const vault = new FakeVault().plant('A', '1');
    vault.failNext(
      'list',
      new WaxsealError('denied', 'no ssm:GetParametersByPath', { hint: 'attach the reader policy' }),
    );
    const app = startApp(vault);
    await app.until('the vault could not be listed: no ssm:GetParametersByPath');
    expect(app.screen).toContain('attach the reader policy');
    await app.type('R', '❯ A');
    vault.failNext('list', new SyntaxError('"planted-plaintext" is not valid JSON'));
    await app.type('R', 'not reloaded: something unexpected went wrong (SyntaxError)');
    expect(app.screen).toContain('❯ A');
    expect(app.everything).not.toContain('planted-plaintext');
    await app.type('R', (screen) => !screen.includes('not reloaded'));
  });

  test('renders only the rows in sight of 5,000', async () => {
    const app = startApp(filled(5000));
    await app.until('1 of 5000');
    expect(app.screen.match(/KEY_\d+/g)).toHaveLength(24 - 3 - 1 - 1 - 2);
    await app.type('G', '5000 of 5000');
    expect(app.screen).toContain('❯ KEY_4999');
    expect(app.screen).not.toContain('KEY_4900');
    await app.type('g', '❯ KEY_0000');
    await app.type(KEY.pageDown, '18 of 5000');
    await app.type(KEY.up, '17 of 5000');
    await app.type('jjj', '20 of 5000');
    await app.type('k', '19 of 5000');
    const drawn = new Set(app.everything.match(/KEY_\d+/g));
    expect(drawn.size).toBeLessThan(100);
  });

  test('filters as one types, keeps the filter on Enter, clears it on Esc', async () => {
    const app = startApp(filled(50).plant('SMTP_PASSWORD', 'x'));
    await app.until('1 of 51');
    await app.type('/', 'filter ▏');
    await app.type('s', 'filter s▏');
    await app.type('m', 'filter sm▏');
    expect(app.screen).toContain('❯ SMTP_PASSWORD');
    await app.type(KEY.enter, '(Esc clears)');
    await app.type('d', 'delete SMTP_PASSWORD');
    await app.type('n', '(Esc clears)');
    await app.type(KEY.escape, 'of 51');
    // The secret in hand stays in hand.
    expect(app.screen).toContain('❯ SMTP_PASSWORD');
    await app.type('/', 'filter ▏');
    await app.paste('nothing like it\n');
    await app.until('no name contains this');
    await app.type(KEY.backspace, 'nothing like i▏');
    await app.type(KEY.escape, 'of 51');
  });

  test.each([{}, { NO_COLOR: '1' }])('marks what has expired and what soon will, %j', async (env) => {
    const vault = new FakeVault().plant('NEVER', '1');
    vault.plant('GONE', { value: '1', expiresAt: Date.now() - HOUR });
    vault.plant('SOON', { value: '1', expiresAt: Date.now() + 24 * HOUR });
    vault.plant('LATER', { value: '1', expiresAt: Date.now() + 40 * 24 * HOUR });
    const app = startApp(vault, { env });
    await app.until('GONE (expired)');
    expect(app.screen).toContain('SOON (expiring)');
    expect(app.screen).toMatch(/LATER +1 +now/);
    expect(app.screen).toMatch(/NEVER +1 +now/);
  });

  test('hides deleted secrets until asked', async () => {
    const app = startApp(new FakeVault().plant('A', '1').plant('GONE', { value: '', deleted: true }));
    await app.until('1 secret, 1 deleted');
    expect(app.screen).not.toContain('GONE');
    await app.type('t', 'GONE (deleted)');
    await app.press(KEY.down);
    await app.type('d', 'GONE is deleted already');
    await app.type('t', (screen) => !screen.includes('GONE (deleted)'));
  });

  test('does not take a paste for keys', async () => {
    const app = startApp(new FakeVault().plant('A', '1'));
    await app.until('❯ A');
    await app.paste('dy\n');
    await app.press('dy');
    await app.type('?', 'show deleted');
    expect(app.output.frames.some((frame) => frame.includes('delete A'))).toBe(false);
    await app.type('?', '❯ A');
    expect(app.vault.text('A')).toBe('1');
  });

  test('joins the copies into one column where regions are many and the screen is narrow', async () => {
    const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2', 'sa-east-1'];
    const vault = new FakeVault('/acme/prod', regions).plant('A', '1').plant('B', '2');
    vault.reported.set('B', {
      copies: {
        'us-east-1': 'equal',
        'eu-west-1': 'behind',
        'ap-southeast-2': 'diverged',
        'sa-east-1': 'equal',
      },
    });
    const app = startApp(vault);
    await app.until('✓ all 4');
    expect(app.screen).toContain('1 diverged, 1 beh…');
    app.resize(140, 30);
    await app.until((screen) => /rev +sealed +us-east-1 +eu-west-1 +ap-southeast-2 +sa-east-1/.test(screen));
  });
});

describe('leaving', () => {
  test.each([['q'], [KEY.ctrlC]])('with %j restores the terminal', async (key) => {
    const app = startApp(new FakeVault().plant('A', '1'));
    await app.until('❯ A');
    expect(app.input.raw).toBe(true);
    await app.press(key);
    await app.ended;
    expect(app.input.raw).toBe(false);
    expect(app.output.written.startsWith('\u{1B}[?1049h')).toBe(true);
    expect(app.output.written.endsWith('\u{1B}[?1049l\u{1B}[?25h')).toBe(true);
    expect(app.output.written.lastIndexOf('[?2004l')).toBeGreaterThan(
      app.output.written.lastIndexOf('[?2004h'),
    );
  });

  test('is the end of it where the terminal went away', async () => {
    const app = startApp(new FakeVault().plant('A', '1'));
    await app.until('❯ A');
    app.input.end();
    await app.ended;
  });

  test('needs a terminal to begin with', async () => {
    const app = startApp();
    await app.until('press a');
    const stdin = Object.assign(Object.create(app.input), { isTTY: false });
    const options = { vault: new FakeVault(), aws: '', env: {}, stdin };
    await expect(runTerminalApp(options)).rejects.toMatchObject({ code: 'no_terminal' });
  });
});
