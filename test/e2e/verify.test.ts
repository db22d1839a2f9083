/** Verifying a vault, as an operator and an auditor meet it. */
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, type StartOptions, sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const VALUE = 'hunter2-never-in-a-report';

interface Json {
  readonly caller: string;
  readonly waxseal: string;
  readonly startedAt: string;
  readonly authentic: boolean;
  readonly vaults: readonly {
    readonly vault: string;
    readonly findings: readonly Record<string, unknown>[];
    readonly parameters: readonly Record<string, unknown>[];
    readonly regions: readonly Record<string, unknown>[];
    readonly versions: number | null;
  }[];
}

async function set(box: Sandbox, name: string, options: StartOptions = {}): Promise<void> {
  const { status, err } = await box.waxseal(['set', name, '--exact'], { ...options, input: VALUE });
  expect(status, err).toBe(0);
}

async function verify(
  box: Sandbox,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Ended> {
  const ended = await box.waxseal(['verify', ...args], options);
  expect(ended.out + ended.err).not.toContain(VALUE);
  return ended;
}

test('a vault that nobody touched: status 0 and one line, or a report to be kept', async () => {
  const box = sandbox();
  await set(box, 'A');
  await set(box, 'B');
  const text = await verify(box);
  expect(text.status, text.err).toBe(0);
  expect(text.out).toBe('2 entries, 2 regions, release 2, 1 data key: all authentic\n');
  const ended = await verify(box, ['--history', '--json']);
  expect(ended.status, ended.err).toBe(0);
  const json = JSON.parse(ended.out) as Json;
  expect(json).toMatchObject({
    authentic: true,
    complete: true,
    equal: true,
    caller: 'arn:aws:iam::000000000000:root',
    vaults: [{ vault: '/acme/dev', secrets: 2, versions: 4, findings: [] }],
  });
  expect(json.startedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const ofA = json.vaults[0]?.parameters.filter(({ parameter }) => parameter === '/acme/dev/A') ?? [];
  expect(ofA.map(({ region, verdict }) => [region, verdict])).toEqual([
    [HOME, 'authentic'],
    [REPLICA, 'authentic'],
  ]);
  expect(ofA[0]).toMatchObject({
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    kmsKeyId: expect.stringMatching(/^mrk-/),
    kmsKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    modifiedAt: expect.stringMatching(/Z$/),
    modifiedBy: expect.stringMatching(/^arn:/),
    revision: 1,
  });
  // Who wrote is known to the history alone.
  const without = JSON.parse((await verify(box, ['--json'])).out) as Json;
  expect(without.vaults[0]?.versions).toBeNull();
  expect(without.vaults[0]?.parameters.every(({ modifiedBy }) => modifiedBy === null)).toBe(true);
  expect((await verify(box, ['--all', '--vault', '/acme/dev'])).status).toBe(2);
});

test('tampering is status 6: what, where, since when, by whom and what to do', async () => {
  const box = sandbox();
  const local = await startLocal(box);
  const env = local.variables;
  await set(box, 'A', { env });
  await set(box, 'A', { env });
  const { value } = await local.read(REPLICA, '/acme/dev/A');
  await local.plant(REPLICA, '/acme/dev/A', value.replace('"rev":2', '"rev":7').replace(/:2"\}$/, ':3"}'));
  const text = await verify(box, ['--history'], { env });
  expect(text.status).toBe(6);
  expect(text.out).toMatch(
    /^NOT TO BE TRUSTED\n {2}eu-west-1 {2}A {2}\[decrypt_failed\] {2}version 3, written \d{4}-\S+Z, by arn:\S+\n {4}what is stored does not decrypt.*\n {4}"waxseal history A"/,
  );
  expect(text.out).toContain(
    '1 entry, 2 regions, release 2, 1 data key, 4 kept versions: 1 NOT to be trusted',
  );
  const json = await verify(box, ['--json'], { env });
  expect(json.status).toBe(6);
  expect((JSON.parse(json.out) as Json).vaults[0]?.findings).toMatchObject([
    { gravity: 'fault', kind: 'decrypt_failed', region: REPLICA, parameter: '/acme/dev/A', version: 3 },
  ]);
  await local.stop();
});

test.runIf(deep)(
  'many of one kind: the first ones and a count; a copy that does not count is told with its writer',
  async () => {
    const box = sandbox();
    const local = await startLocal(box);
    const env = local.variables;
    for (let n = 1; n <= 12; n += 1) await set(box, `N${n}`, { env });
    const { value } = await local.read(HOME, '/acme/dev/N1');
    await local.plant(HOME, '/acme/dev/N1', value);
    await local.plant(HOME, '/acme/dev/N2', value.replace(/:1"\}$/, ':9"}'));
    const notes = await verify(box, ['--history'], { env });
    expect(notes.status, notes.out).toBe(0);
    expect(notes.out).toMatch(
      /N1 {2}\[void\] {2}version 2, written \S+Z, by arn:\S+\n {4}the text of Version 1 was put again/,
    );
    expect(notes.out).toMatch(
      /N2 {2}\[void\] .*\n {4}a text that was sealed for \/acme\/dev\/N1 was put here/,
    );
    for (let n = 1; n <= 12; n += 1) await local.plant(REPLICA, `/acme/dev/N${n}`, '{}');
    const faults = await verify(box, [], { env });
    expect(faults.status).toBe(6);
    expect(faults.out.match(/\[malformed\] {2}version/g)).toHaveLength(10);
    expect(faults.out).toContain('\n  and 2 more  [malformed]\n');
    expect(faults.out).toContain('12 NOT to be trusted');
    await local.stop();
  },
);

test.runIf(deep)(
  'regions that differ, and one that does not answer or whose key is disabled, are status 5',
  async () => {
    const box = sandbox();
    await set(box, 'A');
    await box.waxseal(['local', 'fault', REPLICA, 'down']);
    const silent = await verify(box);
    expect(silent.status).toBe(5);
    expect(silent.out).toContain('NOT VERIFIED\n  eu-west-1  [no_answer]');
    expect(silent.out).toContain('what was verified is authentic, but no answer from eu-west-1');
    await set(box, 'A');
    await box.waxseal(['local', 'fault', REPLICA, 'up']);
    const behind = await verify(box);
    expect(behind.status, behind.out).toBe(5);
    expect(behind.out).toContain('DIFFERENT BETWEEN REGIONS\n  eu-west-1  .waxseal/release, A  [differs]');
    expect((await box.waxseal(['region', 'sync', '--yes'])).status).toBe(0);
    expect((await verify(box)).status).toBe(0);
  },
);

test.runIf(deep)('--all verifies every vault of waxseal.json, and says which', async () => {
  const box = sandbox({ aws: 'embedded', vaults: { '/acme/a': { home: HOME }, '/acme/b': { home: HOME } } });
  await set(box, 'A', { env: { WAXSEAL_VAULT: '/acme/a' } });
  await set(box, 'B', { env: { WAXSEAL_VAULT: '/acme/b' } });
  const ended = await verify(box, ['--all']);
  expect(ended.status, ended.err).toBe(0);
  expect(ended.out).toMatch(/^\/acme\/a: 1 entry, 1 region, .*: all authentic\n\n\/acme\/b: 1 entry/);
});

test('on a terminal a bar says how far it is; elsewhere nothing does', async () => {
  const box = sandbox();
  await set(box, 'A');
  expect((await verify(box)).err).not.toContain('verifying');
  const terminal = openTerminal(box, { columns: 100, rows: 20, args: ['verify'] });
  expect(await terminal.ended()).toBe(0);
  expect(terminal.raw()).toContain('verifying /acme/dev');
});
