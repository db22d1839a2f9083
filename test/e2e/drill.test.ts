/** Practising the loss of a region, as an operator and an auditor meet it. */
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const VALUE = 'hunter2-never-in-a-report';

interface Json {
  readonly caller: string;
  readonly carried: boolean;
  readonly vaults: readonly {
    readonly vault: string;
    readonly homeLoads: boolean;
    readonly comparedWith: string;
    readonly carried: boolean;
    readonly regions: readonly Record<string, unknown>[];
  }[];
}

async function set(box: Sandbox, name: string, value = VALUE): Promise<void> {
  const { status, err } = await box.waxseal(['set', name, '--exact'], { input: value });
  expect(status, err).toBe(0);
}

async function drill(box: Sandbox, ...args: string[]): Promise<Ended> {
  const ended = await box.waxseal(['region', 'drill', ...args]);
  expect(ended.out + ended.err).not.toContain(VALUE);
  return ended;
}

test.runIf(deep)('every replica carries: status 0, as text, JSON and Markdown', async () => {
  const box = sandbox();
  await set(box, 'A');
  const text = await drill(box);
  expect(text.status, text.err).toBe(0);
  expect(text.out).toMatch(/^carried: every replica .* release 1 of home, us-east-1\n/);
  expect(text.out).toMatch(/^eu-west-1 +replica +mrk-\w+ +1 +1 +1 +\d+ ms +\d+ ms +yes +yes$/m);
  const json = JSON.parse((await drill(box, '--json')).out) as Json;
  expect(json).toMatchObject({
    caller: 'arn:aws:iam::000000000000:root',
    carried: true,
    vaults: [{ vault: '/acme/dev', home: HOME, homeLoads: true, comparedWith: HOME, release: 1 }],
  });
  expect(json.vaults[0]?.regions.map(({ region, role }) => [region, role])).toEqual([
    [HOME, 'home'],
    [REPLICA, 'replica'],
  ]);
  const markdown = (await drill(box, '--markdown')).out;
  expect(markdown).toMatch(/^# Drill: losing a region\n/);
  expect(markdown).toMatch(/^\| Date \| \d{4}-\d\d-\d\dT[\d:.]+Z \|$/m);
  expect(markdown).toContain('| Run by | arn:aws:iam::000000000000:root |');
  expect(markdown).toContain('| Result | passed |');
  expect(markdown).toMatch(/^\| eu-west-1 \| replica \| mrk-/m);
  expect((await drill(box, '--markdown', '--json')).status).toBe(2);
});

test.runIf(deep)('a replica that lags is status 5, with what would have been lost', async () => {
  const box = sandbox();
  await set(box, 'A');
  await box.waxseal(['local', 'fault', REPLICA, 'down']);
  await set(box, 'A', `${VALUE} again`);
  await set(box, 'B');
  await box.waxseal(['local', 'fault', REPLICA, 'up']);
  const lagging = await drill(box, '--json');
  expect(lagging.status).toBe(5);
  const [vault] = (JSON.parse(lagging.out) as Json).vaults;
  expect(vault?.regions[1]).toMatchObject({
    carries: false,
    release: 1,
    entries: { compared: 2, behind: 1, missing: 1 },
    differingSecrets: ['A', 'B'],
    lost: [
      { name: 'A', revision: 2, has: 1 },
      { name: 'B', revision: 1, has: null },
    ],
  });
  const report = (await drill(box, '--markdown')).out;
  expect(report).toContain('| Result | FAILED |');
  expect(report).toMatch(/^\| eu-west-1 \| A \| 2 \| 1 \| \d{4}-/m);
  expect(report).toMatch(/the newest write that it lacks is \d+ s old/);
});

test.runIf(deep)('home that is down is told, and does not fail a drill that the replicas pass', async () => {
  const box = sandbox();
  await set(box, 'A');
  await box.waxseal(['local', 'fault', HOME, 'down']);
  const ended = await drill(box, '--json');
  expect(ended.status, ended.err).toBe(0);
  const [vault] = (JSON.parse(ended.out) as Json).vaults;
  expect(vault).toMatchObject({ homeLoads: false, comparedWith: REPLICA, carried: true });
  expect((await drill(box)).out).toContain(
    'home, us-east-1, does not load: compared with release 1 of eu-west-1',
  );
  await box.waxseal(['local', 'fault', REPLICA, 'down']);
  expect(await drill(box)).toMatchObject({ status: 5 });
});

test.runIf(deep)(
  '--all drills every vault of waxseal.json; one that has no replica is not carried',
  async () => {
    const box = sandbox({
      aws: 'embedded',
      vaults: { '/acme/a': { home: HOME, replicas: [REPLICA] }, '/acme/b': { home: HOME } },
    });
    const ended = await drill(box, '--all', '--json');
    expect(ended.status).toBe(5);
    const { vaults } = JSON.parse(ended.out) as Json;
    expect(vaults.map(({ vault, carried }) => [vault, carried])).toEqual([
      ['/acme/a', true],
      ['/acme/b', false],
    ]);
    expect((await drill(box, '--all')).out).toContain('/acme/b: NOT carried: the vault has no replica');
    expect((await drill(box, '--all', '--vault', '/acme/a')).status).toBe(2);
    const away = await box.waxseal(['region', 'drill', '--all'], { cwd: box.folder('elsewhere') });
    expect(away).toMatchObject({ status: 2, out: '' });
  },
);
