/** doctor, as a process of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { DescribeKeyCommand, DisableKeyCommand } from '@aws-sdk/client-kms';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { formatFindings, summarize } from '../../cli/doctor/print.ts';
import { remoteFaults } from '../../src/emulator/index.ts';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';

const SECRET = 'never-to-be-printed-d884c765';

interface Report {
  readonly vault: string;
  readonly aws: string;
  readonly ok: boolean;
  readonly findings: readonly {
    readonly check: string;
    readonly region?: string;
    readonly state: string;
    readonly fix?: string;
  }[];
}

function report({ out }: Ended): Report {
  return JSON.parse(out) as Report;
}

async function withSecret(): Promise<Sandbox> {
  const box = sandbox();
  expect(await box.waxseal(['set', 'PASSWORD'], { input: SECRET })).toMatchObject({ status: 0 });
  return box;
}

test('a vault as it should be: one line for each thing, and a last one that adds up', async () => {
  const box = await withSecret();
  const { status, out, err } = await box.waxseal(['doctor']);
  expect(status).toBe(0);
  expect(err).toBe(`vault /acme/dev · embedded AWS in ${join(box.cwd, '.waxseal')}\n`);
  const lines = out.trimEnd().split('\n');
  expect(lines.filter((line) => !line.startsWith(' ') && line !== '')).toEqual([
    'everywhere',
    'us-east-1 (home)',
    'eu-west-1',
    'all well (6 not tested)',
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}✓ ok +read +you may read secrets$/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}– not tested +trail +the embedded AWS has no CloudTrail$/),
  );
  expect(out).not.toContain('\u001B');
  expect(out + err).not.toContain(SECRET);
});

test('what is wrong is said with its fix, in text and JSON, and by the exit status', async () => {
  const box = await withSecret();
  const local = await startLocal(box);
  const kms = local.kms('eu-west-1');
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/waxseal/acme/dev' }));
  await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }));
  await local.plant('us-east-1', '/acme/dev/.waxseal/vault', SECRET);

  const text = await box.waxseal(['doctor', '--quiet']);
  expect(text).toMatchObject({ status: 1, err: '' });
  expect(text.out).toMatch(
    /✗ wrong +key +alias\/waxseal\/acme\/dev is key mrk-\w+, disabled.*\n +→ aws kms /,
  );
  expect(text.out).toMatch(/\n2 things to mend \(\d+ not tested\)\n$/);

  const json = await box.waxseal(['doctor', '--json']);
  expect(json.status).toBe(1);
  const { findings, ...rest } = report(json);
  expect(rest).toEqual({
    vault: '/acme/dev',
    aws: `embedded AWS in ${join(box.cwd, '.waxseal')}`,
    ok: false,
  });
  expect(
    findings.filter(({ state }) => state === 'fail').map(({ check, region }) => [check, region]),
  ).toEqual([
    ['descriptor', 'us-east-1'],
    ['key', 'eu-west-1'],
  ]);
  for (const { out, err } of [text, json]) expect(out + err).not.toContain(SECRET);
});

test('where nothing is yet, it says so and makes nothing', async () => {
  const box = sandbox();
  const ended = await box.waxseal(['doctor', '--json']);
  expect(ended.status).toBe(0);
  expect(report(ended)).toMatchObject({ ok: true, findings: [{ check: 'local-state', state: 'warn' }] });
  expect(existsSync(join(box.cwd, '.waxseal'))).toBe(false);

  const env = { WAXSEAL_EMBEDDED: join(box.root, 'mistyped'), WAXSEAL_REGIONS: 'us-east-1' };
  const lost = await box.waxseal(['doctor', '--vault', '/acme/other'], { env });
  expect(lost.status).toBe(1);
  expect(lost.out).toContain('check WAXSEAL_EMBEDDED');
});

test('an endpoint where nobody listens is a finding', async () => {
  const box = sandbox();
  const env = { WAXSEAL_ENDPOINT: 'http://127.0.0.1:1' };
  const ended = await box.waxseal(['doctor', '--json'], { env });
  expect(ended.status).toBe(1);
  expect(report(ended).findings.map(({ check, state }) => `${check} ${state}`)).toEqual([
    'credentials fail',
    'region fail',
    'region fail',
  ]);
});

test('a file that is wrong is an error like everywhere', async () => {
  const box = sandbox({ vaults: { '/acme/dev': { home: 'nowhere' } } });
  expect(await box.waxseal(['doctor'])).toMatchObject({ status: 2, out: '' });
});

test('--probe-write writes, deletes and says so', async () => {
  const box = await withSecret();
  const local = await startLocal(box);
  const ended = await box.waxseal(['doctor', '--probe-write', '--json']);
  expect(ended.status).toBe(0);
  const writes = report(ended).findings.filter(({ check }) => check === 'write');
  expect(writes.map(({ region, state }) => [region, state])).toEqual([
    ['us-east-1', 'ok'],
    ['eu-west-1', 'ok'],
  ]);
  for (const region of ['us-east-1', 'eu-west-1']) expect(await probes(local.ssm(region))).toEqual([]);
});

test.each(deep ? (['SIGINT', 'SIGTERM'] as const) : (['SIGINT'] as const))(
  '%s in the middle of a probe leaves nothing behind',
  async (signal) => {
    const box = await withSecret();
    const local = await startLocal(box, ['--log']);
    // Long enough for the signal to come before the probe is gone.
    const slow = { region: '*', kind: 'latency', ms: 1_500, operation: 'DeleteParameter' } as const;
    await remoteFaults(local.endpoint).set(slow);
    const running = box.startWaxseal(['doctor', '--probe-write'], {
      env: { WAXSEAL_ENDPOINT: local.endpoint },
    });
    await local.server.until('a probe is written', (_out, err) => / ssm:PutParameter 200 /.test(err));
    running.kill(signal);
    const ended = await running.ended;
    expect(ended).toMatchObject({ status: signal === 'SIGINT' ? 130 : 1, out: '' });
    expect(ended.err).toContain('[cancelled]');
    for (const region of ['us-east-1', 'eu-west-1']) expect(await probes(local.ssm(region))).toEqual([]);
  },
);

test('Ctrl-C ends it at once, even when no region answers', async () => {
  const box = await withSecret();
  const local = await startLocal(box);
  await remoteFaults(local.endpoint).set({ region: '*', kind: 'hang' });
  const running = box.startWaxseal(['doctor']);
  await running.until('it began', (_out, err) => err.includes('vault /acme/dev'));
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({ status: 130, out: '' });
});

test('marks and words say what colours say', () => {
  const findings = [
    { check: 'key', region: 'us-east-1', state: 'warn', message: 'a\u001B[2Jb', fix: 'c' },
    { check: 'read', region: 'us-east-1', state: 'info', message: 'd' },
  ] as const;
  const plain = formatFindings(findings, { regions: ['us-east-1'], colour: false });
  expect(plain).toMatch(/! warning +key +a\uFFFD\[2Jb\n +→ c\n +· note +read +d\n\n1 thing to look at\n$/);
  const coloured = formatFindings(findings, { regions: ['us-east-1'], colour: true });
  expect(stripVTControlCharacters(coloured)).toBe(plain);
  expect(coloured).not.toBe(plain);
  expect(summarize([{ check: 'read', state: 'info', message: 'd' }])).toBe('all well');
});

async function probes(ssm: ReturnType<Awaited<ReturnType<typeof startLocal>>['ssm']>): Promise<unknown> {
  const page = await ssm.send(new GetParametersByPathCommand({ Path: '/acme/dev', Recursive: true }));
  return (page.Parameters ?? []).map(({ Name }) => Name).filter((name) => name?.includes('/probe-'));
}
