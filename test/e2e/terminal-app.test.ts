/** The terminal app as a person meets it: the built command in a real pty, keys in, a screen out. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal, type TerminalOptions, type TerminalSession } from './support/terminal.ts';

const SMALL = { columns: 80, rows: 24 };
const LARGE = { columns: 200, rows: 60 };
const CI = { CI: 'true', CONTINUOUS_INTEGRATION: 'true', BUILD_NUMBER: '7' };

const variants: readonly TerminalOptions[] = deep
  ? [SMALL, LARGE, { ...SMALL, env: CI }, { ...LARGE, env: CI }]
  : [{ ...SMALL, env: CI }];

const describeVariant = ({ columns, rows, env }: TerminalOptions): string =>
  `${columns}x${rows}${env === undefined ? '' : ' with CI set'}`;

/** Text that is nowhere by chance: none of its pieces is a word or a number of the app. */
const plant = (): string => `Zq~${randomBytes(12).toString('base64url')}~Qz`;

/** The value, and each piece of it that is long enough to be no accident. */
const piecesOf = (value: string): readonly string[] =>
  Array.from({ length: value.length - 5 }, (_, at) => value.slice(at, at + 6));

/** How the name field shows what was typed. */
const open = (typed: string): string => `${typed}▏`;
/** How the value field shows it: a sign that alternates with each key, and nothing that tells how many there were. */
const masked = (typed: string): string => `••••••••▏ ${typed.length % 2 === 0 ? '▖' : '▝'}`;

async function openList(box: Sandbox, options: TerminalOptions): Promise<TerminalSession> {
  const terminal = openTerminal(box, options);
  await terminal.until('the vault is listed', (screen) => screen.includes('holds no secrets yet'));
  return terminal;
}

/** The line of the list that names a secret. */
const row = (screen: string, name: string): string =>
  screen.split('\n').find((line) => line.includes(`❯ ${name}`) || line.startsWith(`  ${name}`)) ?? '';

async function add(terminal: TerminalSession, name: string, enter: () => Promise<void>): Promise<void> {
  terminal.press('a');
  await terminal.until('the form is open', (screen) => screen.includes('add a secret to /acme/dev'));
  await terminal.type(name, open);
  terminal.press(KEY.enter);
  await terminal.until('the value field has the cursor', (screen) => /value\s+▏/.test(screen));
  await enter();
  terminal.press(KEY.enter);
  await terminal.until(`${name} is saved`, (screen) => screen.includes(`saved ${name}, revision 1`));
}

/** The name that the list's mark stands at. */
const chosen = (screen: string): string | undefined => /❯ (\S+)/.exec(screen)?.[1];

/** Moves to a secret, whichever one is chosen now. */
async function choose(terminal: TerminalSession, name: string): Promise<void> {
  terminal.press('g');
  await terminal.until('the first is chosen', (screen) => /^ {2}name .*\n❯ /m.test(screen));
  for (let at = chosen(terminal.screen()); at !== name; ) {
    terminal.press(KEY.down);
    await terminal.until(
      `the one below ${at} is chosen`,
      (screen) => ![undefined, at].includes(chosen(screen)),
    );
    at = chosen(terminal.screen());
  }
}

async function leave(terminal: TerminalSession, keys: string): Promise<void> {
  terminal.press(keys);
  expect(await terminal.ended()).toBe(0);
  expect(terminal.onAlternateScreen()).toBe(false);
  expect(terminal.normalScreen().trim()).toBe('');
}

test.each(variants.map((options) => [describeVariant(options), options] as const))(
  'a secret is added, pasted, opened, copied, edited, deleted: %s',
  async (_, options) => {
    const box = sandbox();
    const typed = plant();
    const replaced = plant();
    const { privateKey: pem } = generateKeyPairSync('rsa', {
      modulusLength: deep ? 4096 : 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const terminal = await openList(box, options);
    expect(terminal.onAlternateScreen()).toBe(true);
    await terminal.until('it says where it is and what it made', (screen) =>
      ['first start', '/acme/dev', '✓ us-east-1 (home)', '✓ eu-west-1'].every((text) =>
        screen.includes(text),
      ),
    );

    await add(terminal, 'API_TOKEN', () => terminal.type(typed, masked));
    await terminal.until('it is listed', (screen) => /API_TOKEN +1 .*✓/.test(row(screen, 'API_TOKEN')));
    await terminal.until('it is in both regions', (screen) => {
      const copies = /✓ +✓|✓ all 2/.test(row(screen, 'API_TOKEN'));
      return copies && screen.includes('in us-east-1 and eu-west-1');
    });

    await add(terminal, 'TLS_KEY', async () => {
      terminal.paste(pem);
      await terminal.until('the paste has arrived', (screen) => screen.includes('••••••••'));
    });
    await terminal.until('both are listed', (screen) => row(screen, 'TLS_KEY') !== '');
    for (const piece of [...piecesOf(typed), ...pem.split('\n').filter((line) => line.length > 5)]) {
      expect(terminal.raw()).not.toContain(piece);
    }

    const pemLine = pem.split('\n')[1] ?? '';
    await choose(terminal, 'TLS_KEY');
    terminal.press(KEY.enter);
    await terminal.until('the detail is open', (screen) => /value +hidden/.test(screen));
    await terminal.until('nothing of it is in sight', (screen) => !screen.includes(pemLine));
    terminal.press('r');
    await terminal.until('the value is shown', (screen) => screen.includes('-----BEGIN PRIVATE KEY-----'));
    await terminal.until('all of it is', (screen) => screen.includes(pemLine));
    terminal.press(KEY.escape);
    await terminal.until('the list is back', (screen) => screen.includes('❯ TLS_KEY'));
    await terminal.until('nothing of it is in sight', (screen) => !screen.includes(pemLine));
    terminal.press(KEY.enter);
    await terminal.until('it is hidden again', (screen) => /value +hidden/.test(screen));
    await terminal.until('nothing of it is in sight', (screen) => !screen.includes(pemLine));

    const osc52 = `\u{1B}]52;c;${Buffer.from(pem).toString('base64')}`;
    expect(terminal.raw()).not.toContain(osc52);
    terminal.press('c');
    await terminal.until('it is copied', (screen) => screen.includes('sent TLS_KEY to the clipboard'));
    expect(terminal.raw()).toContain(osc52);
    await terminal.until('nothing of it is in sight', (screen) => !screen.includes(pemLine));

    terminal.press(KEY.escape);
    await terminal.until('the list is back', (screen) => row(screen, 'API_TOKEN') !== '');
    await choose(terminal, 'API_TOKEN');
    terminal.press('e');
    await terminal.until('the form is open', (screen) => screen.includes('on top of revision 1'));
    await terminal.type(replaced, masked);
    terminal.press(KEY.enter);
    await terminal.until('revision 2 is listed', (screen) => /API_TOKEN +2 /.test(row(screen, 'API_TOKEN')));
    for (const piece of piecesOf(replaced)) expect(terminal.raw()).not.toContain(piece);

    await add(terminal, 'OLD_KEY', () => terminal.type('gone soon', masked));
    await terminal.until('it is listed', (screen) => row(screen, 'OLD_KEY') !== '');
    await choose(terminal, 'OLD_KEY');
    terminal.press('d');
    await terminal.until('it asks first', (screen) => screen.includes('delete it?'));
    terminal.press('n');
    await terminal.until('no keeps it', (screen) => row(screen, 'OLD_KEY') !== '');
    terminal.press('d');
    await terminal.until('it asks again', (screen) => screen.includes('delete it?'));
    terminal.press('y');
    await terminal.until('it is deleted', (screen) => screen.includes('deleted OLD_KEY, revision 2'));
    await terminal.until('it is off the list', (screen) => screen.includes('2 secrets, 1 deleted'));

    await leave(terminal, 'q');

    const got = await box.waxseal(['get', 'TLS_KEY']);
    expect(got.out).toBe(pem);
    expect((await box.waxseal(['get', 'API_TOKEN'])).out).toBe(replaced);
    expect((await box.waxseal(['get', 'OLD_KEY'])).status).toBe(3);

    const local = await startLocal(box);
    for (const region of ['us-east-1', 'eu-west-1']) {
      const stored = await local.read(region, '/acme/dev/API_TOKEN');
      expect(stored.type).toBe('String');
      for (const piece of piecesOf(replaced)) expect(stored.value).not.toContain(piece);
      const entry = JSON.parse(stored.value) as Record<string, unknown>;
      expect(entry).toMatchObject({ suite: 1, name: '/acme/dev/API_TOKEN', rev: 2 });
      expect(entry.kms).toMatch(/^mrk-[0-9a-f]{32}$/);
      expect(Buffer.from(String(entry.wk), 'base64').byteLength).toBeGreaterThan(100);
    }
  },
);

test('Ctrl-C leaves as cleanly as q, also while a value is being typed', async () => {
  const box = sandbox();
  const terminal = await openList(box, SMALL);
  const typed = plant();
  terminal.press('a');
  await terminal.until('the form is open', (screen) => screen.includes('add a secret'));
  await terminal.type('HALF_DONE', open);
  terminal.press(KEY.enter);
  await terminal.until('the value field has the cursor', (screen) => /value\s+▏/.test(screen));
  await terminal.type(typed, masked);
  await leave(terminal, KEY.ctrlC);
  for (const piece of piecesOf(typed)) expect(terminal.raw()).not.toContain(piece);
  expect((await box.waxseal(['get', 'HALF_DONE'])).status).toBe(3);
});

test('a terminal that is too small says so, and goes on where it was when it is enlarged', async () => {
  const box = sandbox();
  const terminal = openTerminal(box, { columns: 40, rows: 10 });
  await terminal.until('it says so', (screen) => screen.replaceAll('\n', ' ').includes('too small'));
  await terminal.until('it says how small', (screen) => screen.includes('40x10'));
  terminal.resize(80, 24);
  await terminal.until('the app is there', (screen) => screen.includes('holds no secrets yet'));
  terminal.press('a');
  await terminal.until('the form is open', (screen) => screen.includes('add a secret'));
  await terminal.type('KEPT_NAME', open);
  terminal.resize(50, 12);
  await terminal.until('it says so again', (screen) => screen.includes('50x12'));
  await terminal.until('the form is out of sight', (screen) => !screen.includes('KEPT_NAME'));
  terminal.resize(120, 30);
  await terminal.until('what was typed is there', (screen) => screen.includes('KEPT_NAME'));
  await leave(terminal, KEY.ctrlC);
});

/** The numbers of all "select graphic rendition" sequences that choose a colour. */
function colours(raw: string): readonly number[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's instructions are control characters
  const chosen = [...raw.matchAll(/\x1B\[([\d;:]*)m/g)].flatMap(([, numbers = '']) => numbers.split(/[;:]/));
  return chosen
    .map(Number)
    .filter((n) => (n >= 30 && n <= 38) || (n >= 40 && n <= 48) || (n >= 90 && n <= 107));
}

test('NO_COLOR takes every colour away', async () => {
  const run = async (env: Record<string, string>): Promise<readonly number[]> => {
    const terminal = await openList(sandbox(), { ...SMALL, env });
    await leave(terminal, 'q');
    return colours(terminal.raw());
  };
  expect(await run({})).not.toEqual([]);
  expect(await run({ NO_COLOR: '1' })).toEqual([]);
});

test('without a terminal the app says what to use instead', async () => {
  const box = sandbox();
  const { status, out, err } = await box.waxseal([]);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('[no_terminal]');
  expect(err).toContain('waxseal list');
});
