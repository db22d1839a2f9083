/** The data key as an operator meets it: it is old, it is rotated, and nobody notices but the status. */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const RECORD = '/acme/dev/.waxseal/data-key';
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

async function filled(publish: 'auto' | 'manual' = 'auto'): Promise<Sandbox> {
  const vault = { home: HOME, replicas: [REPLICA], publish, dataKeyMaxAgeDays: 90 };
  const box = sandbox({ aws: 'embedded', vaults: { '/acme/dev': vault } });
  const { status, err } = await box.waxseal(['import', '-', '--format', 'dotenv'], { input: 'A=1\nB=2\n' });
  expect(status, err).toBe(0);
  return box;
}

const rotate = (box: Sandbox, ...more: readonly string[]): Promise<Ended> =>
  box.waxseal(['key', 'rotate', ...more]);

test('the plan writes nothing; --yes rotates, says so, and applications go on', async () => {
  const box = await filled();
  for (const args of [['key'], ['key', 'rotate']]) {
    const plan = await box.waxseal(args);
    expect(plan.status, plan.err).toBe(0);
    expect(plan.out).toMatch(/^data key 1\.\d+\.[0-9a-f]{16}, \d+ s old\n/);
    expect(plan.out).toContain('a new data key, generation 2: 2 secrets and the release sealed anew\n');
    expect(plan.out).toContain('4 writes in each region: about 2 s at 3 writes a second\n');
    expect(plan.err).toContain('nothing was written; add --yes');
  }
  const dry = await rotate(box, '--json');
  expect(JSON.parse(dry.out)).toMatchObject({
    dryRun: true,
    wanted: true,
    kind: 'new',
    generation: 2,
    entries: 2,
    writes: 4,
    due: false,
  });
  const done = await rotate(box, '--yes');
  expect(done.status, done.err).toBe(0);
  expect(done.out).toMatch(/^rotated: 2 secrets sealed anew, the data key is 2\.\d+\.[0-9a-f]{16}\n$/);
  expect(done.err).toContain('applications start with release 2');
  expect(done.out + done.err).not.toMatch(/\r|█/);
  const status = await box.waxseal(['status']);
  expect(status.status, status.out).toBe(0);
  expect(status.out).toContain('data key of generation 2, 0 days old\n');
  for (const region of ['us-east-1', REPLICA]) {
    expect((await box.waxseal(['get', 'A', '--region', region])).out).toBe('1');
  }
  expect((await box.waxseal(['exec', '--', 'sh', '-c', 'echo "$A$B"'])).out).toBe('12\n');
  expect((await box.waxseal(['set', 'A', '-q'], { input: '3' })).status).toBe(0);
  expect((await rotate(box, '--rate', '0')).status).toBe(2);
  const nowhere = { WAXSEAL_VAULT: '/acme/typo', WAXSEAL_REGIONS: 'us-east-1' };
  expect((await box.waxseal(['key', 'rotate', '--yes'], { env: nowhere })).status).toBe(2);
});

test.runIf(deep)('--due rotates what is old and nothing else', async () => {
  const box = await filled();
  const early = await rotate(box, '--due', '--yes');
  expect([early.status, early.out]).toEqual([
    0,
    expect.stringContaining('nothing to do: the data key is not older than 90 days\n'),
  ]);
  expect(JSON.parse((await rotate(box, '--due', '--json')).out)).toMatchObject({
    dryRun: true,
    wanted: false,
  });
  const nothing = JSON.parse((await rotate(box, '--due', '--yes', '--json')).out) as { createdAt: string };
  expect(nothing).toMatchObject({
    dryRun: false,
    wanted: false,
    kind: 'none',
    due: false,
    entries: 0,
    left: 0,
  });
  expect(nothing.createdAt).toMatch(ISO);
  const config = { home: 'us-east-1', replicas: [REPLICA], dataKeyMaxAgeDays: 1 };
  const { writeFileSync } = await import('node:fs');
  const file = `${box.cwd}/waxseal.json`;
  writeFileSync(file, JSON.stringify({ aws: 'embedded', vaults: { '/acme/dev': config } }));
  expect((await rotate(box, '--due', '--yes')).out).toContain('not older than 1 day\n');
  expect(JSON.parse((await box.waxseal(['status', '--json'])).out)).toMatchObject({
    dataKey: {
      generation: 1,
      createdAt: nothing.createdAt,
      due: false,
      retired: 0,
      releaseRetired: false,
    },
  });
});

test.runIf(deep)(
  'the record of a retired data key that was put back is drift, and each command says what mends it',
  async () => {
    const box = await filled();
    const local = await startLocal(box);
    const records = await Promise.all(
      [HOME, REPLICA].map(async (region) => {
        const { Parameter } = await local.ssm(region).send(new GetParameterCommand({ Name: RECORD }));
        return [region, Parameter?.Value ?? ''] as const;
      }),
    );
    expect((await rotate(box, '--yes')).status).toBe(0);
    for (const [region, record] of records) await local.plant(region, RECORD, record);
    const status = await box.waxseal(['status']);
    expect(status.status, status.out).toBe(5);
    expect(status.out).toContain(
      'the record of a retired data key was put back (generation 1; 2 has sealed already): nothing can be written; waxseal key rotate makes one above it\n',
    );
    expect(status.out).toContain('2 secrets, 2 regions: the record of a retired data key in 2 regions\n');
    expect(status.out).toMatch(/data key {2}1\.\S+ retired\n/);
    expect(status.out + status.err).not.toContain('region sync');
    expect(JSON.parse((await box.waxseal(['status', '--json'])).out)).toMatchObject({
      equal: false,
      dataKey: { createdAt: expect.stringMatching(ISO), putBack: { generation: 1, sealed: 2, proved: true } },
    });
    for (const args of [[], ['--yes']]) {
      const sync = await box.waxseal(['region', 'sync', ...args]);
      expect(sync.status, sync.out + sync.err).toBe(5);
      expect(sync.out).toContain(
        'not done: data key record: no region holds a newer one than generation 1, and generation 2 has sealed already\n',
      );
      expect(sync.out).toContain('only waxseal key rotate mends it');
      expect(sync.out).not.toContain('nothing to do');
    }
    const verified = await box.waxseal(['verify']);
    expect([verified.status, verified.out]).toEqual([
      6,
      expect.stringContaining('waxseal key rotate makes one'),
    ]);
    expect((await rotate(box, '--due', '--yes')).status).toBe(0);
    const mended = await box.waxseal(['status']);
    expect([mended.status, mended.out]).toEqual([0, expect.stringContaining('data key of generation 3')]);
    await local.stop();
  },
);

test('a person is asked; what is staged stays staged', async () => {
  const box = await filled('manual');
  expect((await box.waxseal(['release', 'publish'])).status).toBe(0);
  expect((await box.waxseal(['set', 'A', '-q'], { input: 'staged' })).status).toBe(0);
  const terminal = openTerminal(box, { columns: 100, rows: 30, args: ['key', 'rotate'] });
  await terminal.until('the question', (screen) => screen.includes('do it? [y/N]'));
  terminal.press(`n${KEY.enter}`);
  expect(await terminal.ended()).toBe(1);
  const again = openTerminal(box, { columns: 100, rows: 30, args: ['key', 'rotate'] });
  await again.until('the question', (screen) => screen.includes('do it? [y/N]'));
  again.press(`y${KEY.enter}`);
  await again.until('it is done', (screen) => screen.includes('2 secrets sealed anew'));
  expect(await again.ended()).toBe(0);
  expect((await box.waxseal(['release', 'diff'])).out).toBe('~ A\n');
  expect((await box.waxseal(['exec', '--', 'sh', '-c', 'echo "$A"'])).out).toBe('1\n');
});

test.runIf(deep)(
  'Ctrl-C stops it, and the next run finishes under the same data key; a replica that is down is behind',
  async () => {
    const box = await filled();
    const local = await startLocal(box);
    const many = Array.from({ length: 60 }, (_, n) => `S${n}=${n}`).join('\n');
    expect((await box.waxseal(['import', '-', '--format', 'dotenv', '-q'], { input: many })).status).toBe(0);
    const terminal = openTerminal(box, {
      columns: 100,
      rows: 30,
      args: ['key', 'rotate', '--yes', '--rate', '10'],
    });
    await terminal.until('it is under way', (screen) => /sealing anew .* [3-9]\/\d/.test(screen));
    terminal.press(KEY.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toContain('run it again');
    const halfway = await box.waxseal(['status']);
    expect(halfway.out).toMatch(
      /generation 2, 0 days old: \d+ entries and the release under a retired data key/,
    );
    const plan = await rotate(box);
    expect(plan.out).toContain('a rotation to generation 2 was cut off: it is finished');
    await box.waxseal(['local', 'fault', REPLICA, 'down']);
    const done = await rotate(box, '--due', '--yes', '--json');
    expect(done.status, done.err).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({ kind: 'finish', left: 0, behind: [{ region: REPLICA }] });
    await box.waxseal(['local', 'fault', REPLICA, 'up']);
    expect((await box.waxseal(['region', 'sync', '--yes'])).status).toBe(0);
    const status = await box.waxseal(['status']);
    expect(status.status, status.out).toBe(0);
    expect(status.out).toContain('data key of generation 2, 0 days old\n');
    await local.stop();
  },
);
