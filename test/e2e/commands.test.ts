/** set, get, list, history, delete: each a process of its own. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cases, deep } from '../support/seed.ts';
import { CLI, createSandbox, type Ended, type Sandbox, sandbox } from './support/sandbox.ts';

/** The one error that a command with `--json` ends with. */
function jsonError({ err }: Ended): { code: string; message: string; hint?: string } {
  const line = err.trimEnd().split('\n').at(-1) ?? '';
  return (JSON.parse(line) as { error: { code: string; message: string } }).error;
}

async function set(
  box: Sandbox,
  name: string,
  input: string | Uint8Array,
  ...more: string[]
): Promise<Ended> {
  const ended = await box.waxseal(['set', name, ...more], { input });
  expect(ended).toMatchObject({ status: 0 });
  return ended;
}

const get = async (box: Sandbox, name: string): Promise<Buffer> => {
  const { status, stdout } = await box.waxseal(['get', name]);
  expect(status).toBe(0);
  return stdout;
};

/** A vault for tests that need no empty one. */
const shared = createSandbox();
afterAll(() => shared.close());

test.each(
  cases(2, [
    ['one line loses the line break that echo adds', 's3cret\n', [], 's3cret'],
    ['one line of a Windows file too', 's3cret\r\n', [], 's3cret'],
    ['only one of several line breaks would be a guess', 's3cret\n\n', [], 's3cret\n\n'],
    ['several lines stay as they are', '-----BEGIN\nabc\n-----END\n', [], '-----BEGIN\nabc\n-----END\n'],
    ['--exact keeps it', 's3cret\n', ['--exact'], 's3cret\n'],
    ['--exact takes an empty value', '', ['--exact'], ''],
    ['text of any script', 'pä$$wörd 🔑\u0301 "\\', [], 'pä$$wörd 🔑\u0301 "\\'],
  ]),
)('set from a pipe: %s', async (what, input, options, expected) => {
  const box = shared;
  const name = what.replaceAll(/\W/g, '_');
  const { err, out } = await set(box, name, input, ...options);
  expect(out).toBe(`${name} revision 1\n`);
  expect(err.includes('left out the line break')).toBe(input.trimEnd() === expected && input !== expected);
  expect((await get(box, name)).toString()).toBe(expected);
});

test('get in a pipe gives the bytes alone, whatever they are', async () => {
  const box = sandbox();
  const bytes = Buffer.concat([
    Buffer.from([0, 0xff, 0xfe, 0x0a, 0x80]),
    randomBytes(1500),
    Buffer.from([0x0a]),
  ]);
  writeFileSync(join(box.cwd, 'value.bin'), bytes);
  expect(await box.waxseal(['set', 'BLOB', '--file', 'value.bin'])).toMatchObject({ status: 0 });
  for (const args of [
    ['set', 'BLOB', '--file', '.'],
    ['import', '.'],
  ]) {
    const folder = await box.waxseal(args);
    expect(folder, args.join(' ')).toMatchObject({ status: 2 });
    expect(folder.err).toContain(': it is a folder [usage]');
  }
  expect((await get(box, 'BLOB')).equals(bytes)).toBe(true);
  await set(box, 'PIPED', bytes, '--exact');
  expect((await get(box, 'PIPED')).equals(bytes)).toBe(true);
  const json = JSON.parse((await box.waxseal(['get', 'BLOB', '--json'])).out) as Record<string, unknown>;
  expect(Buffer.from(String(json.valueBase64), 'base64').equals(bytes)).toBe(true);
  expect(json).not.toHaveProperty('value');
});

test('an empty pipe is a mistake, and is told what would make it meant', async () => {
  const box = sandbox();
  const ended = await box.waxseal(['set', 'TOKEN'], { input: '' });
  expect(ended).toMatchObject({ status: 2, out: '' });
  expect(ended.err).toContain('--exact');
  expect((await box.waxseal(['get', 'TOKEN'])).status).toBe(3);
});

test('a value on the command line is refused, and not said again', async () => {
  const box = sandbox();
  const value = `argv-${randomBytes(9).toString('hex')}`;
  for (const args of [
    ['set', 'TOKEN', value],
    ['set', 'TOKEN', `--value=${value}`],
    ['set', 'TOKEN', '--value', value],
    ['set', `TOKEN=${value}`],
  ]) {
    const ended = await box.waxseal(args, { input: 'another' });
    expect(ended.status, args.join(' ')).toBe(2);
    expect(ended.out + ended.err, args[2] ?? args[1]).not.toContain(value);
  }
  expect((await box.waxseal(['get', 'TOKEN'])).status).toBe(3);
});

test('list, get --json and history tell of revisions and of both regions', async () => {
  const box = sandbox();
  const first = await set(box, 'DATABASE_URL', 'postgres://one');
  expect(first.err).toContain('first start of the embedded AWS');
  const second = await set(box, 'DATABASE_URL', 'postgres://two');
  expect(second.err).not.toContain('first start');
  expect(second.out).toBe('DATABASE_URL revision 2\n');
  await set(box, 'smtp/password', 'hunter2');

  const list = await box.waxseal(['list']);
  expect(list.out.split('\n')).toEqual([
    expect.stringMatching(/^NAME +REVISION +AGE +US-EAST-1 +EU-WEST-1$/),
    expect.stringMatching(/^DATABASE_URL +2 +\d+ s +equal +equal$/),
    expect.stringMatching(/^smtp\/password +1 +\d+ s +equal +equal$/),
    '',
  ]);
  expect(list.err).toBe(`vault /acme/dev · embedded AWS in ${join(box.cwd, '.waxseal')}\n`);

  const listed = await box.waxseal(['list', '--json', '--quiet']);
  expect(listed.err).toBe('');
  expect(JSON.parse(listed.out)).toMatchObject({
    vault: '/acme/dev',
    region: 'us-east-1',
    failed: {},
    secrets: [
      { name: 'DATABASE_URL', revision: 2, copies: { 'us-east-1': 'equal', 'eu-west-1': 'equal' } },
      { name: 'smtp/password', revision: 1, deleted: false, binary: false },
    ],
  });

  const got = JSON.parse((await box.waxseal(['get', 'DATABASE_URL', '--json'])).out) as object;
  expect(got).toMatchObject({
    name: 'DATABASE_URL',
    revision: 2,
    region: 'us-east-1',
    value: 'postgres://two',
  });
  const replica = await box.waxseal(['get', 'DATABASE_URL', '--region', 'eu-west-1', '--json']);
  expect(JSON.parse(replica.out)).toMatchObject({ region: 'eu-west-1', value: 'postgres://two' });

  const history = await box.waxseal(['history', 'DATABASE_URL', '--json']);
  expect(JSON.parse(history.out)).toMatchObject({
    name: 'DATABASE_URL',
    history: [
      { revision: 2, deleted: false, linked: true },
      { revision: 1, deleted: false, linked: true },
    ],
  });
  const told = await box.waxseal(['history', 'DATABASE_URL']);
  expect(told.out.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['REVISION', '2', '1', '']);
  expect(list.out + listed.out + history.out + told.out).not.toMatch(/postgres:|hunter2/);
});

test.runIf(deep)('delete asks for a yes, keeps the history, and a name may come back above it', async () => {
  const box = sandbox();
  await set(box, 'OLD_KEY', 'old');
  const unasked = await box.waxseal(['delete', 'OLD_KEY']);
  expect([unasked.status, unasked.out]).toEqual([2, '']);
  expect(unasked.err).toContain('--yes');
  expect((await get(box, 'OLD_KEY')).toString()).toBe('old');

  expect(await box.waxseal(['delete', 'OLD_KEY', '--yes'])).toMatchObject({
    status: 0,
    out: 'OLD_KEY deleted at revision 2\n',
  });
  const gone = await box.waxseal(['get', 'OLD_KEY', '--json']);
  expect(gone).toMatchObject({ status: 3, out: '' });
  expect(jsonError(gone)).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('revision 2'),
  });
  expect((await box.waxseal(['list'])).out).not.toContain('OLD_KEY');
  expect((await box.waxseal(['list', '--deleted'])).out).toMatch(/^OLD_KEY .*deleted$/m);
  const history = await box.waxseal(['history', 'OLD_KEY', '--json']);
  expect(JSON.parse(history.out)).toMatchObject({
    history: [
      { revision: 2, deleted: true },
      { revision: 1, deleted: false },
    ],
  });
  expect((await set(box, 'OLD_KEY', 'reborn')).out).toBe('OLD_KEY revision 3\n');
  expect((await box.waxseal(['delete', 'NEVER_THERE', '--yes'])).status).toBe(3);
});

test('an expected revision that is not the current one is a conflict, and nothing is written', async () => {
  const box = sandbox();
  await set(box, 'TOKEN', 'one', '--expect-revision', '0');
  for (const args of [
    ['set', 'TOKEN', '--expect-revision', '0', '--json'],
    ['set', 'TOKEN', '--expect-revision', '7', '--json'],
    ['delete', 'TOKEN', '--yes', '--expect-revision', '7', '--json'],
  ]) {
    const ended = await box.waxseal(args, { input: 'two' });
    expect(ended).toMatchObject({ status: 5, out: '' });
    expect(jsonError(ended).code).toBe('conflict');
  }
  expect((await get(box, 'TOKEN')).toString()).toBe('one');
});

test.each([
  ['a name that Parameter Store refuses', ['get', 'no spaces please'], 'invalid_name', 2],
  ['a name that is reserved', ['get', '.waxseal/data-key'], 'invalid_name', 2],
  ['a vault that is in no file', ['list', '--vault', '/acme/other'], 'vault_unknown', 2],
  ['a revision that is no number', ['set', 'A', '--expect-revision', 'one'], 'usage', 2],
  ['a region that the vault has not', ['get', 'A', '--region', 'ap-south-1'], 'usage', 2],
  ['a file that is not there', ['import', 'nowhere.env'], 'usage', 2],
  ['a secret that is not there', ['get', 'A'], 'not_found', 3],
])('with --json an error is one JSON object on stderr: %s', async (_, args, code, status) => {
  const ended = await shared.waxseal([...args, '--json', '--quiet'], { input: 'x' });
  expect([ended.status, ended.out]).toEqual([status, '']);
  expect(ended.err.split('\n')).toHaveLength(2);
  const error = jsonError(ended);
  expect(error.code).toBe(code);
  expect(error.message).not.toBe('');
});

test.each([
  ['an unknown command', ['lst']],
  ['an unknown option', ['list', '--colour']],
  ['a missing argument', ['get']],
  ['an argument too many', ['list', 'DATABASE_URL']],
])('%s is a usage error, and stdout stays empty', async (_, args) => {
  const { status, out, err } = await sandbox().waxseal(args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('error');
});

test('help and version are data, and need no vault', async () => {
  const box = sandbox(null);
  const help = await box.waxseal(['--help']);
  expect(help).toMatchObject({ status: 0, err: '' });
  for (const command of ['list', 'get', 'set', 'import', 'exec', 'demo']) expect(help.out).toContain(command);
  expect(await box.waxseal(['--version'])).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('--vault wins over WAXSEAL_VAULT, which wins over waxseal.json', async () => {
  const region = { home: 'us-east-1' };
  const box = sandbox({
    aws: 'embedded',
    defaultVault: '/acme/file',
    vaults: { '/acme/file': region, '/acme/variable': region, '/acme/option': region },
  });
  const env = { WAXSEAL_VAULT: '/acme/variable' };
  const vaultOf = async (args: readonly string[], set: Record<string, string> = {}): Promise<unknown> => {
    const { out } = await box.waxseal(['list', '--json', ...args], { env: set });
    return (JSON.parse(out) as { vault: string }).vault;
  };
  expect(await vaultOf([])).toBe('/acme/file');
  expect(await vaultOf([], env)).toBe('/acme/variable');
  expect(await vaultOf(['--vault', '/acme/option'], env)).toBe('/acme/option');
  expect(await vaultOf([], { WAXSEAL_VAULT: '' })).toBe('/acme/file');
  const before = await box.waxseal(['--vault', '/acme/option', 'list', '--json'], { env });
  expect(JSON.parse(before.out)).toMatchObject({ vault: '/acme/option' });
});

test('without a vault and without a waxseal.json there is a way named out of it', async () => {
  const { status, err } = await sandbox(null).waxseal(['list']);
  expect(status).toBe(2);
  expect(err).toContain('[config_missing]');
  expect(err).toContain('waxseal demo');
});

test.runIf(deep)('a reader that closes the pipe early is no failure', async () => {
  const box = sandbox();
  const names = Array.from({ length: 40 }, (_, i) => `A_RATHER_LONG_NAME_FOR_A_SECRET_${i}`);
  const file = join(box.cwd, 'many.env');
  writeFileSync(file, names.map((name) => `${name}=${name}\n`).join(''));
  expect((await box.waxseal(['import', file])).status).toBe(0);
  for (const reader of ['head -1', 'true']) {
    const script = `{ node "$0" list --quiet; echo "status $?" >&2; } | ${reader}`;
    const ended = await box.start('/bin/sh', ['-c', script, CLI]).ended;
    expect(ended.err).toBe('status 0\n');
    if (reader !== 'true') expect(ended.out).toMatch(/^NAME .*\n$/);
  }
});
