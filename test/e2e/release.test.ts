/** Releases as a person and an application meet them. */
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { NODE, type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';

async function set(box: Sandbox, name: string, value: string): Promise<void> {
  const { status, err } = await box.waxseal(['set', name, '--exact'], { input: value });
  expect(status, err).toBe(0);
}

/** What a process finds. */
async function started(box: Sandbox, env: Record<string, string> = {}): Promise<Record<string, string>> {
  const script =
    'process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([n]) => /^[A-C]$/.test(n)))))';
  const { status, out, err } = await box.waxseal(['exec', '-q', '--', NODE, '-e', script], { env });
  expect(status, err).toBe(0);
  return JSON.parse(out) as Record<string, string>;
}

test('each writing command publishes; release list, diff, rollback and pin', async () => {
  const box = sandbox();
  await set(box, 'A', '1');
  await set(box, 'B', '1');
  expect(await started(box)).toEqual({ A: '1', B: '1' });
  const json = await box.waxseal(['set', 'A', '--exact', '--json'], { input: '2' });
  expect(JSON.parse(json.out)).toMatchObject({ name: 'A', revision: 2, release: 3, behind: [] });
  await box.waxseal(['delete', 'B', '--yes']);

  const list = await box.waxseal(['release', 'list', '--json']);
  const { releases } = JSON.parse(list.out) as { releases: { release: number; secrets: number }[] };
  expect(releases.map(({ release, secrets }) => [release, secrets])).toEqual([
    [4, 1],
    [3, 2],
    [2, 2],
    [1, 1],
  ]);
  expect((await box.waxseal(['release'])).out).toMatch(/^RELEASE +AGE +BY +SECRETS\n4 /);
  expect(await box.waxseal(['release', 'diff'])).toMatchObject({ status: 0, out: '' });
  expect(await box.waxseal(['release', 'diff', '2'])).toMatchObject({ status: 5, out: '+ B\n~ A\n' });

  const asked = await box.waxseal(['release', 'rollback', '2']);
  expect(asked.status).toBe(2);
  expect(asked.err).toContain('--yes');
  const back = await box.waxseal(['release', 'rollback', '2', '--yes']);
  expect(back).toMatchObject({ status: 0, out: 'release 5 has the values of release 2\n' });
  expect(await started(box)).toEqual({ A: '1', B: '1' });

  expect((await box.waxseal(['release', 'pin', '4'])).status).toBe(0);
  expect((await box.waxseal(['release', 'list'])).out).toMatch(/^4 .* pinned$/m);
  expect(await started(box, { WAXSEAL_RELEASE: '4' })).toEqual({ A: '2' });
  const missing = await box.waxseal(['exec', '--', NODE, '-e', '0'], { env: { WAXSEAL_RELEASE: '3' } });
  expect(missing.status).toBe(3);
  expect(missing.err).toContain('waxseal release pin 3');
  const wrong = await box.waxseal(['exec', '--', NODE, '-e', '0'], { env: { WAXSEAL_RELEASE: 'latest' } });
  expect(wrong.status).toBe(2);
});

test.runIf(deep)('published by hand, entries wait until somebody does', async () => {
  const box = sandbox({
    aws: 'embedded',
    vaults: { '/acme/dev': { home: HOME, replicas: [REPLICA], publish: 'manual' } },
  });
  await set(box, 'A', '1');
  // Nothing was ever published: the entries are what there is.
  expect(await started(box)).toEqual({ A: '1' });
  expect((await box.waxseal(['release', 'publish'])).out).toBe('release 1 published, 1 secret\n');
  await set(box, 'A', '2');
  await set(box, 'B', '1');
  expect(await started(box)).toEqual({ A: '1' });
  expect(await box.waxseal(['release', 'diff'])).toMatchObject({
    status: 5,
    out: '+ B\n~ A\n',
    err: expect.stringContaining('release publish: 1 write in each region: about 1 s at 3 writes a second'),
  });
  expect((await box.waxseal(['release', 'publish'])).out).toBe('release 2 published, 2 secrets\n');
  expect((await box.waxseal(['release', 'publish'])).out).toBe(
    'release 2 holds all of it already, 2 secrets\n',
  );
  expect(await started(box)).toEqual({ A: '2', B: '1' });
});

test('starts in two calls, from the replica when home is down, and never below the floor', async () => {
  const box = sandbox();
  await box.waxseal(['import', '-', '--format', 'json'], {
    input: JSON.stringify(
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`N_${i}`, `${i}`.repeat(8)])),
    ),
  });
  await set(box, 'A', '1');
  const local = await startLocal(box, ['--log']);
  let told = '';
  const logged = async (least: number): Promise<readonly string[]> => {
    const calls = (): readonly string[] =>
      told.split('\n').filter((line) => /GetParameter|Decrypt/.test(line));
    await local.server.until('the calls are logged', (_out, err) => {
      told = err;
      return calls().length >= least;
    });
    return calls();
  };
  const before = (await logged(0)).length;
  expect(await started(box)).toEqual({ A: '1' });
  const made = (await logged(before + 2)).slice(before);
  expect(made.map((line) => /GetParameters\b|Decrypt/.exec(line)?.[0]).sort()).toEqual([
    'Decrypt',
    'GetParameters',
  ]);

  await box.waxseal(['local', 'fault', HOME, 'down']);
  expect(await started(box)).toEqual({ A: '1' });
  await box.waxseal(['local', 'fault', HOME, 'up']);

  // Somebody puts the first head back into the replica, edits its slot so that it counts, and cuts off home.
  const head = '/acme/dev/.waxseal/release';
  const answer = await local.ssm(REPLICA).send(new GetParameterCommand({ Name: `${head}:1` }));
  const edited = (answer.Parameter?.Value ?? '').replace(/"slot":"[^"]*"/, `"slot":"${REPLICA}:3"`);
  await local.plant(REPLICA, head, edited);
  await box.waxseal(['local', 'fault', HOME, 'down']);
  // A start before has seen release 2; one that remembers nothing needs to be told.
  for (const env of [{}, { WAXSEAL_CACHE: '0', WAXSEAL_MIN_RELEASE: '2' }]) {
    const refused = await box.waxseal(['exec', '--', NODE, '-e', '0'], { env });
    expect(refused.status).not.toBe(0);
    expect(refused.err).toContain('release 1 is below the floor of 2');
  }
  expect(await started(box, { WAXSEAL_CACHE: '0' })).toEqual({});
  await local.stop();
});
