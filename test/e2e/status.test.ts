/** Regions as a person meets them: what differs, bringing it together, and deciding a conflict. */
import { DeleteParameterCommand, GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { noise } from '../support/large.ts';
import { deep, randomNumbers } from '../support/seed.ts';
import { VAULT } from '../support/world.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';

async function set(box: Sandbox, name: string, value: string): Promise<Ended> {
  const ended = await box.waxseal(['set', name, '--exact'], { input: value });
  expect(ended.status, ended.err).toBe(0);
  return ended;
}

test('status tells equal regions from others, and region sync brings them together', async () => {
  const box = sandbox();
  await set(box, 'A', '1');
  await set(box, 'B', '1');
  const equal = await box.waxseal(['status']);
  expect(equal.status, equal.err).toBe(0);
  expect(equal.out).toContain('2 secrets, 2 regions: all equal\n');
  expect(equal.out).toMatch(/^us-east-1 \(home\)\n {2}release {3}2 [0-9a-f]{16}\n {2}data key {2}1\.\d+\./);
  expect(equal.out).toMatch(/KMS key .* enabled\n/);
  expect(equal.out).toContain('the KMS key is rotated every 365 days');
  expect(equal.out).not.toContain('REVISION');
  expect((await box.waxseal(['status', '--all'])).out).toMatch(/^NAME +REVISION +US-EAST-1 +EU-WEST-1/);

  const local = await startLocal(box);
  await box.waxseal(['local', 'fault', REPLICA, 'down']);
  await set(box, 'A', '2');
  const silent = await box.waxseal(['status', '--release']);
  expect(silent.status).toBe(5);
  expect(silent.out).toMatch(/eu-west-1 +- +- +unreachable/);
  await box.waxseal(['local', 'fault', REPLICA, 'up']);

  const drift = await box.waxseal(['status', '--json']);
  expect(drift.status).toBe(5);
  expect(JSON.parse(drift.out)).toMatchObject({
    equal: false,
    entries: [{ name: 'A', cells: { [HOME]: { state: 'equal' }, [REPLICA]: { state: 'behind' } } }],
  });
  const plan = await box.waxseal(['region', 'sync']);
  expect(plan.status, plan.err).toBe(0);
  expect(plan.out).toMatch(/A +2 +us-east-1 +eu-west-1 +is older there\n/);
  expect(plan.err).toContain('nothing was written; add --yes');
  const done = await box.waxseal(['region', 'sync', '--yes', '--json']);
  expect(done.status, done.err).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({ dryRun: false, release: 3, conflicts: [], failed: {} });
  expect(await box.waxseal(['region', 'sync'])).toMatchObject({ status: 0, out: 'nothing to do\n' });
  expect((await box.waxseal(['status', '--release'])).status).toBe(0);
  expect(done.out + plan.out + drift.out).not.toContain('ciphertext');
  await local.stop();
});

test.runIf(deep)('a conflict shows both sides, and ends where a side is preferred', async () => {
  const box = sandbox();
  await set(box, 'A', 'before');
  // Somebody acts as home in the replica, and home goes on.
  await box.waxseal(['local', 'fault', HOME, 'down']);
  const acting = ['set', 'A', '--exact', '--act-as-home', REPLICA, '--yes'];
  expect(await box.waxseal(acting, { input: 'there' })).toMatchObject({ status: 0 });
  await box.waxseal(['local', 'fault', HOME, 'up']);
  await set(box, 'A', 'here');
  const shown = await box.waxseal(['region', 'sync', '--yes']);
  expect(shown.status, shown.err).toBe(5);
  expect(shown.out).toMatch(/^conflict: A\n/m);
  expect(shown.out).toMatch(/us-east-1 +2 +\d{4}-/);
  expect(shown.out).toMatch(/eu-west-1 +2 +\d{4}-/);
  expect(shown.out).not.toMatch(/there|here\n/);
  expect((await box.waxseal(['region', 'sync', '--prefer', 'mars-1'])).status).toBe(2);

  const terminal = openTerminal(box, {
    columns: 120,
    rows: 40,
    args: ['region', 'sync', '--prefer', `A=${REPLICA}`],
  });
  await terminal.until('the plan and the question', (screen) => screen.includes('do it? [y/N]'));
  expect(terminal.screen()).toMatch(/A +3 +eu-west-1 +us-east-1 +is sealed anew, above all sides/);
  terminal.press(`y${KEY.enter}`);
  expect(await terminal.ended()).toBe(0);
  for (const region of [HOME, REPLICA]) {
    expect((await box.waxseal(['get', 'A', '--region', region])).out).toBe('there');
  }
  expect((await box.waxseal(['status'])).status).toBe(0);
});

test.runIf(deep)(
  'releases that know nothing of each other are not "nothing to do": sync says so, and --yes publishes above them',
  async () => {
    const box = sandbox();
    await set(box, 'A', '1');
    const publish = (...more: string[]): Promise<Ended> =>
      box.waxseal(['release', 'publish', '--at-least', ...more]);
    await box.waxseal(['local', 'fault', HOME, 'down']);
    expect((await publish('9', '--act-as-home', REPLICA, '--yes')).status).toBe(0);
    await box.waxseal(['local', 'fault', HOME, 'up']);
    expect((await publish('5')).status).toBe(0);
    expect((await box.waxseal(['status'])).status).toBe(5);
    const plan = await box.waxseal(['region', 'sync']);
    expect(plan).toMatchObject({ status: 0, out: '' });
    expect(plan.err).toContain('a new one is published above them');
    expect(plan.err).toContain('nothing was written; add --yes');
    expect((await box.waxseal(['region', 'sync', '--yes'])).status).toBe(0);
    expect((await box.waxseal(['status', '--release'])).out).toMatch(/us-east-1 +10 .*\neu-west-1 +10 /);
  },
);

test('status --watch looks again until Ctrl-C, and ends with the last state', async () => {
  const box = sandbox();
  await set(box, 'A', '1');
  const watching = box.startWaxseal(['status', '--watch', '1', '--json', '-q']);
  await watching.until('two looks', (out) => out.split('\n').length > 2);
  watching.kill('SIGINT');
  const { status, out, err } = await watching.ended;
  expect(status, err).toBe(0);
  for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ equal: true });
  const terminal = openTerminal(box, { columns: 100, rows: 30, args: ['status', '--watch'] });
  await terminal.until('a look', (screen) => screen.includes('1 secret, 2 regions: all equal'));
  terminal.press(KEY.ctrlC);
  expect(await terminal.ended()).toBe(0);
  expect((await box.waxseal(['status', '--watch', '0'])).status).toBe(2);
  const nowhere = { WAXSEAL_VAULT: '/acme/typo', WAXSEAL_REGIONS: HOME };
  expect((await box.waxseal(['status'], { env: nowhere })).status).toBe(2);
});

test.runIf(deep)(
  'a part of a large secret that a region lost is told of and brought back, and what is past is removed',
  async () => {
    const box = sandbox();
    const value = (from: number): string => Buffer.from(noise(4_500, randomNumbers(from))).toString('base64');
    for (let nth = 1; nth <= 2; nth += 1) await set(box, 'CERT', value(nth));
    const local = await startLocal(box);
    const ssm = local.ssm(REPLICA);
    const Path = `${VAULT}/.waxseal/large/CERT`;
    const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path }));
    const Name = Parameters.find((one) => /\/2\.\w+\.1$/.test(one.Name ?? ''))?.Name ?? '';
    await ssm.send(new DeleteParameterCommand({ Name }));
    // What a writer left who was killed long ago.
    const left = Name.replace(/2\.\w+\.1$/, `1.${'0'.repeat(16)}.1`);
    await local.plant(REPLICA, left, 'AAAA');

    const status = await box.waxseal(['status']);
    expect(status.status).toBe(5);
    expect(status.out).toMatch(/CERT +2 +equal +unreadable/);
    expect(status.out).toContain('1 of 2 parts of CERT, revision 2, is missing or changed in eu-west-1');
    const done = await box.waxseal(['region', 'sync', '--yes']);
    expect(done.status, done.err).toBe(0);
    expect(done.out).toMatch(/CERT +2 +us-east-1 +eu-west-1 +completed\n/);
    expect((await box.waxseal(['status'])).status).toBe(0);

    await set(box, 'CERT', value(3));
    await local.plant(REPLICA, left, 'AAAA');
    const plan = await box.waxseal(['region', 'sync']);
    expect(plan.out).toContain('1 part of past revisions to remove in eu-west-1\n1 past part to remove\n');
    expect(plan.err).toContain('nothing was written; add --yes');
    const removed = await box.waxseal(['region', 'sync', '--yes', '--json']);
    expect(JSON.parse(removed.out)).toMatchObject({ actions: [], past: [{ region: REPLICA, parts: 1 }] });
    expect(await box.waxseal(['region', 'sync'])).toMatchObject({ status: 0, out: 'nothing to do\n' });
    ssm.destroy();
    await local.stop();
  },
);
