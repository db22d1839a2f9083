/**
 * A large vault in four regions under AWS's quotas: what comparing, mending and practising cost in calls, that they get
 * along with the quotas, and that no run leaves anything behind in memory.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type GetParametersByPathCommandOutput, SSM } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rounds, tried } from '../support/seed.ts';
import { VAULT } from '../support/world.ts';
import { answered, FOUR, type LargeVault, largeVault, secrets } from './support/large-vault.ts';

const COUNT = rounds(100, 1_000);
const DRIFTED = COUNT / 2;
const [HOME, ...REPLICAS] = FOUR;
const LAGGING = 'ap-south-1';

let large: LargeVault;
/** Pages of ten that a region's listing has. */
let pages: number;

beforeAll(async () => {
  large = await largeVault(COUNT);
  pages = Math.ceil((await parametersIn(large)) / 10);
  large.emulator.setQuota('aws');
}, 120_000);
afterAll(() => large.close());

async function parametersIn({ emulator: { endpoint } }: LargeVault): Promise<number> {
  const ssm = new SSM({ endpoint, region: HOME, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  let [count, token]: [number, string | undefined] = [0, undefined];
  do {
    const page: GetParametersByPathCommandOutput = await ssm.getParametersByPath({
      Path: VAULT,
      Recursive: true,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    count += page.Parameters?.length ?? 0;
    token = page.NextToken;
  } while (token !== undefined);
  ssm.destroy();
  return count;
}

const inAll = (call: (region: string) => readonly string[]): readonly string[] =>
  FOUR.flatMap((region) => call(region).map((one) => `${region} ${one}`)).sort();

test('status lists each region once and asks KMS once', async () => {
  const { vault, close } = await large.open();
  large.emulator.clearCalls();
  const status = await vault.status();
  await close();
  const { done, throttled } = answered(large.emulator);
  expect([status.equal, status.entries.length]).toEqual([true, COUNT]);
  expect(status.regions.map(({ error }) => error)).toEqual(FOUR.map(() => undefined));
  expect(done).toEqual(
    inAll((region) => [`GetParametersByPath: ${pages}`, ...(region === HOME ? ['Decrypt: 1'] : [])]),
  );
  console.info(`status of ${COUNT} secrets in 4 regions: ${done.join(', ')}; throttled ${throttled}`);
});

test('a drill lists each region once and starts from each with the fewest calls', async () => {
  const { vault, close } = await large.open();
  large.emulator.clearCalls();
  const report = await vault.drill({});
  await close();
  const { done, throttled } = answered(large.emulator);
  expect(report.carried).toBe(true);
  expect(report.regions.map(({ entries }) => entries?.equal)).toEqual(FOUR.map(() => COUNT));
  // A start takes one GetParameters and one Decrypt, and so does the data key record; a replica is started from twice.
  expect(done).toEqual(
    inAll((region) => {
      const [reads, keys] = REPLICAS.includes(region) ? [3, 4] : [2, 3];
      return [`Decrypt: ${keys}`, `GetParameters: ${reads}`, `GetParametersByPath: ${pages}`];
    }),
  );
  console.info(`drill of ${COUNT} secrets in 4 regions: ${done.join(', ')}; throttled ${throttled}`);
});

test('a sync reads what differs once more, writes it once, and keeps to the pace that AWS allows', async () => {
  const { emulator, clock } = large;
  emulator.setQuota('off');
  emulator.setFault({ region: LAGGING, kind: 'down' });
  const writer = await large.open();
  const { behind } = await writer.vault.import(secrets(DRIFTED, 2));
  await writer.close();
  expect(behind.map(({ region }) => region)).toEqual([LAGGING]);
  emulator.clearFaults();
  emulator.setQuota('aws');
  emulator.clearCalls();
  // 3 writes a second would take minutes: a second of the quota, and of all that waits for it, is a tenth here.
  clock.run(10);
  const began = clock.now();
  const { vault, close } = await large.open();
  const { actions, conflicts, problems, failed } = await vault.sync();
  const took = (clock.now() - began) / 1000;
  clock.run(1);
  const { done, throttled } = answered(emulator);
  expect({ conflicts, problems, failed }).toEqual({ conflicts: [], problems: [], failed: {} });
  expect(actions).toHaveLength(DRIFTED);
  expect(done).toEqual(
    inAll((region) => [
      ...(region === HOME ? ['Decrypt: 1'] : []),
      `GetParameters: ${DRIFTED}`,
      `GetParametersByPath: ${pages}`,
      ...(region === LAGGING ? [`PutParameter: ${DRIFTED}`] : []),
    ]),
  );
  // The pace rises until AWS refuses a write, and then drops: a refusal now and then, and never one for each write.
  const refused = emulator.calls.filter(
    ({ operation, error }) => operation === 'PutParameter' && error === 'ThrottlingException',
  ).length;
  expect(refused).toBeLessThan(DRIFTED / 3);
  console.info(
    `sync of ${DRIFTED} of ${COUNT} secrets: ${done.join(', ')}; throttled ${throttled}, of them writes ${refused}; ${took.toFixed(0)} s of the quota's clock`,
  );
  expect((await vault.status()).equal).toBe(true);
  await close();
});

test('comparing again and again leaves nothing behind in memory', async () => {
  const { emulator } = large;
  emulator.setQuota('off');
  const { vault, close } = await large.open();
  const runs = 5;
  const look = async (): Promise<void> => {
    for (let run = 0; run < runs; run += 1) {
      expect((await vault.status()).entries).toHaveLength(COUNT);
      expect((await vault.sync()).actions).toEqual([]);
    }
    emulator.clearCalls();
  };
  await look();
  const before = heapUsed();
  await look();
  const grown = heapUsed() - before;
  await close();
  // Of each copy of an entry that a run has looked at, in bytes.
  const each = grown / (2 * runs * COUNT * FOUR.length);
  console.info(`memory: ${(grown / 1024).toFixed(0)} KB more after ${2 * runs} runs over ${COUNT} secrets`);
  // An entry's text alone is some 700 characters: whoever keeps what was read is above it. Below it is what Node keeps
  // of calls until the deadline over them has passed, ten times `timeout` after a listing began.
  expect(each).toBeLessThan(700);
  tried('runs over all secrets for memory', 4 * runs);
});

/** In bytes, after all garbage is gone. */
function heapUsed(): number {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
