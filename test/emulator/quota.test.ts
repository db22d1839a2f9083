import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type EmulatorOptions, parseQuota, remoteQuota, startEmulator } from '../../src/emulator/index.ts';
import { code, failure, folder, type Started, start, stoppedClock } from './support.ts';

const names = { Names: ['/a'] };

/** How many of so many calls get through, all at once. */
async function through(count: number, call: () => Promise<unknown>): Promise<number> {
  const codes = await Promise.all(
    Array.from({ length: count }, () =>
      call().then(
        () => 'done',
        (error: Error) => error.name,
      ),
    ),
  );
  return codes.filter((one) => one !== 'ThrottlingException').length;
}

async function stopped(options: EmulatorOptions = {}): Promise<Started> {
  return start({ now: stoppedClock().now, ...options });
}

test("AWS's quotas: 40 reads a second, shared, in each region", async () => {
  const { emulator, ssm, at } = await stopped({ quota: 'aws' });
  expect(await through(25, () => ssm.getParameters(names))).toBe(25);
  expect(await through(25, () => ssm.getParameter({ Name: '/a' }))).toBe(15);
  expect(await through(3, () => ssm.getParametersByPath({ Path: '/' }))).toBe(0);
  expect(await failure(ssm.getParameters(names))).toBe('ThrottlingException: Rate exceeded');
  expect(emulator.calls.at(-1)).toMatchObject({ status: 400, error: 'ThrottlingException' });
  expect(await through(45, () => at('eu-west-1').ssm.getParameters(names))).toBe(40);
  const put = (n: number) => ssm.putParameter({ Name: `/p${n}`, Value: 'x', Type: 'String' });
  let n = 0;
  expect(await through(10, () => put(n++))).toBe(3);
  expect((await at('us-east-1').ssm.describeParameters({})).Parameters).toHaveLength(3);
});

test('KMS has quotas and words of its own, and STS has none', async () => {
  const { emulator, kms } = await stopped({ quota: 'aws' });
  expect(await through(8, () => kms.createKey({}))).toBe(5);
  expect(await failure(kms.createKey({}))).toBe(
    'ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );
  expect((await kms.listKeys({})).Keys).toHaveLength(5);
  const shared = emulator.quota.find(({ operations }) => operations.includes('Decrypt'));
  expect(shared?.operations).toEqual(
    expect.arrayContaining(['Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncrypt']),
  );
  expect(shared?.rate).toBeGreaterThanOrEqual(5500);
});

test('a bucket fills with the clock, up to its burst, and a refused call costs nothing', async () => {
  const { emulator, ssm } = await stopped({
    quota: [{ region: '*', operations: ['GetParameters'], rate: 8, burst: 4 }],
  });
  const get = () => ssm.getParameters(names);
  expect(await through(20, get)).toBe(4);
  emulator.advance(124);
  expect(await through(1, get)).toBe(0);
  emulator.advance(1);
  expect(await through(5, get)).toBe(1);
  emulator.advance(250);
  expect(await through(5, get)).toBe(2);
  emulator.advance(3_600_000);
  expect(await through(20, get)).toBe(4);
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('ParameterNotFound');
});

test('a clock that was set back fills nothing, and takes nothing away', async () => {
  const clock = stoppedClock();
  const { ssm } = await start({ now: clock.now, quota: parseQuota(['GetParameters=1:3']) });
  expect(await through(1, () => ssm.getParameters(names))).toBe(1);
  clock.advance(-5000);
  expect(await through(3, () => ssm.getParameters(names))).toBe(2);
  clock.advance(5999);
  expect(await through(3, () => ssm.getParameters(names))).toBe(0);
  clock.advance(1);
  expect(await through(3, () => ssm.getParameters(names))).toBe(1);
});

test('quotas are set for a region, replaced and switched off, from code and from another process', async () => {
  const { emulator, ssm, at } = await stopped();
  expect(emulator.quota).toEqual([]);
  expect(await through(60, () => ssm.getParameters(names))).toBe(60);
  const remote = remoteQuota(emulator.endpoint);
  await remote.set(parseQuota(['eu-west-1/GetParameters=2', 'GetParameter+GetParameters=3:5']));
  expect(await remote.list()).toEqual(emulator.quota);
  expect(await through(9, () => ssm.getParameters(names))).toBe(5);
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('ThrottlingException');
  expect(await through(9, () => at('eu-west-1').ssm.getParameters(names))).toBe(2);
  expect(await code(at('eu-west-1').ssm.getParameter({ Name: '/a' }))).toBe('ParameterNotFound');
  emulator.setQuota(emulator.quota);
  expect(await through(9, () => ssm.getParameters(names))).toBe(5);
  emulator.setQuota('aws');
  expect(await remote.list()).toEqual(emulator.quota);
  expect(await through(9, () => ssm.getParameters(names))).toBe(9);
  await remote.set('off');
  expect(emulator.quota).toEqual([]);
  expect(await through(60, () => ssm.getParameters(names))).toBe(60);
});

test('a region that is down takes no token, and one that throttles on purpose none either', async () => {
  const { emulator, ssm } = await stopped({ quota: parseQuota(['GetParameters=1:2']) });
  for (const kind of ['down', 'throttle'] as const) {
    emulator.setFault({ region: '*', kind, times: 3 });
    for (let n = 0; n < 3; n += 1) await failure(ssm.getParameters(names));
  }
  expect(await through(5, () => ssm.getParameters(names))).toBe(2);
});

test('words for quotas: what is said of one operation goes before the table', async () => {
  const { emulator, ssm } = await stopped({ quota: parseQuota(['aws', 'GetParameters=7:9']) });
  expect(emulator.quota[0]).toEqual({ region: '*', operations: ['GetParameters'], rate: 7, burst: 9 });
  expect(await through(60, () => ssm.getParameters(names))).toBe(9);
  expect(await through(60, () => ssm.getParameter({ Name: '/a' }))).toBe(40);
  expect(parseQuota(['off'])).toBe('off');
});

test.each([
  ['GetParameters'],
  ['GetParameters='],
  ['GetParameters=0'],
  ['GetParameters=-1'],
  ['GetParameters=1:0'],
  ['Get Parameters=1'],
  ['a/b/GetParameters=1'],
  ['=1'],
])('a word that is no quota is refused: %s', (word) => {
  expect(() => parseQuota([word])).toThrow(expect.objectContaining({ code: 'emulator_option_invalid' }));
});

test('a quota that is none is refused, and changes nothing', async () => {
  const { emulator } = await stopped({ quota: parseQuota(['GetParameters=1']) });
  const before = emulator.quota;
  const good = { region: '*', operations: ['GetParameters'], rate: 1, burst: 1 };
  for (const bad of [
    'gcp',
    {},
    [1],
    [{ ...good, region: '' }],
    [{ ...good, operations: [] }],
    [{ ...good, operations: ['Get Parameters'] }],
    [{ ...good, rate: 0 }],
    [{ ...good, rate: Number.NaN }],
    [{ ...good, burst: 0.5 }],
  ]) {
    expect(() => emulator.setQuota(bad as never)).toThrow(/not a quota/);
    await expect(remoteQuota(emulator.endpoint).set(bad as never)).rejects.toThrow(/not a quota/);
    await expect(startEmulator({ quota: bad as never })).rejects.toMatchObject({
      code: 'emulator_option_invalid',
    });
  }
  expect(emulator.quota).toEqual(before);
});

test('quotas of a state folder stay until they are switched off', async () => {
  const stateDir = await folder();
  const quota = parseQuota(['GetParameters=8:8']);
  await (await startEmulator({ stateDir, quota })).close();
  const second = await stopped({ stateDir });
  expect(second.emulator.quota).toEqual(quota);
  expect(await through(10, () => second.ssm.getParameters(names))).toBe(8);
  await second.emulator.close();
  const third = await startEmulator({ stateDir, quota: 'off' });
  await third.close();
  const fourth = await startEmulator({ stateDir });
  expect(fourth.quota).toEqual([]);
  await fourth.close();
  await writeFile(join(stateDir, 'quota.json'), '[{"region":"*"}]', { mode: 0o600 });
  await expect(startEmulator({ stateDir })).rejects.toMatchObject({ code: 'emulator_state_broken' });
});
