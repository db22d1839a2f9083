import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/emulator/index.ts';
import { failure, start, stoppedClock } from './support.ts';

test('a call is told with where, what, how it ended, how long it took and who asked', async () => {
  const told: CallRecord[] = [];
  const { emulator, ssm, at } = await start({
    now: stoppedClock().now,
    onCall: (call) => void told.push(call),
  });
  await ssm.putParameter({ Name: '/a', Value: 'planted-value', Type: 'String' });
  await failure(at('eu-west-1').kms.describeKey({ KeyId: 'alias/none' }));
  expect(emulator.calls).toEqual([
    {
      at: stoppedClock().now(),
      region: 'us-east-1',
      service: 'ssm',
      operation: 'PutParameter',
      status: 200,
      ms: expect.any(Number),
      accessKeyId: 'AKIDEXAMPLE',
    },
    {
      at: stoppedClock().now(),
      region: 'eu-west-1',
      service: 'kms',
      operation: 'DescribeKey',
      status: 400,
      error: 'NotFoundException',
      ms: expect.any(Number),
      accessKeyId: 'AKIDEXAMPLE',
    },
  ]);
  expect(told).toEqual(emulator.calls);
  emulator.clearCalls();
  expect(emulator.calls).toEqual([]);
  expect(told).toHaveLength(2);
});

test('ms holds what was waited for, though the clock stands still', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  emulator.setFault({ region: '*', kind: 'latency', ms: 60, times: 1 });
  await failure(ssm.getParameter({ Name: '/a' }));
  await failure(ssm.getParameter({ Name: '/a' }));
  const [slow, quick] = emulator.calls.map(({ ms }) => ms);
  expect(slow).toBeGreaterThanOrEqual(59);
  expect(quick).toBeGreaterThanOrEqual(0);
  expect(quick).toBeLessThan(slow ?? 0);
});

test('no call holds a name of a parameter, a value or a plaintext', async () => {
  const { emulator, ssm, kms } = await start();
  const { KeyMetadata } = await kms.createKey({});
  await kms.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('planted-plaintext') });
  await ssm.putParameter({ Name: '/planted-name', Value: 'planted-value', Type: 'SecureString' });
  await ssm.getParameter({ Name: '/planted-name', WithDecryption: true });
  await failure(ssm.putParameter({ Name: '/planted-name', Value: 'planted-value', Type: 'String' }));
  expect(emulator.calls).toHaveLength(5);
  const said = JSON.stringify(emulator.calls);
  expect(said).not.toContain('planted');
  expect(said).not.toContain(Buffer.from('planted-plaintext').toString('base64'));
});
