/** How applications get their secrets: exec, register, loadSecrets, each in processes of their own. */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { findOtherNode } from './support/nodes.ts';
import { type Ended, NODE, ROOT, type Sandbox, sandbox } from './support/sandbox.ts';

async function importJson(box: Sandbox, secrets: Record<string, string>): Promise<void> {
  const ended = await box.waxseal(['import', '-', '--format', 'json'], { input: JSON.stringify(secrets) });
  expect(ended.status).toBe(0);
}

/** Makes `folder` a project that has waxseal installed. */
function install(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'waxseal'));
}

const code = ({ err }: Ended): string | undefined => /\[(\w+)\]$/m.exec(err)?.[1];

test('exec gives a program its secrets, names that are no variables in capitals', async () => {
  const box = sandbox();
  await importJson(box, {
    DATABASE_URL: 'postgres://db',
    'smtp/password': 'p w\'"$',
    '2fa-seed': 'x',
    EMPTY: '',
  });
  writeFileSync(
    join(box.cwd, 'app.js'),
    'const { DATABASE_URL, SMTP_PASSWORD, _2FA_SEED, EMPTY, OWN } = process.env;' +
      'console.log(JSON.stringify([DATABASE_URL, SMTP_PASSWORD, _2FA_SEED, EMPTY, OWN, process.argv.slice(2)]));',
  );
  const ended = await box.waxseal(['exec', '--', 'node', 'app.js', '--json', '-q', '--', 'a b'], {
    env: { OWN: 'kept' },
  });
  expect(ended.status).toBe(0);
  expect(JSON.parse(ended.out)).toEqual([
    'postgres://db',
    'p w\'"$',
    'x',
    '',
    'kept',
    ['--json', '-q', '--', 'a b'],
  ]);
});

test("the command's own streams and exit status go through", async () => {
  const box = sandbox();
  const script = 'cat; echo said >&2; exit 7';
  const bytes = Buffer.from([0, 255, 10, 200]);
  const ended = await box.waxseal(['exec', '-q', '--', '/bin/sh', '-c', script], { input: bytes });
  expect(ended).toMatchObject({ status: 7, err: 'said\n' });
  expect(ended.stdout.equals(bytes)).toBe(true);

  const missing = await box.waxseal(['exec', '-q', '--', 'no-such-command-here']);
  expect(missing).toMatchObject({ status: 127, out: '' });
  expect(missing.err).toContain('no-such-command-here');
  writeFileSync(join(box.cwd, 'plain.txt'), 'no program', { mode: 0o644 });
  expect(await box.waxseal(['exec', '-q', '--', './plain.txt'])).toMatchObject({ status: 126, out: '' });
});

test.each(['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)(
  '%s reaches the command, which decides',
  async (signal) => {
    const box = sandbox();
    const script = `process.on('${signal}', () => { console.log('got it'); process.exitCode = 9; clearInterval(t); });
    const t = setInterval(() => {}, 1000); console.log('ready');`;
    const running = box.startWaxseal(['exec', '-q', '--', NODE, '-e', script]);
    await running.until('the command runs', (out) => out === 'ready\n');
    running.kill(signal);
    expect(await running.ended).toMatchObject({ status: 9, signal: null, out: 'ready\ngot it\n' });
  },
);

test('a command that a signal ended ends waxseal with 128 and its number', async () => {
  const box = sandbox();
  const running = box.startWaxseal([
    'exec',
    '-q',
    '--',
    NODE,
    '-e',
    "console.log('ready'); setInterval(() => {}, 1e3)",
  ]);
  await running.until('the command runs', (out) => out === 'ready\n');
  running.kill('SIGTERM');
  const { status, signal } = await running.ended;
  expect(status ?? (signal === 'SIGTERM' ? 143 : signal)).toBe(143);
});

test('what is set already stays, unless --override', async () => {
  const box = sandbox();
  await importJson(box, { DATABASE_URL: 'from the vault', SAME: 'equal' });
  const env = { DATABASE_URL: 'from the shell', SAME: 'equal' };
  const tell = ['--', NODE, '-p', 'process.env.DATABASE_URL'];
  const kept = await box.waxseal(['exec', ...tell], { env });
  expect(kept.out).toBe('from the shell\n');
  expect(kept.err).toMatch(/^kept .*DATABASE_URL \(/m);
  expect(kept.err).not.toContain('SAME');
  expect(kept.err).not.toContain('from the');
  expect((await box.waxseal(['exec', '--override', ...tell], { env })).out).toBe('from the vault\n');
});

test('a vault cannot take over the process that it feeds', async () => {
  const box = sandbox();
  await importJson(box, { NODE_OPTIONS: '--no-warnings', LD_PRELOAD: '/tmp/x.so', PATH: '/tmp', GOOD: 'x' });
  const refused = await box.waxseal(['exec', '--', '/bin/sh', '-c', 'echo started']);
  expect(refused).toMatchObject({ status: 2, out: '' });
  expect(code(refused)).toBe('name_refused');
  for (const name of ['NODE_OPTIONS', 'LD_PRELOAD', 'PATH']) expect(refused.err).toContain(name);
  const some = await box.waxseal([
    'exec',
    '--allow',
    'LD_PRELOAD',
    'PATH',
    '--',
    '/bin/sh',
    '-c',
    'echo started',
  ]);
  expect(some).toMatchObject({ status: 2, out: '' });
  expect(some.err).toMatch(/error: NODE_OPTIONS could/);
  for (const name of ['LD_PRELOAD', 'PATH']) await box.waxseal(['delete', name, '--yes']);
  const tell = ['--', NODE, '-p', 'process.env.NODE_OPTIONS + process.env.GOOD'];
  expect((await box.waxseal(['exec', '--allow', 'NODE_OPTIONS', ...tell])).out).toBe('--no-warningsx\n');
  const env = { WAXSEAL_ALLOW: 'OTHER, NODE_OPTIONS' };
  expect((await box.waxseal(['exec', ...tell], { env })).out).toBe('--no-warningsx\n');
});

test('two secrets for one variable, and a binary one, are refused by name', async () => {
  const box = sandbox();
  await importJson(box, { 'smtp/password': 'a', SMTP_PASSWORD: 'b' });
  const clash = await box.waxseal(['exec', '--', '/bin/sh', '-c', 'echo started']);
  expect(clash).toMatchObject({ status: 2, out: '' });
  expect(code(clash)).toBe('name_clash');
  expect(clash.err).toContain('SMTP_PASSWORD and smtp/password both become SMTP_PASSWORD');
  await box.waxseal(['delete', 'smtp/password', '--yes']);
  await box.waxseal(['set', 'BLOB', '--exact'], { input: Buffer.from([0, 255]) });
  const binary = await box.waxseal(['exec', '--', '/bin/sh', '-c', 'echo started']);
  expect(binary).toMatchObject({ status: 1, out: '' });
  expect(code(binary)).toBe('not_loadable');
  expect(binary.err).toContain('BLOB');
});

test.runIf(deep).each(['supabase', 'calcom'])(
  'the environment of %s, imported whole, is what dotenv reads',
  async (project) => {
    const box = sandbox();
    const file = join(ROOT, 'test', 'fixtures', `${project}.env.example`);
    const expected = parse(readFileSync(file));
    expect(Object.keys(expected).length).toBeGreaterThan(30);
    expect((await box.waxseal(['import', file, '--format', 'dotenv'])).status).toBe(0);
    const seen = join(box.tmp, 'seen.json');
    const script = `require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))`;
    const args = Object.keys(expected).flatMap((name) => ['--allow', name]);
    expect(await box.waxseal(['exec', '--override', ...args, '--', NODE, '-e', script])).toMatchObject({
      status: 0,
    });
    const environment = JSON.parse(readFileSync(seen, 'utf8')) as Record<string, string>;
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, environment[name]]))).toEqual(
      expected,
    );
  },
);

const APP = 'console.log(JSON.stringify([process.env.DATABASE_URL, process.env.SMTP_PASSWORD]));';

test('register and loadSecrets find the vault by waxseal.json, or by the variables of "waxseal env"', async () => {
  const box = sandbox();
  await importJson(box, { DATABASE_URL: 'postgres://db', 'smtp/password': 'p#w' });
  const away = box.folder('elsewhere');
  const { out: exports } = await box.waxseal(['env', '-q']);
  const { out: json } = await box.waxseal(['env', '--json', '-q']);
  const env = JSON.parse(json) as Record<string, string>;
  expect(env).toMatchObject({ WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1,eu-west-1' });
  const shell = await box.start('/bin/sh', ['-c', `${exports}\nenv`]).ended;
  for (const [name, value] of Object.entries(env)) expect(shell.out).toContain(`${name}=${value}\n`);

  for (const [cwd, variables] of [
    [box.cwd, {}],
    [away, env],
  ] as const) {
    install(cwd);
    writeFileSync(join(cwd, 'app.js'), APP);
    writeFileSync(
      join(cwd, 'load.mjs'),
      `import { loadSecrets } from 'waxseal';
       const { DATABASE_URL, SMTP_PASSWORD } = await loadSecrets();
       console.log(JSON.stringify([DATABASE_URL, SMTP_PASSWORD]), process.env.DATABASE_URL);
       await loadSecrets({ assign: true });
       console.log(process.env.DATABASE_URL);`,
    );
    const options = { cwd, env: variables };
    const registered = await box.start(NODE, ['--import', 'waxseal/register', 'app.js'], options).ended;
    expect(registered).toMatchObject({ status: 0, err: '', out: '["postgres://db","p#w"]\n' });
    const loaded = await box.start(NODE, ['load.mjs'], options).ended;
    expect(loaded).toMatchObject({
      status: 0,
      err: '',
      out: '["postgres://db","p#w"] undefined\npostgres://db\n',
    });
  }
  const own = { ...env, DATABASE_URL: 'own' };
  const register = (more: Record<string, string>): Promise<Ended> =>
    box.start(NODE, ['--import', 'waxseal/register', 'app.js'], { cwd: away, env: { ...own, ...more } })
      .ended;
  expect((await register({})).out).toBe('["own","p#w"]\n');
  expect((await register({ WAXSEAL_OVERRIDE: '1' })).out).toBe('["postgres://db","p#w"]\n');
});

test('an application does not start without its secrets', async () => {
  const box = sandbox(null);
  install(box.cwd);
  writeFileSync(join(box.cwd, 'app.js'), "console.log('started')");
  const run = (env: Record<string, string>): Promise<Ended> =>
    box.start(NODE, ['--import', 'waxseal/register', 'app.js'], { env }).ended;
  expect(await run({})).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringMatching(/^waxseal: no vault/),
  });
  const closed = {
    WAXSEAL_VAULT: '/acme/dev',
    WAXSEAL_REGIONS: 'us-east-1',
    // The discard port: nobody listens there.
    WAXSEAL_ENDPOINT: 'http://127.0.0.1:9',
  };
  expect(await run(closed)).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/^waxseal: /) });
});

test('no way of printing what loadSecrets gave shows a value', async () => {
  const box = sandbox();
  install(box.cwd);
  const value = 'Zq7-planted-value';
  await importJson(box, { TOKEN: value });
  writeFileSync(
    join(box.cwd, 'print.mjs'),
    `import { loadSecrets } from 'waxseal';
     import { format, inspect } from 'node:util';
     const secrets = await loadSecrets();
     console.log(secrets);
     console.dir({ config: { secrets } }, { depth: 9, showHidden: true });
     console.error('%o %O %j %s', secrets, secrets, secrets, { secrets });
     console.log(JSON.stringify({ secrets }), inspect([secrets], { showHidden: true, getters: true, showProxy: true }));
     console.log(format(secrets), \`\${secrets}\`, Object.keys(secrets));
     process.exitCode = secrets.TOKEN === ${JSON.stringify(value)} ? 0 : 1;`,
  );
  const { status, out, err } = await box.start(NODE, ['print.mjs']).ended;
  expect(status).toBe(0);
  expect(out + err).not.toContain(value);
  expect(out).toContain('TOKEN');
  expect(out).toContain('[redacted]');
});

test('register under a Node that is too old stops with one line', async (context) => {
  const other = findOtherNode();
  if (other === undefined || other.major >= 22) return context.skip('no Node older than 22 is on the PATH');
  const box = sandbox();
  install(box.cwd);
  writeFileSync(join(box.cwd, 'app.js'), "console.log('started')");
  const ended = await box.start(other.file, ['--import', 'waxseal/register', 'app.js']).ended;
  expect(ended.status).toBe(1);
  expect(ended.out).toBe('');
  expect(ended.err).toMatch(/^[^\n]*22\.18[^\n]*\n$/);
});
