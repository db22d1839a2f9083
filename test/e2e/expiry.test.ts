/** Secrets that expire, from `set --expires` to the application that starts with one. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVault } from '../../src/open-vault.ts';
import { cases, deep } from '../support/seed.ts';
import { createSandbox, NODE, PROJECT, ROOT, type Sandbox, sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';

const DAY = 86_400_000;
const code = (err: string): string | undefined => /\[(\w+)\]$/m.exec(err)?.[1];

/** Writes secrets, each with its expiry in ms from now: what has expired already no command would write. */
async function plant(
  box: Sandbox,
  secrets: Readonly<Record<string, number | undefined>>,
  publish = true,
): Promise<void> {
  const env = { WAXSEAL_EMBEDDED: join(box.cwd, '.waxseal') };
  const open = await openVault({ env, cwd: box.cwd });
  for (const [name, from] of Object.entries(secrets)) {
    const expiresAt = from === undefined ? undefined : Date.now() + from;
    await open.vault.set(name, Buffer.from('planted-value'), { expiresAt });
  }
  if (publish) await open.vault.publish();
  await open.close();
}

describe('set', () => {
  test('takes an expiry, and says when a new value ends it', async () => {
    const box = sandbox();
    const first = await box.waxseal(['set', 'A', '--expires', '90d', '--json'], { input: 'x' });
    expect(first.err).toMatch(/^A expires in 90 days, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
    const { expiresAt } = JSON.parse(first.out) as { expiresAt: string };
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / DAY)).toBe(90);
    expect(JSON.parse((await box.waxseal(['get', 'A', '--json'])).out)).toMatchObject({ expiresAt });

    const second = await box.waxseal(['set', 'A'], { input: 'y' });
    expect(second).toMatchObject({ status: 0, out: 'A revision 2\n' });
    expect(second.err).toMatch(
      /^note: A was to expire \d{4}-.* UTC; with its new value it never does \(--expires/m,
    );
    expect(JSON.parse((await box.waxseal(['get', 'A', '--json'])).out)).not.toHaveProperty('expiresAt');

    await box.waxseal(['set', 'A', '--expires', '2099-01-31'], { input: 'z' });
    expect(JSON.parse((await box.waxseal(['get', 'A', '--json'])).out)).toMatchObject({
      expiresAt: '2099-01-31T00:00:00.000Z',
    });
    // Whoever says never needs no note.
    expect((await box.waxseal(['set', 'A', '--expires', 'never'], { input: 'z' })).err).not.toContain('note');
  });

  test.each(['0d', '2020-01-01', 'tomorrow', '101y', '2099-02-30', '2099-01-01T10:00'])(
    '%s is a mistake, before anything is asked',
    async (when) => {
      const box = sandbox();
      const ended = await box.waxseal(['set', 'A', '--expires', when], { input: 'x' });
      expect(ended).toMatchObject({ status: 2, out: '' });
      expect(ended.err).toMatch(/^error: --expires expected .* \[usage\]\n {2}(such as 90d, |add Z)/);
    },
  );

  test.runIf(deep)('an import says which expiries it ends', async () => {
    const box = sandbox();
    await plant(box, { A: DAY, B: DAY, C: undefined });
    const input = 'A=new\nB=planted-value\nC=new\n';
    const dry = await box.waxseal(['import', '-', '--format', 'dotenv', '--dry-run'], { input });
    expect(dry.err).toContain('note: with a new value A would expire no more');
    const done = await box.waxseal(['import', '-', '--format', 'dotenv', '--json'], { input });
    expect(done.err).toContain(
      'note: with a new value A expires no more; waxseal set NAME --expires says when',
    );
    expect(JSON.parse(done.out)).toMatchObject({ changed: ['A', 'C'], unchanged: ['B'], endedExpiry: ['A'] });
  });
});

describe('looking at it', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = createSandbox();
    await plant(box, { GONE: -3 * DAY, SOON: 12 * DAY, LATER: 400 * DAY, NEVER: undefined });
  });
  afterAll(() => box.close());

  test('list has a column where anything expires, and shows what soon will', async () => {
    const { out } = await box.waxseal(['list']);
    expect(out).toMatch(/^NAME +REVISION +AGE +EXPIRES +US-EAST-1 +EU-WEST-1$/m);
    expect(out).toMatch(/^GONE +1 +\d+ s +expired 3 days ago +equal +equal$/m);
    expect(out).toMatch(/^SOON +1 +\d+ s +in 12 days +equal/m);
    expect(out).toMatch(/^LATER +1 +\d+ s +in 400 days +equal/m);
    expect(out).toMatch(/^NEVER +1 +\d+ s +- +equal/m);
    const names = async (span: string): Promise<readonly string[]> => {
      const { secrets } = JSON.parse((await box.waxseal(['list', '--expiring', span, '--json'])).out) as {
        secrets: { name: string }[];
      };
      return secrets.map(({ name }) => name);
    };
    expect(await names('30d')).toEqual(['GONE', 'SOON']);
    expect(await names('1h')).toEqual(['GONE']);
    expect(await names('2y')).toEqual(['GONE', 'LATER', 'SOON']);
    expect((await box.waxseal(['list', '--expiring', 'soon'])).status).toBe(2);
  });

  test('status counts it, and is equal all the same', async () => {
    const { status, out } = await box.waxseal(['status']);
    expect(status).toBe(0);
    expect(out).toContain(
      '1 secret expired, 1 secret to expire within 30 days: waxseal list --expiring 30d\n4 secrets, 2 regions: all equal\n',
    );
    const json = JSON.parse((await box.waxseal(['status', '--all', '--json'])).out) as { entries: object[] };
    expect(json).toMatchObject({ equal: true, expired: 1, expiring: 1 });
    expect(json.entries[0]).toMatchObject({ name: 'GONE', expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(json.entries[2]).not.toHaveProperty('expiresAt');
  });

  test('get says it on a terminal; in a pipe the bytes stay what they are', async () => {
    const piped = await box.waxseal(['get', 'GONE']);
    expect(piped).toMatchObject({ status: 0, out: 'planted-value' });
    expect(piped.err).toMatch(/^warning: GONE expired 3 days ago$/m);
    expect((await box.waxseal(['get', 'SOON'])).err).not.toContain('warning');
    for (const [name, said] of [
      ['GONE', /^expires +\d{4}-\d\d-\d\d \d\d:\d\d UTC, expired 3 days ago$/m],
      ['SOON', /^expires +\d{4}-\d\d-\d\d \d\d:\d\d UTC, in 12 days$/m],
      ['NEVER', /^expires +never$/m],
    ] as const) {
      const terminal = openTerminal(box, { columns: 100, rows: 30, args: ['get', name] });
      expect(await terminal.ended()).toBe(0);
      expect(terminal.screen()).toMatch(said);
    }
  });
});

test.runIf(deep)('without anything that expires list and status are as they were', async () => {
  const box = sandbox();
  await plant(box, { A: undefined });
  expect((await box.waxseal(['list'])).out).toMatch(/^NAME +REVISION +AGE +US-EAST-1 +EU-WEST-1$/m);
  expect((await box.waxseal(['status'])).out).not.toContain('expire');
  const none = await box.waxseal(['list', '--expiring', '30d']);
  expect(none).toMatchObject({ status: 0, out: '' });
  expect(none.err).toContain('nothing expires within 30d');
});

describe.each(
  cases(1, [
    ['with a release', true],
    ['without one', false],
  ]),
)('an application, %s', (_, publish) => {
  let box: Sandbox;
  const APP = [NODE, '-p', 'process.env.OLD + process.env.OLDER'];
  beforeAll(async () => {
    box = createSandbox({ ...PROJECT, defaultVault: '/acme/dev' });
    await plant(box, { OLD: -DAY, OLDER: -2 * DAY, SOON: DAY, NEVER: undefined }, publish);
    mkdirSync(join(box.cwd, 'node_modules'));
    symlinkSync(ROOT, join(box.cwd, 'node_modules', 'waxseal'));
    writeFileSync(join(box.cwd, 'app.js'), 'console.log(process.env.OLD)');
  });
  afterAll(() => box.close());

  test('exec warns and starts; it refuses and ignores where it is told to', async () => {
    const said = /^warning: \/acme\/dev: OLDER expired 2 days ago, OLD expired 1 day ago$/m;
    const warned = await box.waxseal(['exec', '--', ...APP]);
    expect(warned).toMatchObject({ status: 0, out: 'planted-valueplanted-value\n' });
    expect(warned.err).toMatch(said);
    expect((await box.waxseal(['exec', '-q', '--', ...APP])).err).toBe('');

    for (const refused of [
      await box.waxseal(['exec', '--refuse-expired', '--', ...APP]),
      await box.waxseal(['exec', '-q', '--', ...APP], { env: { WAXSEAL_EXPIRED: 'refuse' } }),
    ]) {
      expect(refused).toMatchObject({ status: 1, out: '' });
      expect(code(refused.err)).toBe('secret_expired');
      expect(refused.err).toMatch(/OLDER expired 2 days ago, OLD expired 1 day ago/);
      expect(refused.err).not.toContain('planted');
    }
    const ignored = await box.waxseal(['exec', '--', ...APP], { env: { WAXSEAL_EXPIRED: 'ignore' } });
    expect(ignored.status).toBe(0);
    expect(ignored.err).not.toContain('expired');
  });

  test('exec looks at what it takes, no more', async () => {
    for (const options of [
      ['--only', 'NEVER', 'SOON'],
      ['--except', 'OLD', 'OLDER'],
    ]) {
      const ended = await box.waxseal(['exec', '--refuse-expired', ...options, '--', NODE, '-p', '1']);
      expect(ended, ended.err).toMatchObject({ status: 0, out: '1\n' });
    }
    const one = await box.waxseal(['exec', '--refuse-expired', '--except', 'OLD', '--', NODE, '-p', '1']);
    expect(one.err).toMatch(/\/acme\/dev: OLDER expired 2 days ago \[secret_expired\]/);
  });

  test('register does the same by WAXSEAL_EXPIRED', async () => {
    const args = ['--import', 'waxseal/register', 'app.js'];
    const warned = await box.start(NODE, args).ended;
    expect(warned).toMatchObject({ status: 0, out: 'planted-value\n' });
    expect(warned.err).toMatch(/^waxseal: \/acme\/dev: OLDER expired 2 days ago, OLD expired 1 day ago$/m);
    const refused = await box.start(NODE, args, { env: { WAXSEAL_EXPIRED: 'refuse' } }).ended;
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toMatch(/^waxseal: \/acme\/dev: OLDER .*\n {2}by this machine's clock, /m);
    const mistyped = await box.start(NODE, args, { env: { WAXSEAL_EXPIRED: 'refused' } }).ended;
    expect(mistyped.status).toBe(2);
  });
});
