/** `waxseal init`: by flags, by answers at a terminal, and beside a file that is there already. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal, type TerminalSession } from './support/terminal.ts';

const SIZE = { columns: 120, rows: 50 };
const FLAGS = ['--vault', '/shop/dev', '--aws', 'embedded', '--home', 'us-east-1'];

const fileIn = ({ cwd }: Sandbox): string => join(cwd, 'waxseal.json');
const textIn = (box: Sandbox): string => readFileSync(fileIn(box), 'utf8');
const dataIn = (box: Sandbox): { vaults: Record<string, unknown> } => JSON.parse(textIn(box));
const init = (box: Sandbox, ...args: string[]): Promise<Ended> => box.waxseal(['init', ...args]);

test('flags make a file, and the vault works at once', async () => {
  const box = sandbox(null);
  const made = await init(box, ...FLAGS, '--replica', 'eu-west-1');
  expect(made).toMatchObject({ status: 0, out: `vault /shop/dev written to ${fileIn(box)}\n` });
  expect(textIn(box)).toMatch(/^\{\n {2}"aws": "embedded",\n[\s\S]*\n\}\n$/);
  expect(dataIn(box)).toEqual({
    aws: 'embedded',
    vaults: { '/shop/dev': { home: 'us-east-1', replicas: ['eu-west-1'], primary: 'us-east-1' } },
  });
  for (const said of [
    'multi-region KMS key in us-east-1',
    'replica key in eu-west-1',
    'alias/waxseal/shop/dev in us-east-1, eu-west-1',
    '/shop/dev/.waxseal/vault',
    'costs nothing; in an AWS account $2 a month for 2 KMS keys, $6 from the second rotation',
    'waxseal set NAME',
  ]) {
    expect(made.err).toContain(said);
  }
  const set = await box.waxseal(['set', 'TOKEN'], { input: 's3cret' });
  expect(set.status, set.err).toBe(0);
  expect(await box.waxseal(['get', 'TOKEN'])).toMatchObject({ status: 0, out: 's3cret' });
});

test('--yes takes what is usual, --quiet says only what was written', async () => {
  const box = sandbox(null);
  const made = await box.waxseal(['init', '--yes', '--quiet'], {
    cwd: box.folder('My Shop'),
    env: { AWS_REGION: 'eu-north-1' },
  });
  const file = join(box.root, 'My Shop', 'waxseal.json');
  expect(made).toMatchObject({ status: 0, err: '', out: `vault /my-shop/dev written to ${file}\n` });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    aws: 'embedded',
    vaults: { '/my-shop/dev': { home: 'eu-north-1' } },
  });
});

test('--json says what will be made, what it costs, and what is next', async () => {
  const box = sandbox(null);
  const account = ['--aws', 'account', '--account', '123456789012', '--home', 'us-east-1'];
  const made = await init(box, '--vault', '/shop/prod', ...account, '--replica', 'eu-west-1', '--json', '-q');
  expect(made).toMatchObject({ status: 0, err: '' });
  const price = { keys: 2, now: 2, afterTwoRotations: 6 };
  expect(JSON.parse(made.out)).toEqual({
    file: fileIn(box),
    vault: '/shop/prod',
    aws: 'account',
    made: expect.arrayContaining(['4 IAM policies: reader, writer, admin, auditor']),
    cost: price,
    costInAccount: price,
    next: ['npm run deploy', 'waxseal doctor'],
  });
  expect(dataIn(box)).toMatchObject({ aws: 'account', account: '123456789012' });

  const embedded = await init(sandbox(null), ...FLAGS, '--json', '-q');
  expect(JSON.parse(embedded.out)).toMatchObject({
    cost: { keys: 0, now: 0, afterTwoRotations: 0 },
    costInAccount: { keys: 1, now: 1, afterTwoRotations: 3 },
  });
});

test('a pipe is asked nothing: what is missing is named with its flag', async () => {
  const box = sandbox(null);
  const ended = await init(box, '--aws', 'embedded');
  expect(ended).toMatchObject({ status: 2, out: '' });
  expect(ended.err).toContain('[no_terminal]');
  expect(ended.err).toMatch(/--vault \/cwd\/dev --home us-east-1/);
  expect(ended.err).toContain('--yes');
  expect(existsSync(fileIn(box))).toBe(false);
});

test.each([
  ['home among the replicas', ['--replica', 'us-east-1'], 'home region us-east-1 is among the replicas'],
  ['a region twice', ['--replica', 'eu-west-1', 'eu-west-1'], 'eu-west-1 is named twice'],
  ['no region', ['--replica', 'europe'], 'replica "europe" is not the name of an AWS region'],
  ['another partition', ['--replica', 'cn-north-1'], 'partition aws-cn'],
  ['a bad path', ['--vault', '/shop/a.b'], 'vault path "/shop/a.b"'],
  ['a primary elsewhere', ['--primary', 'eu-west-1'], 'neither home nor a replica'],
  ['an AWS that is none', ['--aws', 'azure'], '"azure"'],
  ['an account of the embedded AWS', ['--account', '123456789012'], 'leave out --account'],
  ['half an account', ['--aws', 'account', '--account', '1234'], 'account "1234": an AWS account id has 12'],
])('wrong flags write nothing: %s', async (_what, flags, said) => {
  const box = sandbox(null);
  const ended = await init(box, ...FLAGS, ...flags);
  expect(ended).toMatchObject({ status: 2, out: '' });
  expect(ended.err).toContain(said);
  expect(existsSync(fileIn(box))).toBe(false);
});

const EXISTING = `{
  "$schema": "./waxseal.schema.json",
  "tags": { "managed-by": "waxseal" },
  "vaults": {
    "/shop/dev": { "home": "us-east-1",   "replicas": ["eu-west-1"], "rotationDays": 90 }
  },
  "aws": "embedded"
}
`;

function withFile(text: string): Sandbox {
  const box = sandbox(null);
  writeFileSync(fileIn(box), text);
  return box;
}

test('a second vault joins the first, of which every character stays', async () => {
  const box = withFile(EXISTING);
  const ended = await init(box, '--vault', '/shop/prod', '--home', 'eu-west-1');
  expect(ended).toMatchObject({ status: 0, out: `vault /shop/prod added to ${fileIn(box)}\n` });
  const added = ',\n    "/shop/prod": {\n      "home": "eu-west-1"\n    }';
  const end = EXISTING.indexOf('\n  },\n  "aws"');
  expect(textIn(box)).toBe(EXISTING.slice(0, end) + added + EXISTING.slice(end));
  expect(ended.err).toContain('waxseal set NAME --vault /shop/prod');
  const set = await box.waxseal(['set', 'TOKEN', '--vault', '/shop/prod'], { input: 'x' });
  expect(set.status, set.err).toBe(0);
});

test.each([
  ['the same vault', ['--vault', '/shop/dev', '--home', 'us-east-1'], 5, 'already_exists'],
  ['a vault inside it', ['--vault', '/shop/dev/a', '--home', 'us-east-1'], 2, 'config_invalid'],
  ['a vault around it', ['--vault', '/shop', '--home', 'us-east-1'], 2, 'config_invalid'],
  ['another AWS', ['--vault', '/shop/b', '--home', 'us-east-1', '--aws', 'account'], 2, 'usage'],
])('an existing file stays as it is: %s', async (_what, flags, status, code) => {
  const box = withFile(EXISTING);
  const ended = await init(box, ...flags);
  expect(ended).toMatchObject({ status, out: '' });
  expect(ended.err).toContain(`[${code}]`);
  expect(textIn(box)).toBe(EXISTING);
});

test('an invalid file is told of with its line, and stays as it is', async () => {
  for (const text of ['{ "vaults": {', '{\n  "vaults": { "/a": { "home": "here" } }\n}\n', '']) {
    const box = withFile(text);
    const ended = await init(box, ...FLAGS);
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.err).toMatch(/waxseal\.json:\d+.*\[config_invalid\]/);
    expect(textIn(box)).toBe(text);
  }
});

test('a file above, a variable, and a .gitignore without the state folder are pointed out', async () => {
  const box = withFile(EXISTING);
  const cwd = join(box.cwd, 'inner');
  mkdirSync(cwd);
  writeFileSync(join(cwd, '.gitignore'), 'node_modules/\n');
  const told = await box.waxseal(['init', '--yes'], { cwd, env: { WAXSEAL_VAULT: '/x/y' } });
  expect(told.status).toBe(0);
  expect(told.err).toContain(`no longer ${fileIn(box)}`);
  expect(told.err).toContain('warning: WAXSEAL_VAULT in the environment');
  expect(told.err).toContain('note: no .gitignore here names .waxseal/');

  const calm = join(box.root, 'calm');
  mkdirSync(calm);
  writeFileSync(join(calm, '.gitignore'), '/.waxseal/\n');
  const silent = await box.waxseal(['init', '--yes'], { cwd: calm });
  expect(silent.err).not.toMatch(/warning|note/);
});

test('the schema is named where it is installed, and only there', async () => {
  const box = sandbox(null);
  const folder = join(box.cwd, 'node_modules', 'waxseal');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'waxseal.schema.json'), '{}');
  expect((await init(box, '--yes')).status).toBe(0);
  expect(dataIn(box)).toHaveProperty('$schema', './node_modules/waxseal/waxseal.schema.json');
});

test('of many at once each adds its vault or says that somebody was faster', async () => {
  const box = withFile(EXISTING);
  const paths = Array.from({ length: 8 }, (_, i) => `/many/v${i}`);
  const all = await Promise.all(paths.map((path) => init(box, '--vault', path, '--home', 'us-east-1')));
  const added = paths.filter((_, i) => all[i]?.status === 0);
  expect(added.length).toBeGreaterThan(0);
  for (const { status, err } of all) {
    if (status !== 0) expect(err).toContain('[conflict]');
  }
  expect(Object.keys(dataIn(box).vaults).sort()).toEqual([...added, '/shop/dev'].sort());
  expect(existsSync(`${fileIn(box)}.lock`)).toBe(false);
});

/** Answers the question that stands last on the screen. */
async function answer(terminal: TerminalSession, question: string, line: string): Promise<void> {
  await terminal.until(`it asks: ${question}`, (screen) => lastLine(screen).startsWith(question));
  terminal.press(`${line}\r`);
}

function lastLine(screen: string): string {
  return screen.trimEnd().split('\n').at(-1) ?? '';
}

test('a person is asked, and again after a wrong answer', async () => {
  const box = sandbox(null);
  const terminal = openTerminal(box, { ...SIZE, args: ['init'] });
  await answer(terminal, 'vault: ', '/shop/a.b');
  await terminal.until('the path is refused', (screen) => screen.includes('vault path "/shop/a.b"'));
  await answer(terminal, 'vault: the path of its secrets in Parameter Store [/cwd/dev]:', '');
  await answer(terminal, 'AWS: ', '');
  await answer(terminal, 'home region', 'Virginia');
  await terminal.until('the region is refused', (screen) => screen.includes('home "Virginia" is not'));
  await answer(terminal, 'home region', 'eu-west-1');
  await answer(terminal, 'replica regions with a full copy, such as us-east-1 [none]:', 'eu-west-1');
  await terminal.until('home is refused', (screen) => screen.includes('eu-west-1 is among the replicas'));
  await answer(terminal, 'replica regions', 'us-east-1, us-west-2');
  await terminal.until('it shows the price', (screen) => screen.includes('$3 a month for 3 KMS keys'));
  expect(existsSync(fileIn(box))).toBe(false);
  await answer(terminal, 'write ', '');
  expect(await terminal.ended()).toBe(0);
  expect(dataIn(box)).toEqual({
    aws: 'embedded',
    vaults: {
      '/cwd/dev': { home: 'eu-west-1', replicas: ['us-east-1', 'us-west-2'], primary: 'eu-west-1' },
    },
  });
});

test('flags answer questions, and an account has one more', async () => {
  const box = sandbox(null);
  const args = ['init', '--vault', '/shop/prod', '--replica', 'eu-west-1'];
  const terminal = openTerminal(box, { ...SIZE, args });
  await answer(terminal, 'AWS: ', 'account');
  await answer(terminal, 'AWS account id', '12');
  await terminal.until('the account is refused', (screen) => screen.includes('has 12 digits'));
  await answer(terminal, 'AWS account id', '123456789012');
  await answer(terminal, 'home region', 'eu-west-1');
  await terminal.until('the clash is told', (screen) => screen.includes('is among the replicas'));
  // What is typed ahead is not lost.
  await answer(terminal, 'home region', 'us-east-1\ry');
  expect(await terminal.ended()).toBe(0);
  expect(dataIn(box)).toEqual({
    aws: 'account',
    account: '123456789012',
    vaults: { '/shop/prod': { home: 'us-east-1', replicas: ['eu-west-1'], primary: 'us-east-1' } },
  });
  expect(terminal.screen()).toContain('npm run deploy');
});

test.each([
  ['Ctrl-C', KEY.ctrlC, 130],
  ['Esc', KEY.escape, 1],
  ['the end of the input', '\u{4}', 1],
])('%s at a question writes nothing', async (_what, key, status) => {
  const box = sandbox(null);
  for (const answers of [[], ['', '', '', '']]) {
    const terminal = openTerminal(box, { ...SIZE, args: ['init'] });
    const questions = ['vault: ', 'AWS: ', 'home region', 'replica regions', 'write '];
    for (const [i, line] of answers.entries()) await answer(terminal, questions[i] ?? '', line);
    const last = questions[answers.length] ?? '';
    await terminal.until('it asks', (screen) => lastLine(screen).startsWith(last));
    terminal.press(key);
    expect(await terminal.ended()).toBe(status);
    expect(terminal.screen()).toContain('nothing was written [cancelled]');
    expect(existsSync(fileIn(box))).toBe(false);
  }
});

test('a no writes nothing', async () => {
  const box = sandbox(null);
  const terminal = openTerminal(box, { ...SIZE, args: ['init', ...FLAGS] });
  await answer(terminal, 'replica regions', '');
  await answer(terminal, 'write ', 'n');
  expect(await terminal.ended()).toBe(1);
  expect(existsSync(fileIn(box))).toBe(false);
});

test('a file that changed during the questions is not overwritten', async () => {
  for (const before of [null, EXISTING]) {
    const box = before === null ? sandbox(null) : withFile(before);
    const args = ['init', '--vault', '/late/one', '--home', 'us-east-1'];
    const terminal = openTerminal(box, { ...SIZE, args });
    if (before === null) await answer(terminal, 'AWS: ', '');
    await answer(terminal, 'replica regions', '');
    await terminal.until('it asks whether to write', (screen) => lastLine(screen).startsWith('write '));
    const other = ['--vault', '/early/one', '--home', 'us-east-1', '--yes'];
    expect((await init(box, ...other)).status).toBe(0);
    const text = textIn(box);
    terminal.press('\r');
    expect(await terminal.ended()).toBe(5);
    expect(terminal.screen()).toContain('[conflict]');
    expect(textIn(box)).toBe(text);
  }
});
