import { SSM } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { jsonHeaders } from './http.ts';
import { code, failure, start } from './support.ts';

const get = { Name: '/a' };

test('half-open sends the headers alone: a client that watches its socket gives up', async () => {
  const { emulator, ssm } = await start();
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  emulator.setFault({ region: '*', kind: 'half-open' });
  const impatient = new SSM({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: { socketTimeout: 100 },
  });
  onTestFinished(() => impatient.destroy());
  expect(await code(impatient.getParameter(get))).toBe('TimeoutError');
  // An error stalls as an answer does.
  expect(await code(impatient.getParameter({ Name: '/nil' }))).toBe('TimeoutError');
  expect(emulator.calls.slice(1)).toMatchObject([
    { status: 0, error: 'half-open' },
    { status: 0, error: 'half-open' },
  ]);
  emulator.clearFaults();
  expect((await impatient.getParameter(get)).Parameter?.Value).toBe('x');
});

test('half-open has done its work and keeps the connection, until the emulator closes', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', operation: 'PutParameter', kind: 'half-open', times: 1 });
  const body = '{"Name":"/a","Value":"x","Type":"String"}';
  const response = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: jsonHeaders('AmazonSSM.PutParameter'),
    body,
  });
  expect([response.status, Number(response.headers.get('content-length')) > 0]).toEqual([200, true]);
  let settled = false;
  const reading = failure(response.text()).finally(() => {
    settled = true;
  });
  expect((await ssm.getParameter(get)).Parameter?.Value).toBe('x');
  expect(settled).toBe(false);
  await emulator.close();
  expect(await reading).toMatch(/terminated|aborted/);
});
