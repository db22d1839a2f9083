/** What exec takes from which vault, what it passes on, and what has to be there before anything starts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Ended, NODE, ROOT, type Sandbox, type StartOptions } from './support/sandbox.ts';

const VAULTS = {
  '/acme/dev': { TOKEN: 'dev', URL: 'dev-url', 'smtp/password': 'dev-smtp' },
  '/acme/shared': { TOKEN: 'shared', SMTP_PASSWORD: 'shared-smtp', EXTRA: 'shared-extra' },
};
let box: Sandbox;

beforeAll(async () => {
  const regions = { home: 'us-east-1' };
  box = createSandbox({
    aws: 'embedded',
    defaultVault: '/acme/dev',
    vaults: { '/acme/dev': regions, '/acme/shared': regions },
  });
  for (const [vault, secrets] of Object.entries(VAULTS)) {
    const args = ['import', '-', '--format', 'json', '--vault', vault];
    expect((await box.waxseal(args, { input: JSON.stringify(secrets) })).status).toBe(0);
  }
});
afterAll(() => box.close());

const NAMES = ['TOKEN', 'URL', 'SMTP_PASSWORD', 'EXTRA'] as const;
const TELL = [
  NODE,
  '-p',
  `JSON.stringify([${NAMES.map((name) => `process.env.${name} ?? null`).join(',')}])`,
];

/** What NAMES are with the vault /acme/dev. */
const ALL_OF_DEV = ['dev', 'dev-url', 'dev-smtp', null];

/** Runs exec with these options. @returns what the command found of NAMES */
async function found(
  options: readonly string[],
  how: StartOptions = {},
): Promise<{ values: unknown; err: string }> {
  const ended = await box.waxseal(['exec', ...options, '--', ...TELL], how);
  expect(ended).toMatchObject({ status: 0 });
  return { values: JSON.parse(ended.out), err: ended.err };
}

const code = ({ err }: Ended): string | undefined => /\[(\w+)\]$/m.exec(err)?.[1];

describe('several vaults', () => {
  test('a later one wins over an earlier one, and says so', async () => {
    const both = await found(['--vault', '/acme/dev', '--vault', '/acme/shared']);
    expect(both.values).toEqual(['shared', 'dev-url', 'shared-smtp', 'shared-extra']);
    expect(both.err).toContain('vault /acme/dev · ');
    expect(both.err).toContain('vault /acme/shared · ');
    expect(both.err).toMatch(
      /^in more than one vault, .*: SMTP_PASSWORD \(from \/acme\/shared\), TOKEN \(from/m,
    );
    expect(both.err).not.toMatch(/URL|EXTRA/);
    const turned = await found(['-q', '--vault', '/acme/shared', '--vault', '/acme/dev']);
    expect(turned).toEqual({ values: ['dev', 'dev-url', 'dev-smtp', 'shared-extra'], err: '' });
  });

  test('the same one twice is one', async () => {
    const { err, values } = await found(['--vault', '/acme/dev', '--vault', '/acme/dev']);
    expect(values).toEqual(['dev', 'dev-url', 'dev-smtp', null]);
    expect(err.match(/^vault /gm)).toHaveLength(1);
  });

  test('one that is not there starts nothing', async () => {
    const ended = await box.waxseal([
      'exec',
      '--vault',
      '/acme/dev',
      '--vault',
      '/acme/none',
      '--',
      'echo',
      'started',
    ]);
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(code(ended)).toBe('vault_unknown');
  });

  test('help says who wins', async () => {
    const { out } = await box.waxseal(['exec', '--help']);
    expect(out.replace(/\s+/g, ' ')).toContain('a later one wins over an earlier one');
  });
});

describe('--only and --except', () => {
  test('name secrets, in any of the vaults', async () => {
    expect((await found(['--only', 'URL', 'smtp/password'])).values).toEqual([
      null,
      'dev-url',
      'dev-smtp',
      null,
    ]);
    const vaults = ['--vault', '/acme/dev', '--vault', '/acme/shared'];
    const { values } = await found([...vaults, '--only', 'EXTRA', '--only', 'TOKEN', '--except', 'TOKEN']);
    expect(values).toEqual([null, null, null, 'shared-extra']);
  });

  test('a name that no vault holds is an error, and nothing starts', async () => {
    const ended = await box.waxseal(['exec', '--only', 'URL', 'EXTRA', 'OTHER', '--', 'echo', 'started']);
    expect(ended).toMatchObject({ status: 3, out: '' });
    expect(code(ended)).toBe('not_found');
    expect(ended.err).toMatch(/^error: --only: EXTRA, OTHER: not in \/acme\/dev/m);
  });
});

test('--pristine passes on the secrets and what says where and for whom the program runs', async () => {
  const kept = {
    PATH: box.env.PATH,
    HOME: box.home,
    USER: 'u',
    LOGNAME: 'u',
    SHELL: '/bin/sh',
    TERM: 'dumb',
  };
  const also = { LANG: 'C', LC_ALL: 'C', LC_TIME: 'C', TZ: 'UTC', TMPDIR: box.tmp, PWD: box.cwd };
  const dropped = { OWN: 'x', AWS_PROFILE: 'x', WAXSEAL_VAULT: '/acme/dev', LCD: 'x', NODE_ENV: 'x' };
  const env = { ...kept, ...also, ...dropped };
  const { out, status } = await box.waxseal(['exec', '-q', '--pristine', '--', 'env', '-0'], { env });
  expect(status).toBe(0);
  const seen = Object.fromEntries(
    out.split('\0').flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s).slice(0, 2)])),
  );
  expect(seen).toEqual({ ...kept, ...also, TOKEN: 'dev', URL: 'dev-url', SMTP_PASSWORD: 'dev-smtp' });
});

describe('--strict', () => {
  const folder = (name: string, files: Record<string, string>): string => {
    const cwd = box.folder(join('cwd', name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text);
    return cwd;
  };

  test('starts when all that .env.example lists is set, from wherever', async () => {
    const cwd = folder('all', {
      '.env.example': '# what it needs\nTOKEN=\nexport URL="http://example"\nOWN=\n# OPTIONAL=\n',
    });
    expect((await found(['-q', '--strict'], { cwd, env: { OWN: '' } })).values).toEqual(ALL_OF_DEV);
  });

  test('names all that are missing, and starts nothing', async () => {
    const cwd = folder('some', { '.env.example': 'TOKEN=\nFIRST=\nSECOND=x\n', '.env.schema': 'TOKEN=\n' });
    const ended = await box.waxseal(['exec', '-q', '--strict', '--', 'echo', 'started'], { cwd });
    expect(ended).toMatchObject({ status: 3, out: '' });
    expect(ended.err).toMatch(
      /^error: FIRST, SECOND are in \.env\.example and not set[^\n]* \[not_found\]\n/,
    );
    const pristine = ['exec', '-q', '--strict', '--pristine', '--', 'echo', 'started'];
    const env = { FIRST: 'x', SECOND: 'x' };
    expect(await box.waxseal(pristine, { cwd, env })).toMatchObject({ status: 3, out: '' });
    expect((await found(['-q', '--strict-file', '.env.schema'], { cwd })).values).toEqual(ALL_OF_DEV);
  });

  test('without a list, or with one that is not clear, it is a mistake, and AWS is not asked', async () => {
    const env = { WAXSEAL_ENDPOINT: 'http://127.0.0.1:9' };
    const bare = folder('bare', { '.env.lax': 'TOKEN\n' });
    const none = await box.waxseal(['exec', '--strict', '--', 'echo', 'started'], { cwd: bare, env });
    expect(none).toMatchObject({ status: 2, out: '' });
    expect(none.err).toMatch(/^error: [^\n]*\.env\.example[^\n]*\.env\.schema[^\n]* \[usage\]/);
    const gone = await box.waxseal(['exec', '--strict-file', 'gone', '--', 'echo', 'started'], {
      cwd: bare,
      env,
    });
    expect([gone.status, code(gone)]).toEqual([2, 'usage']);
    const lax = await box.waxseal(['exec', '--strict-file', '.env.lax', '--', 'echo', 'x'], {
      cwd: bare,
      env,
    });
    expect([lax.status, code(lax), lax.out]).toEqual([2, 'import_invalid', '']);
    expect(lax.err).toContain('.env.lax:1:');
  });
});

test.each([
  ['help', ['exec', '--help'], 0],
  ['no command', ['exec'], 2],
  ['no command behind options', ['exec', '-q', '--'], 2],
  ['an option that there is not', ['exec', '--colour', '--', 'true'], 2],
  ['an option without its value', ['exec', '--vault'], 2],
  ['a value that swallows the command', ['exec', '--except', 'TOKEN', 'true'], 2],
  ['a command of that name as an argument', ['get', 'exec', 'more'], 2],
])('%s: the quick entry says what the whole command line says', async (_, args, status) => {
  const quick = await box.waxseal(args);
  const whole = await box.start(NODE, [join(ROOT, 'dist', 'cli', 'index.js'), ...args]).ended;
  expect(quick).toEqual(whole);
  expect(quick.status).toBe(status);
  expect(status === 0 ? quick.err : quick.out).toBe('');
});

test('every spelling of an option starts the command, in the place of this process', async () => {
  for (const options of [
    ['--vault=/acme/dev', '-q'],
    ['--quiet', '--only=TOKEN', '--only', 'URL'],
  ]) {
    const running = box.startWaxseal(['exec', ...options, '--', 'sh', '-c', 'echo $$ $TOKEN']);
    expect(await running.ended).toMatchObject({ status: 0, err: '', out: `${running.pid} dev\n` });
  }
  const before = box.startWaxseal(['--vault', '/acme/shared', 'exec', '-q', 'sh', '-c', 'echo $$ $TOKEN']);
  expect(await before.ended).toMatchObject({ status: 0, out: `${before.pid} shared\n` });
});

test('the whole command line runs it too, beside itself', async () => {
  const whole = join(ROOT, 'dist', 'cli', 'index.js');
  const bytes = Buffer.alloc(1024 * 1024, 'x');
  const running = box.start(NODE, [whole, 'exec', '-q', '--', 'sh', '-c', 'cat; exit 4'], { input: bytes });
  const ended = await running.ended;
  expect(ended).toMatchObject({ status: 4, err: '' });
  expect(ended.stdout.equals(bytes)).toBe(true);
});
