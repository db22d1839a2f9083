/** What can be switched in the embedded AWS from the command line: faults, quotas, the clock; and the log of calls. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand, DescribeKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { GetParameterCommand, GetParametersCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const DAY = 86_400_000;

test('faults are set one by one, told in words and as JSON, and stay with the folder', async () => {
  const box = sandbox();
  const fault = async (...args: string[]) => {
    const { status, out, err } = await box.waxseal(['local', 'fault', ...args]);
    expect([status, err]).toEqual([0, '']);
    return out;
  };
  expect(await fault()).toBe('no faults\n');
  await fault(HOME, 'throttle', '--operation', 'GetParameters', '--times', '3');
  await fault(REPLICA, 'stale', '--ms', '2000', '--probability', '0.1', '--seed', '7');
  await fault('*', 'empty-pages', '--times', '1');
  expect(await fault()).toBe(
    `${HOME}: throttle for GetParameters 3 more times\n` +
      `${REPLICA}: stale 2000 ms in 10 % of calls\n` +
      '*: empty-pages 1 more time\n',
  );
  const { faults } = JSON.parse(await fault('--json')) as { faults: unknown };
  expect(faults).toEqual([
    { region: HOME, kind: 'throttle', operation: 'GetParameters', times: 3 },
    { region: REPLICA, kind: 'stale', ms: 2000, probability: 0.1, seed: 7 },
    { region: '*', kind: 'empty-pages', times: 1 },
  ]);
  await fault(REPLICA, 'up');
  await fault('*', 'up');
  expect(await fault(HOME, 'up')).toBe('no faults\n');
});

test('a fault for a while ends when the clock has gone on', async () => {
  const box = sandbox();
  const before = Date.now();
  const set = await box.waxseal(['local', 'fault', HOME, 'half-open', '--for', '1h30m', '--json']);
  const { faults } = JSON.parse(set.out) as { faults: { until: number }[] };
  expect(faults).toMatchObject([{ region: HOME, kind: 'half-open' }]);
  const span = (faults[0]?.until ?? 0) - before;
  expect(span).toBeGreaterThanOrEqual(5_400_000);
  expect(span).toBeLessThanOrEqual(5_400_000 + Date.now() - before);
  expect((await box.waxseal(['local', 'clock', '+91m'])).status).toBe(0);
  expect((await box.waxseal(['local', 'fault'])).out).toBe('no faults\n');
});

test.each([
  ['stale without milliseconds', ['fault', HOME, 'stale'], '--ms'],
  ['stale by nothing', ['fault', HOME, 'stale', '--ms', '0'], 'stale'],
  [
    'a write that is stale',
    ['fault', HOME, 'stale', '--ms', '5', '--operation', 'PutParameter'],
    'GetParameters',
  ],
  ['a place that is no region', ['fault', 'mars-1', 'down'], 'us-east-1'],
  ['milliseconds for what has none', ['fault', HOME, 'down', '--ms', '5'], '--for'],
  ['no times', ['fault', HOME, 'down', '--times', '0'], 'times'],
  ['times that are none', ['fault', HOME, 'down', '--times', 'twice'], '--times'],
  ['more than always', ['fault', HOME, 'down', '--probability', '1.5'], '--probability'],
  ['a seed for nothing', ['fault', HOME, 'down', '--seed', '1'], '--probability'],
  ['a span without a unit', ['fault', HOME, 'down', '--for', '30'], '--for'],
  ['a quota that is none', ['quota', 'GetParameters=many'], 'GetParameters=8:8'],
  ['off and on at once', ['quota', 'off', 'aws'], 'off'],
  ['a server with a quota that is none', ['--quota', 'gcp'], 'GetParameters=8:8'],
  ['a clock that goes back', ['clock', '--', '-1d'], 'does not go back'],
  ['a clock that is set', ['clock', '2030-01-01'], '+30d'],
  ['a step that is none', ['clock', '+soon'], '30d'],
  ['a step too far', ['clock', '+36501d'], '36500d'],
])('refused as misuse: %s', async (_, args, hint) => {
  const { status, out, err } = await sandbox().waxseal(['local', ...args]);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('[usage]');
  expect(err).toContain(hint);
});

test('"* up" ends the faults of every region, and a folder that is not there is not made up', async () => {
  const box = sandbox();
  await box.waxseal(['local', 'fault', HOME, 'down']);
  await box.waxseal(['local', 'fault', '*', 'throttle']);
  const up = await box.waxseal(['local', 'fault', '*', 'up']);
  expect([up.status, up.out]).toEqual([0, 'no faults\n']);
  for (const what of [['fault', HOME, 'down'], ['clock'], ['quota']]) {
    const { status, err } = await box.waxseal(['local', ...what, '--state', 'mistyped']);
    expect([status, err]).toEqual([1, expect.stringContaining('[local_state]')]);
  }
  expect(existsSync(join(box.cwd, 'mistyped'))).toBe(false);
});

test('an unknown kind is told which kinds there are', async () => {
  const { status, err } = await sandbox().waxseal(['local', 'fault', HOME, 'explode']);
  expect(status).toBe(2);
  const kinds = [
    'down',
    'hang',
    'half-open',
    'throttle',
    'latency',
    'error',
    'lost-answer',
    'stale',
    'empty-pages',
  ];
  expect(err).toContain(`one of ${kinds.join(', ')}, or up`);
  const help = await sandbox().waxseal(['local', 'fault', '--help']);
  for (const kind of kinds) expect(help.out.replace(/\s+/g, ' ')).toContain(kind);
});

test.runIf(deep)(
  'a served quota lets through as many as it says, is changed at run time, and outlasts the server',
  async () => {
    const box = sandbox(null);
    const state = box.folder('aws');
    // So slow a refill that no test can wait for it.
    const local = await startLocal(box, ['--state', state, '--quota', 'GetParameters=0.001:8']);
    const ask = () => local.ssm(HOME).send(new GetParametersCommand({ Names: ['/a'] }));
    const client = local.ssm(HOME);
    client.config.maxAttempts = async () => 1;
    const through = async (count: number): Promise<number> => {
      const answers = await Promise.allSettled(
        Array.from({ length: count }, () => client.send(new GetParametersCommand({ Names: ['/a'] }))),
      );
      return answers.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await through(20)).toBe(8);
    const quota = (...rules: string[]) => box.waxseal(['local', 'quota', '--state', state, ...rules]);
    expect((await quota()).out).toBe('GetParameters=0.001:8\n');
    expect((await quota('off')).out).toBe('no quotas\n');
    expect((await ask()).InvalidParameters).toEqual(['/a']);
    expect((await quota('aws')).out).toMatch(/^GetParameter\+GetParameters\+GetParametersByPath=40:40\n/);
    await quota(`${REPLICA}/GetParameters=1:2`);
    await local.stop();
    expect(JSON.parse((await quota('--json')).out)).toMatchObject({
      quota: [{ region: REPLICA, operations: ['GetParameters'], rate: 1, burst: 2 }],
    });
    const again = await startLocal(box, ['--state', state]);
    expect(again.endpoint).not.toBe('');
    await again.stop();
    expect((await again.server.ended).err).toContain('quotas ("waxseal local quota")');
  },
);

test('the clock moves a running server, and its folder with it', async () => {
  const box = sandbox(null);
  const state = box.folder('aws');
  const local = await startLocal(box, ['--state', state]);
  const { KeyMetadata } = await local.kms(HOME).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId;
  await local.kms(HOME).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 }));
  const clock = async (...args: string[]) => {
    const { status, out } = await box.waxseal(['local', 'clock', '--state', state, ...args]);
    expect(status).toBe(0);
    return out;
  };
  expect(await clock()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
  expect(await clock('+29d')).toMatch(/^\S+Z, 29d ahead\n$/);
  const describe = () => local.kms(HOME).send(new DescribeKeyCommand({ KeyId }));
  expect((await describe()).KeyMetadata?.KeyState).toBe('PendingDeletion');
  const { now, aheadMs } = JSON.parse(await clock('+1d1h', '--json')) as { now: string; aheadMs: number };
  expect(aheadMs).toBe(30 * DAY + 3_600_000);
  expect(Math.abs(Date.parse(now) - aheadMs - Date.now())).toBeLessThan(60_000);
  await expect(describe()).rejects.toThrow(expect.objectContaining({ name: 'NotFoundException' }));
  await local.stop();
  expect(await clock()).toMatch(/, 30d 1h ahead\n$/);
});

test('--log prints a line for each call on stderr, and never a secret', async () => {
  const box = sandbox(null);
  const local = await startLocal(box, ['--log']);
  await local.plant(HOME, '/planted-name', 'planted-value');
  await local.read(HOME, '/planted-name');
  await expect(local.ssm(REPLICA).send(new GetParameterCommand({ Name: '/planted-name' }))).rejects.toThrow();
  // Whatever a caller puts into the name of an operation, it is one line and drives no terminal.
  await fetch(local.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=AKID/20260101/${HOME}/sts/aws4_request, SignedHeaders=host, Signature=00`,
    },
    body: new URLSearchParams({ Action: 'Get\n\u{1B}[31mforged' }),
  });
  await local.stop();
  const { out, err } = await local.server.ended;
  const lines = err.split('\n').filter((line) => /^\d{4}-/.test(line));
  const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^${time} ${HOME} ssm:PutParameter 200 - [\\d.]+ms waxseal$`)),
    expect.stringMatching(new RegExp(`^${time} ${HOME} ssm:GetParameter 200 - [\\d.]+ms waxseal$`)),
    expect.stringMatching(
      new RegExp(`^${time} ${REPLICA} ssm:GetParameter 400 ParameterNotFound [\\d.]+ms waxseal$`),
    ),
    expect.stringMatching(new RegExp(`^${time} ${HOME} sts:Get\\?\\?\\?31mforged 400 \\w+ [\\d.]+ms AKID$`)),
  ]);
  expect(err + out).not.toContain('planted');
  expect(err).not.toContain('\u{1B}');
  expect(out).not.toContain('GetParameter');
});
