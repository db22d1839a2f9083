/** --explain: the calls of a command as AWS saw them, on stderr, and never a secret. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Local, startLocal } from './support/aws.ts';
import { createSandbox, NODE, ROOT, type Sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';

const [HOME, REPLICA] = ['us-east-1', 'eu-west-1'];
const NAME = 'DATABASE_URL';
const VALUE = 'postgres://hidden';
let box: Sandbox;
let local: Local;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  box = createSandbox();
  local = await startLocal(box);
  env = { WAXSEAL_ENDPOINT: local.endpoint };
  expect((await box.waxseal(['set', NAME], { input: VALUE })).status).toBe(0);
});
afterAll(() => box.close());
afterEach(async () => {
  expect((await box.waxseal(['local', 'fault', '*', 'up'])).out).toBe('no faults\n');
});

const fault = async (...args: string[]): Promise<void> => {
  expect((await box.waxseal(['local', 'fault', ...args])).status).toBe(0);
};

interface Row {
  readonly call: string;
  readonly region: string;
  readonly ms: number;
  readonly attempts: number;
  readonly bytes: number;
  readonly status: string;
}

/** The table in what was said, and the line below it. */
function explanation(err: string): { readonly rows: readonly Row[]; readonly line: string } {
  const lines = err.split('\n');
  const from = lines.findIndex((line) => /^CALL +REGION +MS +ATTEMPTS +BYTES +STATUS$/.test(line));
  const to = lines.findIndex((line) => line.startsWith('explain'));
  const rows = lines.slice(from + 1, to).map((text) => {
    const [call = '', region = '', ms, attempts, bytes, status = '', ...more] = text.split(/ {2,}/);
    expect(more, text).toEqual([]);
    return { call, region, ms: Number(ms), attempts: Number(attempts), bytes: Number(bytes), status };
  });
  expect([from, to].includes(-1), err).toBe(false);
  return { rows, line: lines[to] ?? '' };
}

const told = ({ rows }: { readonly rows: readonly Row[] }): readonly string[] =>
  rows.map(({ call, region }) => `${call} ${region}`);

test('exec: GetParameters and Decrypt at home by the lean client, told before the command starts', async () => {
  const before = await box.waxseal(['release', 'list', '--json']);
  const { releases } = JSON.parse(before.out) as {
    readonly releases: readonly { readonly release: number }[];
  };
  const args = ['exec', '--explain', '--', 'sh', '-c', 'echo started >&2'];
  const { status, err } = await box.waxseal(args, { env });
  expect(status).toBe(0);
  const { rows, line } = explanation(err);
  expect(rows).toMatchObject([
    { call: 'ssm:GetParameters', region: HOME, attempts: 1, status: '200' },
    { call: 'kms:Decrypt', region: HOME, attempts: 1, status: '200' },
  ]);
  for (const { ms, bytes } of rows) {
    expect(ms).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(100);
  }
  expect(line).toMatch(
    new RegExp(
      `^explain /acme/dev: 2 calls in [\\d.]+ ms · lean client \\(endpoint: no credentials are needed\\) · not hedged · release ${releases[0]?.release} · data keys: 1 opened by KMS, 1 uses from memory$`,
    ),
  );
  expect(err.endsWith(`${line}\nstarted\n`)).toBe(true);
  expect(err).not.toContain(NAME);
  expect(err).not.toContain(VALUE);
});

test('-q silences messages and not what was asked for; nothing is told unasked', async () => {
  const quiet = await box.waxseal(['exec', '-q', '--explain', '--', 'true'], { env });
  expect(quiet.err).toMatch(/^CALL /);
  expect(told(explanation(quiet.err))).toHaveLength(2);
  // Before the command as well as behind it.
  const early = await box.waxseal(['--explain', 'exec', '-q', '--', 'true'], { env });
  expect(told(explanation(early.err))).toHaveLength(2);
  expect((await box.waxseal(['exec', '-q', '--', 'echo', '--explain'], { env })).err).toBe('');
});

test('a throttled call shows its attempts', async () => {
  await fault(HOME, 'throttle', '--operation', 'GetParameters', '--times', '1');
  // Home alone: the wait for the second attempt may be longer than what a replica is asked after.
  const own = { ...env, WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: HOME };
  const args = ['exec', '-q', '--explain', '--', 'true'];
  const { err, status } = await box.waxseal(args, { cwd: box.home, env: own });
  expect(status).toBe(0);
  expect(explanation(err).rows).toMatchObject([
    { call: 'ssm:GetParameters', region: HOME, attempts: 2, status: '200' },
    { call: 'kms:Decrypt', region: HOME, attempts: 1, status: '200' },
  ]);
});

test('home that hangs shows the hedge, and the call that was cut off', async () => {
  await fault(HOME, 'hang');
  const { err, status } = await box.waxseal(['exec', '-q', '--explain', '--', 'true'], { env });
  expect(status).toBe(0);
  const { rows, line } = explanation(err);
  expect(rows).toMatchObject([
    { call: 'ssm:GetParameters', region: HOME, bytes: 0, status: 'none' },
    { call: 'ssm:GetParameters', region: REPLICA, status: '200' },
    { call: 'kms:Decrypt', region: REPLICA, status: '200' },
  ]);
  expect(rows[0]?.ms).toBeGreaterThan(250);
  expect(line).toContain(' · hedged · ');
});

test('list, get and set tell theirs by the SDK; stdout stays as it is', async () => {
  const list = await box.waxseal(['list', '--json', '--explain', '-q'], { env });
  expect(JSON.parse(list.out)).toMatchObject({ secrets: [{ name: NAME }] });
  expect(told(explanation(list.err))).toEqual(
    expect.arrayContaining([`ssm:GetParametersByPath ${HOME}`, `ssm:GetParametersByPath ${REPLICA}`]),
  );
  expect(explanation(list.err).line).toContain('sdk client (not the start of an application) · not hedged');

  const get = await box.waxseal(['get', NAME, '--explain'], { env });
  expect(get.out).toBe(VALUE);
  expect(told(explanation(get.err))).toEqual([`ssm:GetParameters ${HOME}`, `kms:Decrypt ${HOME}`]);
  expect(get.err).not.toContain(VALUE);

  const set = await box.waxseal(['set', 'OTHER', '--explain', '--json'], { env, input: 'hidden too' });
  const { release } = JSON.parse(set.out) as { readonly release: number };
  const { rows, line } = explanation(set.err);
  const puts = rows.filter(({ call }) => call === 'ssm:PutParameter').map(({ region }) => region);
  // The entry and the release, in each region.
  expect(puts.toSorted()).toEqual([REPLICA, REPLICA, HOME, HOME]);
  expect(line).toMatch(new RegExp(` · release ${release} · data keys: 1 opened by KMS`));
  expect(set.err).not.toContain('hidden too');
});

test('a command that fails tells what it asked, before its error', async () => {
  const { status, err } = await box.waxseal(['get', 'MISSING', '-q', '--explain'], { env });
  expect(status).toBe(3);
  expect(told(explanation(err))).toEqual([`ssm:GetParameters ${HOME}`]);
  expect(err.indexOf('explain /acme/dev')).toBeLessThan(err.indexOf('[not_found]'));
});

test('doctor tells what it asked of every service', async () => {
  const { err } = await box.waxseal(['doctor', '--explain', '-q'], { env });
  expect(told(explanation(err))).toEqual(
    expect.arrayContaining([`sts:GetCallerIdentity ${HOME}`, `kms:DescribeKey ${REPLICA}`]),
  );
});

test('the terminal app tells when it is left, on the screen that was there before', async () => {
  const terminal = openTerminal(box, { columns: 140, rows: 30, env, args: ['--explain'] });
  await terminal.until('the secret is listed', (screen) => screen.includes(NAME));
  expect(terminal.screen()).not.toContain('explain /acme/dev');
  terminal.press('q');
  expect(await terminal.ended()).toBe(0);
  const { rows, line } = explanation(terminal.normalScreen());
  expect(told({ rows })).toContain(`ssm:GetParametersByPath ${HOME}`);
  expect(line).toContain('sdk client');
  expect(terminal.normalScreen()).not.toContain(NAME);
});

test('the demo tells of its walk, and of the release that it published', async () => {
  const { err, status } = await box.waxseal(['demo', '--explain', '-q'], { cwd: box.home });
  expect(status).toBe(0);
  const { rows, line } = explanation(err);
  expect(told({ rows })).toContain(`ssm:PutParameter ${REPLICA}`);
  expect(line).toMatch(/ · release 1 · data keys: 1 opened by KMS/);
});

test('two vaults are two tables', async () => {
  const own = { ...env, WAXSEAL_REGIONS: `${HOME},${REPLICA}` };
  const args = ['exec', '-q', '--explain', '--vault', '/acme/dev', '--vault', '/acme/none', '--', 'true'];
  const { status, err } = await box.waxseal(args, { cwd: box.home, env: own });
  expect(status).not.toBe(0);
  expect([...err.matchAll(/^explain (\S+):/gm)].map(([, vault]) => vault)).toEqual([
    '/acme/dev',
    '/acme/none',
  ]);
});

test('register by WAXSEAL_EXPLAIN, loadSecrets by explain: to stderr or to a function', async () => {
  const folder = box.folder('application');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'waxseal'));
  const own = { ...env, WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: `${HOME},${REPLICA}` };
  const node = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    box.start(NODE, args, { cwd: folder, env: { ...own, ...more } }).ended;

  const register = ['--import', 'waxseal/register', '-p', `process.env.${NAME}`];
  const explained = await node(register, { WAXSEAL_EXPLAIN: '1' });
  expect(explained.out).toBe(`${VALUE}\n`);
  expect(told(explanation(explained.err))).toEqual([`ssm:GetParameters ${HOME}`, `kms:Decrypt ${HOME}`]);
  expect(await node(register)).toMatchObject({ out: `${VALUE}\n`, err: '' });

  const app = join(folder, 'app.mjs');
  writeFileSync(
    app,
    `import { loadSecrets, refreshSecrets } from 'waxseal';
    const told = [];
    const secrets = await loadSecrets({ explain: (calls) => told.push(calls) });
    const same = (await refreshSecrets(secrets)) === secrets;
    await loadSecrets({ explain: true });
    await loadSecrets({ required: ['MISSING'], explain: (calls) => told.push(calls) }).catch(() => {});
    console.log(JSON.stringify({ same, told }));`,
  );
  const ended = await node([app]);
  const { same, told: calls } = JSON.parse(ended.out) as {
    readonly same: boolean;
    readonly told: readonly (readonly Readonly<Record<string, unknown>>[])[];
  };
  expect(same).toBe(true);
  expect(calls.map((one) => one.map(({ operation }) => operation))).toEqual([
    ['ssm:GetParameters', 'kms:Decrypt'],
    ['ssm:GetParameters'],
    ['ssm:GetParameters', 'kms:Decrypt'],
  ]);
  const [first = {}] = calls[0] ?? [];
  expect(Object.keys(first).toSorted()).toEqual(
    ['operation', 'region', 'ms', 'attempts', 'bytes', 'status'].toSorted(),
  );
  expect(told(explanation(ended.err))).toHaveLength(2);
  expect(ended.err).not.toContain(VALUE);
});
