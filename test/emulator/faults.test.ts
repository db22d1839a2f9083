import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { remoteFaults, startEmulator } from '../../src/emulator/index.ts';
import { jsonHeaders, send, typeOf } from './http.ts';
import { code, failure, folder, start } from './support.ts';

const get = { Name: '/a' };

test('down cuts the connection, in one region or for one operation', async () => {
  const { emulator, ssm, at } = await start();
  emulator.setFault({ region: 'us-east-1', kind: 'down' });
  expect(await failure(ssm.getParameter(get))).toMatch(/socket hang up|ECONNRESET/);
  expect(await code(at('eu-west-1').ssm.getParameter(get))).toBe('ParameterNotFound');
  expect(emulator.calls[0]).toMatchObject({ status: 0, error: 'down' });
  emulator.clearFaults();
  emulator.setFault({ region: '*', operation: 'GetParameters', kind: 'down' });
  expect(await code(ssm.getParameter(get))).toBe('ParameterNotFound');
  expect(await failure(ssm.getParameters({ Names: ['/a'] }))).toMatch(/socket hang up|ECONNRESET/);
});

test('throttle and errors carry the code and the status of AWS', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', kind: 'throttle', times: 2 });
  expect(await failure(ssm.getParameter(get))).toBe('ThrottlingException: Rate exceeded');
  expect(emulator.faults).toEqual([{ region: '*', kind: 'throttle', times: 1 }]);
  expect(await code(ssm.getParameter(get))).toBe('ThrottlingException');
  expect(emulator.faults).toEqual([]);
  expect(await code(ssm.getParameter(get))).toBe('ParameterNotFound');

  const ask = () => send(emulator.endpoint, '/', jsonHeaders('AmazonSSM.GetParameter'), '{"Name":"/a"}');
  for (const [name, status] of [
    ['AccessDeniedException', 400],
    ['ExpiredTokenException', 400],
    ['InternalServerError', 500],
  ] as const) {
    emulator.setFault({ region: '*', kind: 'error', code: name, times: 1 });
    const answer = await ask();
    expect([answer.status, typeOf(answer)]).toEqual([status, name]);
  }
});

test('a lost answer has done its work', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', operation: 'PutParameter', kind: 'lost-answer', times: 1 });
  const put = { Name: '/a', Value: 'x', Type: 'String' } as const;
  expect(await failure(ssm.putParameter(put))).toMatch(/socket hang up|ECONNRESET/);
  expect((await ssm.getParameter(get)).Parameter?.Value).toBe('x');
  emulator.setFault({ region: '*', operation: 'PutParameter', kind: 'lost-answer', times: 1 });
  expect(await failure(ssm.putParameter(put))).toMatch(/socket hang up|ECONNRESET/);
  expect(emulator.calls.filter(({ error }) => error === 'lost-answer')).toHaveLength(2);
});

test('hang never answers, until the emulator closes', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', kind: 'hang' });
  let settled = false;
  const hanging = failure(ssm.getParameter(get)).finally(() => {
    settled = true;
  });
  await expect.poll(() => emulator.calls.length).toBe(1);
  emulator.clearFaults();
  expect(await code(ssm.getParameter(get))).toBe('ParameterNotFound');
  expect(settled).toBe(false);
  await emulator.close();
  expect(await hanging).toMatch(/socket hang up|ECONNRESET/);
});

test('latency delays and then answers, and goes together with another fault', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', kind: 'latency', ms: 80 });
  const begin = performance.now();
  expect(await code(ssm.getParameter(get))).toBe('ParameterNotFound');
  expect(performance.now() - begin).toBeGreaterThanOrEqual(79);
  emulator.setFault({ region: '*', kind: 'throttle' });
  expect(await code(ssm.getParameter(get))).toBe('ThrottlingException');
});

test('closing does not wait for a latency', async () => {
  const { emulator, ssm } = await start();
  emulator.setFault({ region: '*', kind: 'latency', ms: 3_600_000 });
  const late = failure(ssm.getParameter(get));
  await expect.poll(async () => (await remoteFaults(emulator.endpoint).list()).length).toBe(1);
  await emulator.close();
  expect(await late).toMatch(/socket hang up|ECONNRESET|ECONNREFUSED/);
});

test('faults are set, replaced, listed and cleared from another process', async () => {
  const { emulator, ssm } = await start();
  const remote = remoteFaults(emulator.endpoint);
  await remote.set({ region: 'us-east-1', kind: 'latency', ms: 1 });
  await remote.set({ region: 'us-east-1', kind: 'latency', ms: 2 });
  await remote.set({ region: '*', kind: 'error', code: 'AccessDeniedException', operation: 'GetParameter' });
  expect(await remote.list()).toEqual(emulator.faults);
  expect(await remote.list()).toHaveLength(2);
  expect(await code(ssm.getParameter(get))).toBe('AccessDeniedException');
  await remote.clear('*');
  expect(await remote.list()).toEqual([{ region: 'us-east-1', kind: 'latency', ms: 2 }]);
  await remote.clear();
  expect(await remote.list()).toEqual([]);
  for (const bad of [
    { region: '*', kind: 'fire' },
    { kind: 'down' },
    { region: '*', kind: 'error' },
    { region: '*', kind: 'latency' },
    { region: '*', kind: 'down', times: 0 },
    { region: '*', kind: 'down', probability: 1.1 },
    { region: '*', kind: 'down', probability: -0.1 },
    { region: '*', kind: 'down', probability: '0.5' },
    { region: '*', kind: 'down', probability: 0.5, seed: 0.5 },
    { region: '*', kind: 'down', forMs: 0 },
    { region: '*', kind: 'stale' },
    { region: '*', kind: 'stale', ms: 0 },
    { region: '*', kind: 'stale', ms: 5, operation: 'PutParameter' },
    { region: '*', kind: 'empty-pages', operation: 'GetParameters' },
  ])
    await expect(remote.set(bad as never)).rejects.toMatchObject({ code: 'emulator_option_invalid' });
  await emulator.close();
  await expect(remote.list()).rejects.toMatchObject({ code: 'emulator_unreachable' });
});

test('faults of a state folder stay until they are cleared', async () => {
  const stateDir = await folder();
  const first = await startEmulator({ stateDir });
  first.setFault({ region: 'us-east-1', kind: 'down' });
  first.setFault({ region: 'eu-west-1', kind: 'latency', ms: 5 });
  const rare = { region: 'eu-west-1', kind: 'half-open', probability: 0.5, seed: 3, times: 9 } as const;
  first.setFault(rare);
  await first.close();
  const second = await start({ stateDir });
  expect(second.emulator.faults).toEqual([
    { region: 'us-east-1', kind: 'down' },
    { region: 'eu-west-1', kind: 'latency', ms: 5 },
    rare,
  ]);
  expect(await failure(second.ssm.getParameter(get))).toMatch(/socket hang up|ECONNRESET/);
  second.emulator.clearFaults();
  await second.emulator.close();
  const third = await start({ stateDir });
  expect(third.emulator.faults).toEqual([]);
  await third.emulator.close();
  await writeFile(join(stateDir, 'faults.json'), '[{"region":"*","kind":"fire"}]', { mode: 0o600 });
  await expect(startEmulator({ stateDir })).rejects.toMatchObject({ code: 'emulator_state_broken' });
});
