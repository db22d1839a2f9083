/** The embedded AWS from the outside: serving it, breaking it, and what a command does when it is not as it should be. */

import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { findOtherNode } from './support/nodes.ts';
import { NODE, type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';

async function set(box: Sandbox, name: string, value: string): Promise<void> {
  expect((await box.waxseal(['set', name], { input: value })).status).toBe(0);
}

/** A program that says what it found in its environment. */
const tell = (name: string): readonly string[] => [NODE, '-p', `process.env.${name}`];

test.runIf(deep)(
  'tampered entries are told apart from good ones, and processes start with what was published',
  async () => {
    const box = sandbox();
    for (const name of ['GOOD', 'FORGED', 'SWAPPED', 'JUNK', 'STALE'])
      await set(box, name, `value of ${name}`);
    const local = await startLocal(box);
    const path = (name: string): string => `/acme/dev/${name}`;
    const forge = async (name: string, change: (entry: Record<string, string>) => void): Promise<void> => {
      const { value, version } = await local.read(HOME, path(name));
      const entry = JSON.parse(value) as Record<string, string>;
      entry.slot = `${HOME}:${version + 1}`;
      change(entry);
      await local.plant(HOME, path(name), JSON.stringify(entry));
    };
    await forge('FORGED', (entry) => {
      const ciphertext = Buffer.from(entry.ct ?? '', 'base64');
      ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
      entry.ct = ciphertext.toString('base64');
    });
    const { value: good } = await local.read(HOME, path('GOOD'));
    await forge('SWAPPED', (entry) => {
      Object.assign(entry, { ...(JSON.parse(good) as object), slot: entry.slot });
    });
    await local.plant(HOME, path('JUNK'), 'postgres://planted-q7');
    // A write that does not claim the Version it got is void: the one before it counts.
    await local.plant(HOME, path('STALE'), (await local.read(HOME, path('STALE'))).value);
    await local.stop();

    const list = await box.waxseal(['list', '--json']);
    expect(list.status).toBe(0);
    const { secrets } = JSON.parse(list.out) as { secrets: { name: string; problem?: { code: string } }[] };
    expect(Object.fromEntries(secrets.map(({ name, problem }) => [name, problem?.code]))).toEqual({
      FORGED: 'decrypt_failed',
      GOOD: undefined,
      JUNK: 'malformed',
      STALE: undefined,
      SWAPPED: 'misplaced',
    });
    expect((await box.waxseal(['get', 'GOOD'])).out).toBe('value of GOOD');
    expect((await box.waxseal(['get', 'STALE'])).out).toBe('value of STALE');
    for (const [name, code] of [
      ['FORGED', 'decrypt_failed'],
      ['SWAPPED', 'misplaced'],
      ['JUNK', 'malformed'],
    ]) {
      const got = await box.waxseal(['get', name ?? '', '--json', '-q']);
      expect(got).toMatchObject({ status: 6, out: '' });
      expect(JSON.parse(got.err)).toMatchObject({ error: { code } });
    }
    const marker = join(box.tmp, 'started');
    const exec = await box.waxseal(['exec', '--', ...tell('FORGED')]);
    expect(exec).toMatchObject({ status: 0, out: 'value of FORGED\n' });
    const table = await box.waxseal(['list']);
    expect(table.out).toMatch(/^GOOD +1 .*equal +equal$/m);
    expect(table.out).toMatch(/^JUNK .*! /m);
    for (const { out, err } of [list, exec, table]) expect(out + err).not.toContain('planted-q7');

    await set(box, 'JUNK', 'mended');
    await set(box, 'FORGED', 'mended');
    await set(box, 'SWAPPED', 'mended');
    expect((await box.waxseal(['exec', '--', ...tell('JUNK')])).out).toBe('mended\n');

    const again = await startLocal(box);
    await again.plant(HOME, path('.waxseal/release'), 'postgres://planted-q7');
    await again.stop();
    const refused = await box.waxseal(['exec', '--', '/bin/sh', '-c', `touch ${marker}; echo started`]);
    expect(refused).toMatchObject({ status: 6, out: '' });
    expect(refused.err).not.toContain('planted-q7');
    expect(existsSync(marker)).toBe(false);
  },
);

test('with home down, and no server anywhere, reads and starts are answered from the replica', async () => {
  const box = sandbox();
  await set(box, 'DATABASE_URL', 'postgres://both');
  expect(await box.waxseal(['local', 'fault', HOME, 'down'])).toMatchObject({
    status: 0,
    out: 'us-east-1: down\n',
  });
  const got = await box.waxseal(['get', 'DATABASE_URL']);
  expect(got).toMatchObject({ status: 0, out: 'postgres://both' });
  expect(got.err).toContain('answered by eu-west-1, home (us-east-1) did not');
  const exec = await box.waxseal(['exec', '--', ...tell('DATABASE_URL')]);
  expect(exec).toMatchObject({ status: 0, out: 'postgres://both\n' });
  const list = await box.waxseal(['list', '--json']);
  expect(JSON.parse(list.out)).toMatchObject({
    region: REPLICA,
    failed: { [HOME]: { code: 'unreachable' } },
    secrets: [{ name: 'DATABASE_URL', copies: { [HOME]: 'unreachable', [REPLICA]: 'equal' } }],
  });
  const write = await box.waxseal(['set', 'DATABASE_URL', '--json', '-q'], { input: 'postgres://never' });
  expect(write).toMatchObject({ status: 1, out: '' });

  expect((await box.waxseal(['local', 'fault', HOME, 'up'])).out).toBe('no faults\n');
  const home = await box.waxseal(['get', 'DATABASE_URL', '--json']);
  expect(JSON.parse(home.out)).toMatchObject({ region: HOME, revision: 1, value: 'postgres://both' });
});

test('with the replica down a write stands, says what lags, and is brought there by the next one', async () => {
  const box = sandbox();
  await set(box, 'TOKEN', 'one');
  await box.waxseal(['local', 'fault', REPLICA, 'down']);
  const behind = await box.waxseal(['set', 'TOKEN', '--json'], { input: 'two' });
  expect(behind.status).toBe(0);
  expect(JSON.parse(behind.out)).toMatchObject({ revision: 2, behind: [{ region: REPLICA }] });
  expect(behind.err).toContain('warning: eu-west-1');
  await box.waxseal(['local', 'fault', REPLICA, 'up']);
  expect((await box.waxseal(['list'])).out).toMatch(/^TOKEN +2 .*equal +behind$/m);
  await set(box, 'TOKEN', 'three');
  expect((await box.waxseal(['list'])).out).toMatch(/^TOKEN +3 .*equal +equal$/m);
});

test.each([
  ['no kind of fault', ['fault', HOME]],
  ['an unknown kind', ['fault', HOME, 'explode']],
  ['latency without milliseconds', ['fault', HOME, 'latency']],
  ['milliseconds that are none', ['fault', HOME, 'latency', '--ms', 'many']],
  ['an error without its code', ['fault', HOME, 'error']],
])('a fault is refused: %s', async (_, args) => {
  const { status, out, err } = await sandbox().waxseal(['local', ...args]);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('[usage]');
});

test('what "waxseal local" prints is all that a plain SDK needs, and commands use the same state', async () => {
  const box = sandbox();
  const local = await startLocal(box);
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = local.variables;
  expect(AWS_ENDPOINT_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect([AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY]).not.toContain(undefined);
  const script = `
    import { SSMClient, PutParameterCommand, GetParameterCommand } from '${import.meta.resolve('@aws-sdk/client-ssm')}';
    import { KMSClient, DescribeKeyCommand } from '${import.meta.resolve('@aws-sdk/client-kms')}';
    const ssm = new SSMClient();
    await ssm.send(new PutParameterCommand({ Name: '/plain/sdk', Value: 'hello', Type: 'String' }));
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/plain/sdk' }));
    const { KeyMetadata } = await new KMSClient().send(new DescribeKeyCommand({ KeyId: 'alias/waxseal/acme/dev' }));
    console.log(Parameter.Value, KeyMetadata.MultiRegion, KeyMetadata.KeyState);`;
  const sdk = await box.start(NODE, ['--input-type=module', '-e', script], { env: local.variables }).ended;
  expect(sdk).toMatchObject({ status: 0, out: 'hello true Enabled\n' });

  await set(box, 'TOKEN', 'through the server');
  expect((await local.read(REPLICA, '/acme/dev/TOKEN')).value).toContain('"name":"/acme/dev/TOKEN"');
  const away = box.folder('elsewhere');
  const env = {
    WAXSEAL_VAULT: '/acme/dev',
    WAXSEAL_REGIONS: `${HOME},${REPLICA}`,
    WAXSEAL_ENDPOINT: local.endpoint,
  };
  const got = await box.waxseal(['get', 'TOKEN'], { cwd: away, env });
  expect(got).toMatchObject({ status: 0, out: 'through the server' });
  expect(got.err).toContain(local.endpoint);

  const { endpoint, server } = local;
  server.kill('SIGINT');
  expect(await server.ended).toMatchObject({ status: 0, signal: null });
  const late = await box.waxseal(['get', 'TOKEN', '--json', '-q'], { cwd: away, env });
  expect(late.status).toBe(1);
  expect(JSON.parse(late.err)).toMatchObject({ error: { code: 'unreachable' } });
  expect((await box.waxseal(['get', 'TOKEN'])).out).toBe('through the server');
  const other = await startLocal(box, ['--port', new URL(endpoint).port]);
  expect(other.endpoint).toBe(endpoint);
});

test('without a project "waxseal local" keeps everything in memory', async () => {
  const box = sandbox(null);
  const local = await startLocal(box, ['--region', 'ap-south-1']);
  const ssm = local.ssm('ap-south-1');
  await ssm.send(new PutParameterCommand({ Name: '/a', Value: 'b', Type: 'String' }));
  expect((await ssm.send(new GetParameterCommand({ Name: '/a' }))).Parameter?.Value).toBe('b');
  await expect(local.ssm(HOME).send(new GetParameterCommand({ Name: '/a' }))).rejects.toThrow();
  await expect(
    local.kms('ap-south-1').send(new DescribeKeyCommand({ KeyId: 'alias/waxseal/a' })),
  ).rejects.toThrow(expect.objectContaining({ name: 'NotFoundException' }));
  local.server.kill('SIGINT');
  expect((await local.server.ended).err).toContain('in memory');
});

test('a port that is taken is told as that', async () => {
  const box = sandbox();
  const taken = createServer();
  onTestFinished(() => void taken.close());
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const ended = await box.waxseal(['local', '--port', String(port), '--json']);
  expect(ended).toMatchObject({ status: 1, out: '' });
  expect(JSON.parse(ended.err)).toMatchObject({ error: { code: 'port_in_use' } });
});

test.each([
  ['not JSON', '{\n  "aws": "embedded",\n  "vaults": {,}\n}', 3],
  ['an unknown field', '{\n  "vaults": {},\n  "regoins": []\n}', 3],
  ['no such region', '{\n  "vaults": {\n    "/acme/dev": {\n      "home": "mars-1"\n    }\n  }\n}', 4],
  [
    'a vault inside another',
    '{\n  "vaults": {\n    "/a": { "home": "us-east-1" },\n    "/a/b": { "home": "us-east-1" }\n  }\n}',
    3,
  ],
])('a waxseal.json that is wrong is told by file and line: %s', async (_, text, line) => {
  const box = sandbox(null);
  writeFileSync(join(box.cwd, 'waxseal.json'), text);
  for (const args of [['list'], ['exec', '--', 'true'], ['local']]) {
    const { status, out, err } = await box.waxseal(args);
    expect([status, out], args.join(' ')).toEqual([2, '']);
    expect(err).toContain(`${join(box.cwd, 'waxseal.json')}:${line}`);
    expect(err).toContain('[config_invalid]');
  }
});

test('a state folder that others may write is not believed', async () => {
  const box = sandbox();
  const state = join(box.cwd, '.waxseal');
  mkdirSync(state);
  chmodSync(state, 0o777);
  const open = await box.waxseal(['list']);
  expect([open.status, open.out]).toEqual([1, '']);
  expect(open.err).toContain(state);
  expect(open.err).toContain('[local_state]');
  expect(open.err).toContain('chmod');
  chmodSync(state, 0o700);
  expect((await box.waxseal(['list'])).status).toBe(0);
  chmodSync(join(state, 'owner.json'), 0o666);
  expect((await box.waxseal(['list'])).err).toContain('owner.json');
});

test('a state folder of another user is not believed', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can give a folder away');
  const box = sandbox();
  const state = join(box.cwd, '.waxseal');
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, 65_534, 65_534);
  const { status, out, err } = await box.waxseal(['list']);
  expect([status, out]).toEqual([1, '']);
  expect(err).toContain('another user');
});

test.for(['its own', 'another'] as const)(
  'demo without a terminal does the walk as text, under %s Node',
  async (which, context) => {
    const other = findOtherNode();
    const node =
      which === 'its own' ? NODE : other !== undefined && other.major >= 20 ? other.file : undefined;
    if (node === undefined) return context.skip('no other Node from 20 on is on the PATH');
    const box = sandbox(null);
    const first = await box.waxseal(['demo'], { node });
    expect(first.status).toBe(0);
    expect(first.out).toMatch(/^set .*revision 1/m);
    expect(first.out).toMatch(/^list .*us-east-1 equal, eu-west-1 equal/m);
    expect(first.out).toMatch(/^get .*from us-east-1.*same value/m);
    expect(first.out).toMatch(/^get .*from eu-west-1.*same value/m);
    expect(first.out).toMatch(/^exec .*same value/m);
    expect(first.err).toContain(join(box.stateHome, 'waxseal', 'demo'));
    expect((await box.waxseal(['demo', '-q'], { node })).out).toMatch(/^set .*revision 2/m);
  },
);

test.runIf(deep)('demo does its walk beside secrets that no process could load', async () => {
  const box = sandbox();
  expect((await box.waxseal(['set', 'KEYSTORE', '--exact'], { input: Buffer.from([0, 255]) })).status).toBe(
    0,
  );
  expect((await box.waxseal(['set', 'LD_PRELOAD'], { input: 'x' })).status).toBe(0);
  const { status, out } = await box.waxseal(['demo']);
  expect(status).toBe(0);
  expect(out).toMatch(/^exec .*the same value$/m);
});
