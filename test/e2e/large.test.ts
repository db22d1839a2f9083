/** Large secrets by the built commands: certificate chains and JSON key files, over several parameters. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { cases, deep } from '../support/seed.ts';
import { type Local, startLocal } from './support/aws.ts';
import { type Ended, NODE, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';
import { until } from './support/until.ts';

const FOLDER = '/acme/dev/.waxseal/large';
const REGIONS = ['us-east-1', 'eu-west-1'] as const;

/** Looks like a chain of certificates and compresses as little as one. */
function pemChain(certificates: number): string {
  const one = (): string => {
    const lines =
      randomBytes(1200)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  };
  return Array.from({ length: certificates }, one).join('');
}

/** What a cloud gives as a service account's key, with many of them. */
function keyFile(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const accounts = ['a', 'b', 'c'].map((id) => ({
    id,
    key: privateKey,
    salt: randomBytes(900).toString('hex'),
  }));
  return JSON.stringify({ type: 'service_account', accounts }, undefined, 2);
}

async function ends(
  box: Sandbox,
  status: number,
  args: readonly string[],
  input?: string | Buffer,
): Promise<Ended> {
  const ended = await box.waxseal(args, input === undefined ? {} : { input });
  expect(ended.status, `${args.join(' ')}: ${ended.out}${ended.err}`).toBe(status);
  return ended;
}

/** What a process finds that is started with these options. */
async function finds(box: Sandbox, options: readonly string[], env = {}): Promise<Record<string, string>> {
  const file = join(box.tmp, 'environment.json');
  const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env))`;
  const ended = await box.waxseal(['exec', ...options, '--', NODE, '-e', script], { env });
  expect(ended.status, ended.err).toBe(0);
  const { CHAIN, KEYS, TOKEN } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const found = { CHAIN, KEYS, TOKEN, said: ended.err };
  return Object.fromEntries(
    Object.entries(found).filter((one): one is [string, string] => one[1] !== undefined),
  );
}

/** The names of all parts, by region. */
async function parts(local: Local): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    REGIONS.map(async (region) => {
      const names: string[] = [];
      let NextToken: string | undefined;
      do {
        const command = new GetParametersByPathCommand({ Path: FOLDER, Recursive: true, NextToken });
        const page = await local.ssm(region).send(command);
        names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name.slice(FOLDER.length + 1)));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return names;
    }),
  );
}

test('a chain and a key file come from files, and go to pipes and applications as they were', async () => {
  const box = sandbox();
  const [chain, keys, binary] = [pemChain(6), keyFile(), randomBytes(20_000)];
  writeFileSync(join(box.cwd, 'chain.pem'), chain);
  writeFileSync(join(box.cwd, 'keys.json'), keys);
  writeFileSync(join(box.cwd, 'store.p12'), binary);
  const set = await ends(box, 0, ['set', 'CHAIN', '--file', 'chain.pem']);
  expect(set.out).toBe('CHAIN revision 1\n');
  expect(set.err).not.toContain('parameters');
  const json = JSON.parse((await ends(box, 0, ['set', 'KEYS', '--file', 'keys.json', '--json'])).out);
  expect(json).toMatchObject({ name: 'KEYS', revision: 1, changed: true, parameters: 3, oneAdvanced: true });
  await ends(box, 0, ['set', 'store.p12', '--file', 'store.p12', '-q']);
  await ends(box, 0, ['set', 'TOKEN', '-q'], 'small');

  expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(chain);
  expect((await ends(box, 0, ['get', 'KEYS'])).out).toBe(keys);
  expect((await ends(box, 0, ['get', 'store.p12'])).stdout.equals(binary)).toBe(true);
  expect(JSON.parse((await ends(box, 0, ['get', 'KEYS', '--json'])).out)).toMatchObject({ value: keys });

  const listed = await ends(box, 0, ['list']);
  expect(listed.out).toMatch(/^CHAIN +1 .* large$/m);
  expect(listed.out).toMatch(/^TOKEN +1 .* equal$/m);
  const { secrets } = JSON.parse((await ends(box, 0, ['list', '--json'])).out) as {
    secrets: { name: string; large: boolean }[];
  };
  expect(secrets.map(({ name, large }) => [name, large])).toEqual([
    ['CHAIN', true],
    ['KEYS', true],
    ['TOKEN', false],
    ['store.p12', true],
  ]);

  // Another value of which one line changed is shown so.
  writeFileSync(join(box.cwd, 'chain.pem'), `${chain}# renewed\n`);
  await ends(box, 0, ['set', 'CHAIN', '--file', 'chain.pem', '-q']);
  const diff = await ends(box, 5, ['diff', 'CHAIN', '1', '--reveal']);
  expect(diff.out).toContain('+# renewed');
  expect(diff.out.split('\n').length).toBeLessThan(15);
  expect((await ends(box, 0, ['history', 'CHAIN'])).out).toMatch(/^2 .*\n1 /m);
  await ends(box, 0, ['rollback', 'CHAIN', '--to', '1', '--yes', '-q']);
  expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(chain);
});

test.runIf(deep)('exec leaves them out and says so, unless they are asked for', async () => {
  const box = sandbox();
  const [chain, keys] = [pemChain(3), keyFile()];
  await ends(box, 0, ['set', 'CHAIN', '--exact', '-q'], chain);
  await ends(box, 0, ['set', 'KEYS', '--exact', '-q'], keys);
  await ends(box, 0, ['set', 'TOKEN', '-q'], 'small');

  const plain = await finds(box, []);
  expect(plain).toMatchObject({ TOKEN: 'small' });
  expect(Object.keys(plain)).toEqual(['TOKEN', 'said']);
  expect(plain.said).toMatch(/large secrets were left out, \/acme\/dev: CHAIN, KEYS: --large/);
  expect(await finds(box, ['-q', '--large'])).toEqual({ CHAIN: chain, KEYS: keys, TOKEN: 'small', said: '' });
  expect(await finds(box, ['-q'], { WAXSEAL_LARGE: '1' })).toMatchObject({ CHAIN: chain, KEYS: keys });
  expect(await finds(box, ['--only', 'CHAIN'])).toMatchObject({ CHAIN: chain });
  for (const [options, env] of [
    [['--no-large'], {}],
    [[], { WAXSEAL_LARGE: '0' }],
    [['--no-large'], { WAXSEAL_LARGE: '1' }],
    [['--except', 'CHAIN', 'KEYS'], {}],
  ] as const) {
    const { said = '', ...found } = await finds(box, options, env);
    expect(found).toEqual({ TOKEN: 'small' });
    expect(said).not.toContain('large');
  }
  const both = await ends(box, 3, ['exec', '--no-large', '--only', 'CHAIN', '--', 'true']);
  expect(both.err).toContain('--no-large');

  writeFileSync(join(box.cwd, '.env.example'), 'CHAIN=\nTOKEN=\n');
  expect(await finds(box, ['--strict'])).toMatchObject({ CHAIN: chain, TOKEN: 'small' });
  const lacking = await ends(box, 3, ['exec', '--strict', '--no-large', '--', 'true']);
  expect(lacking.err).toContain('CHAIN');

  // An application that is started by Node itself.
  const script = 'process.stdout.write(String(process.env.CHAIN === undefined))';
  const register = ['--import', 'waxseal/register', '-e', script];
  const cwd = join(import.meta.dirname, '..', '..');
  const env = {
    WAXSEAL_VAULT: '/acme/dev',
    WAXSEAL_REGIONS: REGIONS.join(','),
    WAXSEAL_EMBEDDED: join(box.cwd, '.waxseal'),
  };
  const without = await box.start(NODE, register, { cwd, env }).ended;
  expect(without).toMatchObject({ status: 0, out: 'true' });
  expect(without.err).toContain('CHAIN, KEYS');
  const withThem = await box.start(NODE, register, { cwd, env: { ...env, WAXSEAL_LARGE: '1' } }).ended;
  expect(withThem).toMatchObject({ status: 0, out: 'false', err: '' });
});

test.runIf(deep)(
  'they are imported, deleted, brought back and pinned as others are, and parts that are past go',
  async () => {
    const box = sandbox();
    const local = await startLocal(box);
    const [chain, keys] = [pemChain(6), keyFile()];
    writeFileSync(join(box.cwd, 'all.env'), `TOKEN=small\nKEYS='${keys}'\nCHAIN="${chain}"\n`);
    expect((await ends(box, 0, ['import', 'all.env'])).out).toContain('3 added');
    expect((await ends(box, 0, ['import', 'all.env'])).out).toContain('3 unchanged');
    expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(chain);
    expect((await ends(box, 0, ['get', 'KEYS'])).out).toBe(keys);

    await ends(box, 0, ['release', 'pin', '1', '-q']);
    await ends(box, 0, ['delete', 'CHAIN', '--yes', '-q']);
    expect((await ends(box, 3, ['get', 'CHAIN'])).out).toBe('');
    await ends(box, 0, ['undelete', 'CHAIN', '--yes', '-q']);
    expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(chain);
    for (const value of ['1', '2', '3']) await ends(box, 0, ['set', 'CHAIN', '-q'], value);
    for (const names of await parts(local)) {
      // Those of the pinned release, and of no later revision.
      expect([
        ...new Set(names.filter((name) => name.startsWith('CHAIN/')).map((name) => name.split('.')[0])),
      ]).toEqual(['CHAIN/1']);
    }
    const pinned = await box.waxseal(['exec', '-q', '--large', '--', NODE, '-p', 'process.env.CHAIN'], {
      env: { WAXSEAL_RELEASE: '1' },
    });
    expect(pinned.out).toBe(`${chain}\n`);
    expect((await ends(box, 0, ['exec', '-q', '--', NODE, '-p', 'process.env.CHAIN'])).out).toBe('3\n');
    expect((await ends(box, 0, ['status'])).err).not.toContain('error');
  },
);

test.each(
  cases(1, [
    ['SIGINT', 130],
    ['SIGKILL', null],
  ]),
)('a set that %s ends in the middle leaves what stood, and the next one is whole', async (signal, status) => {
  const box = sandbox();
  const [old, young] = [pemChain(6), randomBytes(60_000)];
  writeFileSync(join(box.cwd, 'young'), young);
  await ends(box, 0, ['set', 'CHAIN', '--exact', '-q'], old);
  const local = await startLocal(box);
  const before = await parts(local);
  await ends(box, 0, ['local', 'fault', '*', 'latency', '--ms', '200', '--operation', 'PutParameter']);
  const setting = box.startWaxseal(['set', 'CHAIN', '--file', 'young']);
  await until('some parts are written', async () =>
    ((await parts(local))[0]?.length ?? 0) > (before[0]?.length ?? 0) + 3 ? true : undefined,
  );
  setting.kill(signal);
  expect(await setting.ended).toMatchObject({ status, out: '' });
  await ends(box, 0, ['local', 'fault', '*', 'up']);
  expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(old);
  expect(await finds(box, ['-q', '--large'])).toMatchObject({ CHAIN: old });
  if (signal === 'SIGINT') expect(await parts(local)).toEqual(before);

  await ends(box, 0, ['set', 'CHAIN', '--file', 'young', '-q']);
  expect((await ends(box, 0, ['get', 'CHAIN'])).stdout.equals(young)).toBe(true);
  for (const value of ['1', '2']) await ends(box, 0, ['set', 'CHAIN', '-q'], value);
  expect(await parts(local)).toEqual([[], []]);
});

test('above the limit the error says where it may go', async () => {
  const box = sandbox();
  writeFileSync(join(box.cwd, 'big'), randomBytes(65_537));
  const ended = await ends(box, 1, ['set', 'BIG', '--file', 'big']);
  expect(ended.err).toContain('[value_too_large]');
  expect(ended.err).toContain('waxseal file encrypt');
  await ends(box, 3, ['get', 'BIG']);
  // Of a file that no memory holds no more is read than shows it.
  const huge = join(box.cwd, 'huge');
  writeFileSync(huge, '');
  truncateSync(huge, 2 ** 42);
  expect((await ends(box, 2, ['set', 'BIG', '--file', 'huge'])).err).toContain('waxseal file encrypt');
  writeFileSync(join(box.cwd, 'fits'), Buffer.alloc(65_536, randomBytes(60_000)));
  await ends(box, 0, ['set', 'FITS', '--file', 'fits', '-q']);
  expect((await ends(box, 0, ['get', 'FITS'])).stdout).toHaveLength(65_536);
});

test('on a terminal set says over how many parameters it lies, and what one advanced one would cost', async () => {
  const box = sandbox();
  const local = await startLocal(box);
  expect(local.endpoint).not.toBe('');
  await ends(box, 0, ['local', 'fault', '*', 'latency', '--ms', '100', '--operation', 'PutParameter']);
  writeFileSync(join(box.cwd, 'chain.pem'), pemChain(3));
  const set = openTerminal(box, { columns: 80, rows: 24, args: ['set', 'CHAIN', '--file', 'chain.pem'] });
  expect(await set.ended()).toBe(0);
  expect(set.raw()).toMatch(/writing parts █+/);
  const said = set.screen().replaceAll('\n', '');
  expect(said).toContain(
    'CHAIN is large: 3 parameters in each region, and of its older values only the last one is kept; one advanced parameter would hold it',
  );
  expect(said).toContain('0.05 USD a month');
  expect(said).not.toContain('writing parts');
  expect(set.screen()).toContain('CHAIN revision 1');
});

test('the terminal app takes a pasted chain of 20 KB, and says what it takes', async () => {
  const box = sandbox();
  const chain = pemChain(12);
  const app = openTerminal(box, { columns: 80, rows: 24 });
  await app.until('the vault is listed', (screen) => screen.includes('holds no secrets yet'));
  app.press('a');
  await app.until('the form is open', (screen) => screen.includes('add a secret to /acme/dev'));
  await app.type('CHAIN', (typed) => `${typed}▏`);
  app.press(KEY.enter);
  await app.until('the value has the cursor', (screen) => /value\s+▏/.test(screen));
  app.paste(chain);
  await app.until('it says what it takes', (screen) => /large: \d+ parameters in each region/.test(screen));
  app.press(KEY.enter);
  await app.until('it is saved', (screen) => /saved CHAIN, revision 1, over \d+ parameters/.test(screen));
  await app.until('the list marks it', (screen) => screen.includes('CHAIN (large)'));
  app.press(KEY.enter);
  await app.until('the detail says it', (screen) => screen.includes('large: in several parameters'));
  app.press('r');
  await app.until('it is shown', (screen) => screen.includes('BEGIN CERTIFICATE'));
  app.press('r');
  await app.until('it is hidden', (screen) => !screen.includes('BEGIN CERTIFICATE'));

  app.press('e');
  await app.until('the form is open', (screen) => screen.includes('on top of revision 1'));
  app.press('\u{F}');
  await app.until('it has the current value', (screen) =>
    screen.includes('took over the value of revision 1'),
  );
  await app.until('it says what that takes', (screen) => /large: \d+ parameters/.test(screen));
  app.paste('# renewed');
  await app.until('the note is gone', (screen) => !screen.includes('took over'));
  app.press(KEY.enter);
  await app.until('it is saved', (screen) => screen.includes('saved CHAIN, revision 2, over'));
  expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(`${chain}# renewed`);

  await app.until('the list is back', (screen) => screen.includes('CHAIN (large)'));
  app.press(KEY.enter);
  await app.until('the detail is there', (screen) => screen.includes('revision  2, large'));
  app.press('h');
  await app.until('the history is there', (screen) => /❯ +2 /.test(screen) && /^ +1 /m.test(screen));
  app.press(KEY.down);
  await app.until('revision 1 is chosen', (screen) => /❯ +1 /.test(screen));
  app.press('b');
  await app.until('it asks', (screen) => screen.includes('roll back to the value of revision 1?'));
  app.press('y');
  await app.until('it is back', (screen) => screen.includes('rolled back CHAIN, revision 3, over'));
  await app.until('the list is back', (screen) => screen.includes('CHAIN (large)'));
  app.press('q');
  expect(await app.ended()).toBe(0);
  expect((await ends(box, 0, ['get', 'CHAIN'])).out).toBe(chain);
});
