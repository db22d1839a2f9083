/** Commands for a person at a terminal: what they ask, show and keep to themselves. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { NODE, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

const SIZE = { columns: 100, rows: 30 };

test('set asks for the value and shows nothing of it, get shows it only when asked to', async () => {
  const box = sandbox();
  const value = `Zq~${randomBytes(12).toString('base64url')}`;
  const set = openTerminal(box, { ...SIZE, args: ['set', 'TOKEN'] });
  await set.until('it asks', (screen) => /value of TOKEN: +▏/.test(screen));
  set.paste(`${value}\n`);
  await set.until('the paste has arrived', (screen) => screen.includes('••••••••'));
  set.press(KEY.enter);
  expect(await set.ended()).toBe(0);
  expect(set.screen()).toContain('TOKEN revision 1');
  expect(set.raw()).not.toContain(value.slice(3, 9));

  const get = openTerminal(box, { ...SIZE, args: ['get', 'TOKEN'] });
  expect(await get.ended()).toBe(0);
  expect(get.screen()).toMatch(/^revision +1$/m);
  expect(get.screen()).toContain('--reveal');
  expect(get.raw()).not.toContain(value);
  const json = openTerminal(box, { ...SIZE, args: ['get', 'TOKEN', '--json'] });
  expect(await json.ended()).toBe(0);
  expect(json.raw()).not.toContain(value);

  const copy = openTerminal(box, { ...SIZE, args: ['get', 'TOKEN', '--copy'] });
  expect(await copy.ended()).toBe(0);
  expect(copy.raw()).toContain(`\u{1B}]52;c;${Buffer.from(value).toString('base64')}`);
  expect(copy.screen()).not.toContain(value);
  const reveal = openTerminal(box, { ...SIZE, args: ['get', 'TOKEN', '--reveal', '--quiet'] });
  expect(await reveal.ended()).toBe(0);
  expect(reveal.screen().trim()).toBe(value);
});

test.runIf(deep)('set that is given up writes nothing', async () => {
  const box = sandbox();
  for (const [key, status] of [
    [KEY.escape, 1],
    [KEY.ctrlC, 130],
  ] as const) {
    const set = openTerminal(box, { ...SIZE, args: ['set', 'TOKEN'] });
    await set.until('it asks', (screen) => /value of TOKEN: +▏/.test(screen));
    set.paste('half a value');
    await set.until('the paste has arrived', (screen) => screen.includes('••••••••'));
    set.press(key);
    expect(await set.ended()).toBe(status);
    expect(set.screen()).toContain('nothing was written');
  }
  expect((await box.waxseal(['get', 'TOKEN'])).status).toBe(3);
});

test('a revealed value cannot drive the terminal', async () => {
  const box = sandbox();
  const value = 'a\u{1B}]0;owned\u{7}b\u{1B}[2Jc\rd\u{202E}e';
  expect((await box.waxseal(['set', 'EVIL', '--exact'], { input: value })).status).toBe(0);
  const reveal = openTerminal(box, { ...SIZE, args: ['get', 'EVIL', '--reveal', '--quiet'] });
  expect(await reveal.ended()).toBe(0);
  expect(reveal.raw()).not.toContain('\u{1B}');
  expect(reveal.screen().trim()).toBe('a\\u{1b}]0;owned\\u{7}b\\u{1b}[2Jc\\u{d}d\\u{202e}e');
  // A pipe gets it as it is.
  expect((await box.waxseal(['get', 'EVIL'])).out).toBe(value);
});

test('delete asks, and takes anything but yes for a no', async () => {
  const box = sandbox();
  expect((await box.waxseal(['set', 'OLD_KEY'], { input: 'x' })).status).toBe(0);
  for (const [answer, status, said] of [
    ['\r', 1, 'nothing was deleted'],
    ['n\r', 1, 'nothing was deleted'],
    // Ctrl-C and Ctrl-D; what is said then has a line of its own.
    [KEY.ctrlC, 130, '[y/N]\nerror: nothing was deleted'],
    ['\u0004', 1, '[y/N]\nerror: nothing was deleted'],
    ['y\r', 0, 'OLD_KEY deleted at revision 2'],
  ] as const) {
    const terminal = openTerminal(box, { ...SIZE, args: ['delete', 'OLD_KEY'] });
    await terminal.until('it asks', (screen) => screen.includes('delete OLD_KEY, revision 1?'));
    terminal.press(answer);
    expect(await terminal.ended()).toBe(status);
    expect(terminal.screen().replaceAll(/ +\n/g, '\n')).toContain(said);
  }
});

test('import draws its progress on the terminal and takes it away again', async () => {
  const box = sandbox();
  const lines = Array.from({ length: 30 }, (_, i) => `KEY_${i}=planted-q7-${i}\n`);
  writeFileSync(join(box.cwd, 'many.env'), lines.join(''));
  const terminal = openTerminal(box, { ...SIZE, args: ['import', 'many.env'] });
  expect(await terminal.ended()).toBe(0);
  expect(terminal.raw()).toMatch(/sealing .*\d+\/30/);
  expect(terminal.screen()).toContain('30 added, 0 changed, 0 unchanged');
  expect(terminal.screen()).not.toContain('sealing');
  expect(terminal.raw()).not.toContain('planted-q7');
});

test('Ctrl-C belongs to the command that exec runs', async () => {
  const box = sandbox();
  const script = `process.on('SIGINT', () => { console.log('the command had it'); process.exit(4); });
    setInterval(() => {}, 1000); console.log('ready');`;
  const terminal = openTerminal(box, { ...SIZE, args: ['exec', '-q', '--', NODE, '-e', script] });
  await terminal.until('the command runs', (screen) => screen.includes('ready'));
  terminal.press(KEY.ctrlC);
  expect(await terminal.ended()).toBe(4);
  expect(terminal.screen()).toContain('the command had it');
});

test('demo opens the app on a vault of its own, and says afterwards how to go on with it', async () => {
  const box = sandbox(null);
  const demo = openTerminal(box, { ...SIZE, columns: 140, args: ['demo'] });
  await demo.until('the vault is listed', (screen) => screen.includes('holds no secrets yet'));
  expect(demo.onAlternateScreen()).toBe(true);
  demo.press('q');
  expect(await demo.ended()).toBe(0);
  const printed = demo.normalScreen().replace(/'\n/g, "'\r").replaceAll('\n', '').replaceAll('\r', '\n');
  const exports = [...printed.matchAll(/export (WAXSEAL_\w+)='([^']*)'/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  const env = Object.fromEntries(exports) as Record<string, string>;
  expect(env).toMatchObject({ WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1,eu-west-1' });
  expect((await box.waxseal(['set', 'TOKEN'], { input: 'x', env })).status).toBe(0);
  expect((await box.waxseal(['get', 'TOKEN'], { env })).out).toBe('x');
});

test.runIf(deep)('purge says that it cannot be undone, and takes anything but yes for a no', async () => {
  const box = sandbox();
  expect((await box.waxseal(['set', 'OLD_KEY'], { input: 'x' })).status).toBe(0);
  expect((await box.waxseal(['delete', 'OLD_KEY', '--yes'])).status).toBe(0);
  for (const [keys, status, said] of [
    ['\r', 1, 'nothing was purged'],
    ['y\r', 0, 'OLD_KEY purged at revision 2'],
  ] as const) {
    const terminal = openTerminal(box, { ...SIZE, args: ['purge', 'OLD_KEY'] });
    await terminal.until('it asks', (screen) => screen.includes('[y/N]'));
    expect(terminal.screen()).toContain('this cannot be undone');
    terminal.press(keys);
    expect(await terminal.ended()).toBe(status);
    expect(terminal.screen()).toContain(said);
  }
});

test.runIf(deep)('restore says which rights it needs, shows how far it is, and asks first', async () => {
  const box = sandbox();
  const input = Array.from({ length: 30 }, (_, n) => `N_${n}=${n}`).join('\n');
  expect((await box.waxseal(['import', '-', '--format', 'dotenv'], { input })).status).toBe(0);
  const backup = openTerminal(box, { ...SIZE, args: ['backup', 'dev.waxseal'] });
  expect(await backup.ended()).toBe(0);
  expect(backup.raw()).toMatch(/reading █+/);
  const no = openTerminal(box, { ...SIZE, args: ['restore', 'dev.waxseal'] });
  await no.until('it asks', (screen) => screen.includes('[y/N]'));
  expect(no.screen()).toContain('needs kms:Decrypt');
  no.press('\r');
  expect(await no.ended()).toBe(1);
  expect(no.screen()).toContain('nothing was restored');
  const yes = openTerminal(box, { ...SIZE, args: ['restore', 'dev.waxseal', '--yes'] });
  expect(await yes.ended()).toBe(0);
  expect(yes.raw()).toMatch(/restoring █+/);
});
