/** What docs/OPERATIONS.md tells somebody to do at night, step by step: each command, and how it looks when it is over. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DisableKeyCommand, EnableKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { GetParameterHistoryCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { type Local, startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const NEW = 'ap-southeast-2';
const HEAD = '/acme/dev/.waxseal/release';

/** Runs a command that has to end with a status. */
async function ends(box: Sandbox, status: number, args: readonly string[], input = ''): Promise<Ended> {
  const ended = await box.waxseal(args, { input });
  expect(ended.status, `${args.join(' ')}: ${ended.err}`).toBe(status);
  return ended;
}

const set = (box: Sandbox, value: string, ...more: string[]): Promise<Ended> =>
  ends(box, 0, ['set', 'TOKEN', ...more], value);

async function starts(box: Sandbox): Promise<string> {
  return (await box.waxseal(['exec', '-q', '--', '/bin/sh', '-c', 'printf %s "$TOKEN"'])).out;
}

function regions(box: Sandbox, replicas: readonly string[], more: object = {}): void {
  const config = { aws: 'embedded', vaults: { '/acme/dev': { home: HOME, replicas, ...more } } };
  writeFileSync(join(box.cwd, 'waxseal.json'), JSON.stringify(config));
}

/** The kept versions of a parameter, oldest first. */
async function versions(local: Local, region: string, name: string): Promise<readonly string[]> {
  const found = await local.ssm(region).send(new GetParameterHistoryCommand({ Name: name }));
  return (found.Parameters ?? []).map(({ Value = '' }) => Value);
}

test.runIf(deep)('add a region, and drop it', async () => {
  const box = sandbox();
  await set(box, 'one');
  // While it is served, nobody can serve another region; that is said, and not taken for credentials.
  const local = await startLocal(box);
  regions(box, [REPLICA, NEW]);
  expect((await ends(box, 1, ['status'])).err).toContain(`does not serve ${NEW}`);
  await local.stop();
  const made = await ends(box, 5, ['status']);
  expect(made.err).toContain(`its replica in ${NEW}`);
  expect(made.out).toContain('1 secret not equal');
  await ends(box, 0, ['region', 'sync', '--yes']);
  expect(await ends(box, 0, ['region', 'promote', HOME])).toMatchObject({
    out: expect.stringContaining(HOME),
  });
  const [equal, got, drilled] = await Promise.all([
    ends(box, 0, ['status']),
    ends(box, 0, ['get', 'TOKEN', '--region', NEW]),
    ends(box, 0, ['region', 'drill', '--json']),
  ]);
  expect(equal.out).toContain('1 secret, 3 regions: all equal');
  expect(got.out).toBe('one');
  const drill = JSON.parse(drilled.out) as {
    vaults: readonly { regions: readonly { region: string; carries: boolean }[] }[];
  };
  expect(drill.vaults[0]?.regions.find(({ region }) => region === NEW)?.carries).toBe(true);

  regions(box, [REPLICA]);
  // Nothing of the embedded AWS is deployed: the descriptors still name the region, and doctor says what writes them.
  expect((await ends(box, 1, ['doctor'])).out).toContain(`waxseal region promote ${HOME}`);
  await ends(box, 0, ['region', 'promote', HOME]);
  const [dropped, synced] = await Promise.all([
    ends(box, 0, ['status', '--all']),
    ends(box, 0, ['region', 'sync']),
  ]);
  expect(dropped.out).toContain('1 secret, 2 regions: all equal');
  expect(dropped.out).not.toContain(NEW.toUpperCase());
  expect(synced.out).toBe('nothing to do\n');
  expect((await set(box, 'two', '--require', 'all')).err).not.toContain('warning');
});

test.runIf(deep)('home is back: a conflict is told as one, with what decides it', async () => {
  const box = sandbox();
  await set(box, 'before');
  await ends(box, 0, ['local', 'fault', HOME, 'down']);
  await set(box, 'there', '--act-as-home', REPLICA, '--yes');
  await ends(box, 0, ['local', 'fault', HOME, 'up']);
  // Against the runbook: somebody writes at home before it was synced.
  const { err } = await set(box, 'here');
  expect(err).toContain(`warning: ${REPLICA} does not have it yet`);
  expect(err).toContain('the write stands; nothing was overwritten there');
  expect(err).toContain('--prefer decides');
  expect(err).not.toContain('brings it to every region');
  const required = await ends(box, 5, ['set', 'TOKEN', '--require', 'all', '-q'], 'here again');
  expect(required.err).toContain('--prefer decides');
  expect(required.err).not.toContain('when it answers again');
  expect((await ends(box, 5, ['region', 'sync', '--yes'])).out).toContain('--prefer TOKEN=');
  await ends(box, 0, ['region', 'sync', '--yes', '--prefer', `TOKEN=${REPLICA}`]);
  await ends(box, 0, ['status']);
  expect(await starts(box)).toBe('there');
});

test.runIf(deep)('a KMS key was disabled by mistake', async () => {
  const box = sandbox();
  await set(box, 'one');
  const local = await startLocal(box);
  const kms = local.kms(HOME);
  const { Keys: [key] = [] } = await kms.send(new ListKeysCommand({}));
  const KeyId = key?.KeyId ?? '';
  await kms.send(new DisableKeyCommand({ KeyId }));
  expect(await starts(box)).toBe('one');
  const refused = await ends(box, 1, ['set', 'TOKEN'], 'two');
  expect(refused.err).toContain('TOKEN was not written');
  expect(refused.err).toContain('waxseal doctor');
  expect(refused.err).toContain(`--act-as-home ${REPLICA}`);
  expect((await ends(box, 1, ['doctor'])).out).toContain(
    `aws kms enable-key --key-id ${KeyId} --region ${HOME}`,
  );
  await kms.send(new EnableKeyCommand({ KeyId }));
  await ends(box, 0, ['doctor']);
  await set(box, 'two');
  await ends(box, 0, ['status']);
  kms.destroy();
  await local.stop();
});

test.runIf(deep)(
  'somebody wrote over a secret: by its history, by what a release still has, by hand',
  async () => {
    const box = sandbox();
    await set(box, 'right');
    await set(box, 'wrong');
    expect((await ends(box, 5, ['diff', 'TOKEN', '1', '--reveal'])).out).toMatch(/^-right\n(.*\n)*\+wrong$/m);
    await ends(box, 0, ['rollback', 'TOKEN', '--to', '1', '--yes']);
    expect(await starts(box)).toBe('right');

    // An older entry put back whole, in both regions: what stands is revision 2 again, and the release knows better.
    const local = await startLocal(box);
    const [here = '', there = ''] = await Promise.all(
      [HOME, REPLICA].map(async (region) => (await versions(local, region, '/acme/dev/TOKEN'))[1]),
    );
    await local.plant(HOME, '/acme/dev/TOKEN', there);
    await local.plant(REPLICA, '/acme/dev/TOKEN', here);
    expect((await ends(box, 0, ['get', 'TOKEN'])).out).toBe('wrong');
    expect((await ends(box, 5, ['release', 'diff'])).out).toContain('TOKEN');
    const back = await ends(box, 0, ['rollback', 'TOKEN', '--to', '3', '--yes']);
    expect(back.err).not.toContain('stays in the release');
    expect(back.out).toBe('TOKEN revision 4 has the value of revision 3\n');
    expect(await starts(box)).toBe('right');
    const [equal] = await Promise.all([ends(box, 0, ['status']), ends(box, 0, ['release', 'diff'])]);
    expect(equal.out).toContain('all equal');

    // A write by hand on top: nothing has to be set anew.
    await local.plant(HOME, '/acme/dev/TOKEN', 'by hand');
    await ends(box, 6, ['get', 'TOKEN']);
    await ends(box, 0, ['rollback', 'TOKEN', '--to', '3', '--yes']);
    expect((await ends(box, 0, ['get', 'TOKEN'])).out).toBe('right');
    await ends(box, 0, ['status']);
    await local.stop();
  },
);

test.runIf(deep)(
  'somebody wrote over a secret: by a pin, by sync, by a release that stands above the older one',
  async () => {
    const box = sandbox();
    await set(box, 'right');
    await set(box, 'wrong');
    expect((await ends(box, 5, ['release', 'diff', '1'])).out).toBe('~ TOKEN\n');
    await ends(box, 0, ['release', 'pin', '1']);
    const env = { WAXSEAL_RELEASE: '1' };
    const print = ['exec', '-q', '--pristine', '--only', 'TOKEN', '--', 'printenv', 'TOKEN'];
    const old = await box.waxseal(print, { env });
    await set(box, old.out);
    expect(await starts(box)).toBe('right');

    const local = await startLocal(box);
    await local.plant(HOME, '/acme/dev/TOKEN', 'by hand');
    const unreadable = await ends(box, 6, ['get', 'TOKEN']);
    expect(unreadable.err).toContain(`TOKEN is not to be trusted in ${HOME}`);
    expect(unreadable.err).toContain('waxseal history TOKEN');
    await ends(box, 0, ['history', 'TOKEN']);
    await ends(box, 0, ['region', 'sync', '--yes']);
    expect((await ends(box, 0, ['get', 'TOKEN'])).out).toBe('right');

    // An older release in both regions; each region's text claims no slot of the other.
    const [here = '', there = ''] = await Promise.all(
      [HOME, REPLICA].map(async (region) => (await versions(local, region, HEAD))[0]),
    );
    await local.plant(HOME, HEAD, there);
    await local.plant(REPLICA, HEAD, here);
    const late = await ends(box, 6, ['exec', '--', 'true']);
    expect(late.err).toContain('--at-least 3');
    await ends(box, 0, ['region', 'sync', '--yes']);
    await ends(box, 0, ['release', 'publish', '--at-least', '3']);
    expect(await starts(box)).toBe('right');
    await ends(box, 0, ['status']);
    expect((await ends(box, 2, ['release', 'publish', '--at-least', '-3'])).err).toContain('whole number');
    await local.stop();
  },
);
