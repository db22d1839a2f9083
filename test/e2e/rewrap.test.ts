/** Moving a vault under another KMS key, as an operator does it, and what its applications meet meanwhile. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeKeyCommand, DisableKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, NODE, type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const ID = /^mrk-[0-9a-f]{32}$/;

async function ok(box: Sandbox, args: readonly string[], input?: string): Promise<Ended> {
  const ended = await box.waxseal(args, input === undefined ? {} : { input });
  expect(ended.status, ended.err).toBe(0);
  return ended;
}

/** Two secrets, a deleted one, a pinned release. */
async function filled(box: Sandbox): Promise<void> {
  for (const name of ['A', 'B', 'C']) await ok(box, ['set', name, '--exact'], `value of ${name}`);
  await ok(box, ['release', 'pin', '1']);
  await ok(box, ['delete', 'C', '--yes']);
}

function configure(box: Sandbox, vault: object): void {
  const file = join(box.cwd, 'waxseal.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { vaults: Record<string, object> };
  config.vaults['/acme/dev'] = { home: HOME, replicas: [REPLICA], ...vault };
  writeFileSync(file, JSON.stringify(config));
}

async function ownKey(box: Sandbox): Promise<string> {
  const usage = await box.waxseal(['key', 'usage', 'alias/waxseal/acme/dev', '--json']);
  expect(usage.status).toBe(5);
  return (JSON.parse(usage.out) as { key: string }).key;
}

async function started(box: Sandbox): Promise<Ended> {
  return box.waxseal(['exec', '-q', '--', NODE, '-e', 'process.stdout.write(process.env.A + process.env.B)']);
}

test('from one key to the next: nothing moves before both are accepted, then everything, and the old one is out', async () => {
  const box = sandbox();
  await filled(box);
  const oldKey = await ownKey(box);
  const newKey = (await ok(box, ['local', 'key', 'create'])).out.trim();
  expect(newKey).toMatch(ID);

  const early = await box.waxseal(['key', 'rewrap', '--to', newKey, '--yes']);
  expect(early.status).toBe(2);
  expect(early.err).toContain(`"acceptedKeyIds": ["${newKey}"] for "/acme/dev"`);

  configure(box, { acceptedKeyIds: [newKey] });
  expect((await ok(box, ['env'])).out).toContain(`alias/waxseal/acme/dev,${newKey}`);
  const plan = await ok(box, ['key', 'rewrap', '--to', newKey]);
  expect(plan.out).toMatch(/^REGION +SECRETS +DELETED +DATA KEY +RELEASE +PINNED +WRITES\n/);
  expect(plan.out).toMatch(/\nus-east-1 +2 +1 +1 +1 +1 +6\neu-west-1 +2 +1 +1 +1 +1 +6\n$/);
  expect(plan.err).toContain(
    '1 call to KMS, less than USD 0.01; 6 writes in each region: about 2 s at 3 writes a second',
  );
  expect(plan.err).toContain('nothing was written; add --yes');
  expect((await box.waxseal(['key', 'usage', oldKey])).status).toBe(5);

  const done = await ok(box, ['key', 'rewrap', '--to', newKey, '--yes']);
  expect(done.err).toContain(`all that stands in ${HOME}, ${REPLICA} is under ${newKey}`);
  expect(done.err).toContain(`make it "keyId": "${newKey}"`);
  expect(done.err).toContain(`2. waxseal key usage ${oldKey}`);
  expect(done.err).toContain('3. only when that finds nothing');
  // Either key is the vault's in the midst of it: the descriptor still names the old one, and that is no difference.
  await ok(box, ['verify']);
  expect((await started(box)).out).toBe('value of Avalue of B');
  await ok(box, ['status']);
  const again = await ok(box, ['key', 'rewrap', '--to', newKey, '--yes', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({
    dryRun: false,
    to: newKey,
    from: [],
    kmsCalls: 0,
    left: 0,
    behind: [],
  });

  configure(box, { keyId: newKey });
  const late = await box.waxseal(['doctor']);
  expect([late.status, late.out]).toEqual([1, expect.stringContaining('another key than "keyId"')]);
  expect(late.out).not.toContain('CloudTrail who moved');
  const followed = await ok(box, ['list']);
  expect(followed.err).toContain(`alias/waxseal/acme/dev in ${HOME} stands before ${newKey}`);
  expect(followed.err).toContain(`/acme/dev/.waxseal/vault in ${REPLICA} names ${newKey}`);
  expect((await ok(box, ['list'])).err).not.toContain('follows');
  await ok(box, ['doctor']);
  await ok(box, ['verify']);
  const nothing = await ok(box, ['key', 'rewrap', '--to', newKey, '--yes']);
  expect(nothing.err).not.toMatch(/next:|acceptedKeyIds|\d\. /);
  const usage = await ok(box, ['key', 'usage', oldKey]);
  expect(usage.err).toContain(`nothing that stands in ${HOME}, ${REPLICA} is under ${oldKey}`);
  expect(usage.err).toContain('not seen from here: backups');
  expect((await started(box)).out).toBe('value of Avalue of B');
  await ok(box, ['set', 'A', '--exact'], 'next');
  await ok(box, ['region', 'drill']);
  const { history } = JSON.parse((await ok(box, ['history', 'B', '--json'])).out) as { history: unknown[] };
  expect(history).toEqual([expect.not.objectContaining({ problem: expect.anything() })]);
  expect((await started(box)).out).toBe('nextvalue of B');

  // The past is no attack: it is told, and how to open it.
  const verified = await ok(box, ['verify', '--history']);
  expect(verified.out).not.toContain('NOT TO BE TRUSTED');
  expect(verified.out).toMatch(
    new RegExp(
      `\\[former_key\\]\\n {4}\\d+ versions of the past are under ${oldKey}, which is not accepted any more`,
    ),
  );
  expect(verified.out).toContain(`put ${oldKey} into "acceptedKeyIds"`);
  expect(verified.out).toMatch(/what was verified is authentic, but .*\d+ versions of the past could not be/);
  const told = await ok(box, ['history', 'C', '--reveal']);
  expect(told.out).toContain(`under a KMS key that is not accepted any more (${oldKey})`);
  expect(told.out).not.toMatch(/!|parent is not/);
  expect(told.err).toContain(`"acceptedKeyIds": ["${oldKey}"] in waxseal.json`);
  const diff = await box.waxseal(['diff', 'C', '1']);
  expect(diff.status, diff.out).toBe(6);
  expect(diff.err).toContain(`"acceptedKeyIds": ["${oldKey}"]`);
  expect(diff.err).not.toContain('set the secret again');
});

test.runIf(deep)(
  '"keyId" before anything was rewrapped: nothing moves, and each error says what was forgotten',
  async () => {
    const box = sandbox();
    await filled(box);
    const oldKey = await ownKey(box);
    const newKey = (await ok(box, ['local', 'key', 'create'])).out.trim();
    configure(box, { keyId: newKey });
    const cause = `where ${oldKey} was the vault's key before, "acceptedKeyIds": ["${oldKey}"]`;
    for (const args of [['set', 'A', '--exact'], ['get', 'A'], ['verify']]) {
      const ended = await box.waxseal(args, { input: 'x' });
      expect([ended.status, ended.out + ended.err]).toEqual([6, expect.stringContaining(cause)]);
      expect(ended.err).not.toContain('follows');
    }
    expect((await box.waxseal(['verify'])).out.split(cause)).toHaveLength(2);
    const doctor = await box.waxseal(['doctor']);
    expect(doctor.out).toContain(`once "waxseal key rewrap --to ${newKey}" is through`);
    // Taken back, the vault is what it was.
    configure(box, {});
    expect((await started(box)).out).toBe('value of Avalue of B');
    await ok(box, ['doctor']);
  },
);

test.runIf(deep)('of all vaults none is shown before each of them may go there', async () => {
  const box = sandbox();
  await filled(box);
  const next = (await ok(box, ['local', 'key', 'create'])).out.trim();
  configure(box, { acceptedKeyIds: [next] });
  const file = join(box.cwd, 'waxseal.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { vaults: Record<string, object> };
  config.vaults['/acme/other'] = { home: HOME, replicas: [REPLICA] };
  writeFileSync(file, JSON.stringify(config));
  const ended = await box.waxseal(['key', 'rewrap', '--to', next, '--all']);
  expect([ended.status, ended.out], ended.err).toEqual([2, '']);
  expect(ended.err).toContain('the applications of /acme/other do not accept');
});

test.runIf(deep)(
  'key usage tells a slip of the hand from a key that is free, and knows the own one',
  async () => {
    const box = sandbox();
    await filled(box);
    const own = await ownKey(box);
    const about = await box.waxseal(['key', 'usage', own]);
    expect([about.status, about.err]).toEqual([
      5,
      expect.stringContaining("this is the vault's own key: 12 parameters are under it"),
    ]);
    expect(about.err).not.toContain('rewrap');
    const wrong = `mrk-${'0'.repeat(32)}`;
    const nowhere = await box.waxseal(['key', 'usage', wrong]);
    expect([nowhere.status, nowhere.err]).toEqual([
      3,
      expect.stringContaining(`${wrong} appears nowhere in this vault, not even in its history`),
    ]);
    expect(nowhere.err).not.toContain('nothing that stands');
    const json = await box.waxseal(['key', 'usage', wrong, '--json']);
    expect([json.status, JSON.parse(json.out)]).toMatchObject([
      3,
      { nowhere: true, inUse: false, role: null },
    ]);
    for (const name of ['mrk-1', 'key', own.slice(0, -1)]) {
      const ended = await box.waxseal(['key', 'usage', name]);
      expect([ended.status, ended.out], ended.err).toEqual([2, '']);
    }
    // The configuration knows it: nothing is under it yet, and it is no slip.
    const next = (await ok(box, ['local', 'key', 'create'])).out.trim();
    configure(box, { acceptedKeyIds: [next] });
    expect((await ok(box, ['key', 'usage', next])).err).toContain('nothing that stands');
  },
);

test.runIf(deep)(
  'by variables alone, to an alias; then the old key is disabled and everything goes on',
  async () => {
    const box = sandbox();
    await filled(box);
    const oldKey = await ownKey(box);
    const newKey = (await ok(box, ['local', 'key', 'create'])).out.trim();
    const both = { WAXSEAL_KMS_KEY: `${newKey},${oldKey}` };
    const hint = await box.waxseal(['key', 'rewrap', '--to', newKey, '--yes'], {
      env: { WAXSEAL_KMS_KEY: oldKey },
    });
    expect([hint.status, hint.err]).toEqual([
      2,
      expect.stringContaining(`WAXSEAL_KMS_KEY=${oldKey},${newKey}`),
    ]);
    // The old one is not accepted: its data key is no one's.
    const foreign = await box.waxseal(['key', 'rewrap', '--to', newKey, '--yes'], {
      env: { WAXSEAL_KMS_KEY: newKey },
    });
    expect([foreign.status, foreign.err]).toEqual([
      6,
      expect.stringContaining(`"acceptedKeyIds": ["${oldKey}"]`),
    ]);
    const done = await box.waxseal(['key', 'rewrap', '--to', newKey, '--yes'], { env: both });
    expect(done.status, done.err).toBe(0);
    expect(done.err).toContain(`take ${oldKey} out of "acceptedKeyIds"`);
    const local = await startLocal(box, ['--state', join(box.cwd, '.waxseal'), '--region', HOME, REPLICA]);
    for (const region of [HOME, REPLICA]) {
      await local.kms(region).send(new DisableKeyCommand({ KeyId: oldKey }));
    }
    expect((await box.waxseal(['get', 'A'], { env: { WAXSEAL_KMS_KEY: oldKey } })).status).not.toBe(0);
    const alone = { WAXSEAL_KMS_KEY: newKey };
    const get = await box.waxseal(['get', 'A'], { env: alone });
    expect([get.status, get.out], get.err).toEqual([0, 'value of A']);
  },
);

test.runIf(deep)(
  'the newest material of the same key: nothing before KMS rotated it, once after',
  async () => {
    const box = sandbox();
    await filled(box);
    const nothing = await ok(box, ['key', 'rewrap', '--fresh', '--yes']);
    expect(nothing.err).toContain('every data key is under the newest material');
    expect(nothing.out).toMatch(/\nus-east-1 .* 0\neu-west-1 .* 0\n$/);
    expect((await ok(box, ['local', 'key', 'rotate'])).out.trim()).toMatch(ID);
    const done = await ok(box, ['key', 'rewrap', '--fresh', '--all', '--yes', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({
      vaults: [{ vault: '/acme/dev', to: null, kmsCalls: 1, left: 0 }],
    });
    const after = await ok(box, ['key', 'rewrap', '--fresh', '--json']);
    expect(JSON.parse(after.out)).toMatchObject({ dryRun: true, regions: [{ writes: 0 }, { writes: 0 }] });
    expect((await started(box)).out).toBe('value of Avalue of B');
    await ok(box, ['status']);
  },
);

test.runIf(deep)(
  'a replica that is down is behind: the old key may not be disabled, and the next run does the rest',
  async () => {
    const box = sandbox();
    await filled(box);
    const oldKey = await ownKey(box);
    const newKey = (await ok(box, ['local', 'key', 'create'])).out.trim();
    configure(box, { acceptedKeyIds: [newKey] });
    await ok(box, ['local', 'fault', REPLICA, 'down']);
    const first = await ok(box, ['key', 'rewrap', '--to', newKey, '--yes']);
    expect(first.err).toContain(`warning: ${REPLICA} is behind`);
    expect(first.err).toContain('do not disable the old key yet');
    expect(first.err).not.toContain('all that stands');
    const unseen = await box.waxseal(['key', 'usage', oldKey]);
    expect([unseen.status, unseen.err]).toEqual([5, expect.stringContaining(`${REPLICA} was not seen`)]);
    await ok(box, ['local', 'fault', REPLICA, 'up']);
    const second = await ok(box, ['key', 'rewrap', '--to', newKey, '--yes']);
    expect(second.err).toContain(`all that stands in ${HOME}, ${REPLICA}`);
    expect((await box.waxseal(['key', 'usage', oldKey])).status).toBe(0);
  },
);

test.runIf(deep)('refused before anything is written: keys that could not carry the vault', async () => {
  const box = sandbox();
  await filled(box);
  const good = (await ok(box, ['local', 'key', 'create'])).out.trim();
  const local = await startLocal(box, ['--state', join(box.cwd, '.waxseal'), '--region', HOME, REPLICA]);
  const kms: KMSClient = local.kms(HOME);
  const { CreateKeyCommand, ScheduleKeyDeletionCommand } = await import('@aws-sdk/client-kms');
  const make = async (input: object): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
  const single = await make({});
  const lonely = await make({ MultiRegion: true });
  const rsa = await make({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const disabled = await make({ MultiRegion: true });
  await kms.send(new DisableKeyCommand({ KeyId: disabled }));
  const leaving = await make({ MultiRegion: true });
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: leaving, PendingWindowInDays: 7 }));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: good }));
  const arn = KeyMetadata?.Arn ?? '';
  const cases: readonly (readonly [string, number, string])[] = [
    [single, 2, 'multi-region key'],
    [lonely, 2, `has no replica in ${REPLICA}`],
    [rsa, 2, 'RSA_2048'],
    [disabled, 1, 'is in state Disabled'],
    [leaving, 1, 'is in state PendingDeletion'],
    ['alias/nothing', 1, 'there is no KMS key alias/nothing'],
    [`mrk-${'0'.repeat(32)}`, 1, 'there is no KMS key'],
    [arn.replace(HOME, 'ap-south-1'), 2, 'the key is in ap-south-1'],
    [arn.replace(/:\d{12}:/, ':123456789012:'), 2, 'the key is in account 123456789012'],
    // What is right with it, but for the applications.
    [arn, 2, '"acceptedKeyIds"'],
    [arn.replace(HOME, REPLICA), 2, '"acceptedKeyIds"'],
  ];
  for (const [to, status, says] of cases) {
    const ended = await box.waxseal(['key', 'rewrap', '--to', to, '--yes']);
    expect([ended.status, ended.out], ended.err).toEqual([status, '']);
    expect(ended.err).toContain(says);
    expect(ended.err).toContain('nothing was written');
  }
  const usage = JSON.parse((await box.waxseal(['key', 'usage', 'alias/waxseal/acme/dev', '--json'])).out) as {
    regions: { current: object }[];
  };
  expect(usage.regions.map(({ current }) => current)).toEqual(
    Array(2).fill({ entries: 2, tombstones: 1, dataKey: 1, release: 1, pinned: 1 }),
  );
});

test.each([
  ['neither', ['rewrap']],
  ['both', ['rewrap', '--fresh', '--to', 'alias/x']],
  ['--all and --vault', ['rewrap', '--fresh', '--all', '--vault', '/acme/dev']],
  ['usage of no key', ['usage']],
])('misuse: %s', async (_, args) => {
  expect((await sandbox().waxseal(['key', ...args])).status).toBe(2);
});
