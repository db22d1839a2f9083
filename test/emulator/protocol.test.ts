import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/index.ts';
import { authorization, jsonHeaders, send, typeOf } from './http.ts';
import { code, failure, start } from './support.ts';

const target = 'AmazonSSM.DescribeParameters';

test('only what is signed for this service and a served region is answered', async () => {
  const { emulator, at } = await start({ regions: ['eu-central-1'] });
  const ask = (headers: Record<string, string>) => send(emulator.endpoint, '/', headers, '{}');
  const ok = jsonHeaders(target, 'eu-central-1');
  expect(await ask(ok)).toMatchObject({ status: 200, type: 'application/x-amz-json-1.1' });
  const { authorization: _, ...unsigned } = ok;
  const missing = await ask(unsigned);
  expect([missing.status, typeOf(missing)]).toEqual([403, 'MissingAuthenticationTokenException']);
  const garbled = await ask({ ...ok, authorization: 'Bearer x' });
  expect([garbled.status, typeOf(garbled)]).toEqual([403, 'IncompleteSignatureException']);
  const other = await ask({ ...ok, authorization: authorization('kms', 'eu-central-1') });
  expect([other.status, typeOf(other)]).toEqual([403, 'InvalidSignatureException']);
  expect(await failure(at('us-east-1').ssm.describeParameters({}))).toMatch(
    /^UnrecognizedClientException: .*eu-central-1/,
  );
});

test('operations and bodies that are not understood', async () => {
  const { emulator } = await start();
  const ask = (body: string, headers = jsonHeaders(target)) => send(emulator.endpoint, '/', headers, body);
  for (const unknown of [
    'AmazonSSM.SendCommand',
    'TrentService.Sign',
    'AmazonSSM.constructor',
    'DynamoDB.GetItem',
    'x',
  ]) {
    const answer = await ask('{}', jsonHeaders(unknown));
    expect([answer.status, typeOf(answer)], unknown).toEqual([400, 'UnknownOperationException']);
  }
  for (const bad of ['{', '[]', '"x"', 'null', '{"MaxResults":"many"}'])
    expect(typeOf(await ask(bad)), bad).toBe('SerializationException');
  expect((await ask('')).status).toBe(200);
});

test('a body over 10 MB is refused', async () => {
  const { emulator } = await start();
  const large = Buffer.alloc(10 * 1024 * 1024 + 1, ' ');
  // The answer comes before the body is through: some clients see it, others a cut connection.
  const answer = await send(
    emulator.endpoint,
    '/',
    { ...jsonHeaders(target), expect: '100-continue' },
    large,
  ).catch((error: NodeJS.ErrnoException) => error.code);
  expect(typeof answer === 'object' ? answer.status : answer).toSatisfy((v) =>
    [413, 'ECONNRESET', 'EPIPE'].includes(v),
  );
  const fits = Buffer.concat([Buffer.from('{}'), Buffer.alloc(10 * 1024 * 1024 - 2, ' ')]);
  expect((await send(emulator.endpoint, '/', jsonHeaders(target), fits)).status).toBe(200);
});

test('a name that was rebound to loopback, or a web page, gets nothing', async () => {
  const { emulator } = await start();
  const port = new URL(emulator.endpoint).port;
  const host = (name: string) => ({ ...jsonHeaders(target), host: name });
  for (const foreign of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1']) {
    expect((await send(emulator.endpoint, '/', host(foreign), '{}')).status).toBe(403);
    expect((await send(emulator.endpoint, '/_waxseal/health', { host: foreign })).status).toBe(403);
  }
  for (const own of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
    expect((await send(emulator.endpoint, '/', host(own), '{}')).status).toBe(200);
  const origin = { origin: 'http://localhost' };
  expect((await send(emulator.endpoint, '/_waxseal/health', origin)).status).toBe(403);
  const fault = JSON.stringify({ region: '*', kind: 'down' });
  const json = { 'content-type': 'application/json' };
  expect((await send(emulator.endpoint, '/_waxseal/faults', { ...json, ...origin }, fault)).status).toBe(403);
  expect(
    (await send(emulator.endpoint, '/_waxseal/faults', { 'content-type': 'text/plain' }, fault)).status,
  ).toBe(415);
  expect(emulator.faults).toEqual([]);
  expect((await send(emulator.endpoint, '/_waxseal/nothing')).status).toBe(404);
});

test('STS tells who the caller is, in XML', async () => {
  const { emulator } = await start({ account: '123456789012', regions: ['eu-west-1'] });
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const ask = (action: string, region = 'eu-west-1') =>
    send(
      emulator.endpoint,
      '/',
      { ...form, authorization: authorization('sts', region) },
      `Action=${action}&Version=2011-06-15`,
    );
  for (const region of ['eu-west-1', 'us-east-1']) {
    const answer = await ask('GetCallerIdentity', region);
    expect(answer).toMatchObject({ status: 200, type: 'text/xml' });
    expect(answer.body).toContain('<Account>123456789012</Account>');
    expect(answer.body).toContain('<Arn>arn:aws:iam::123456789012:root</Arn>');
  }
  const unknown = await ask('AssumeRole');
  expect(unknown.status).toBe(400);
  expect(unknown.body).toContain('<Code>UnknownOperationException</Code>');
  const unsigned = await send(emulator.endpoint, '/', form, 'Action=GetCallerIdentity');
  expect(unsigned.status).toBe(403);
});

test('calls are recorded without what they carry', async () => {
  const { emulator, ssm, at } = await start();
  await ssm.putParameter({ Name: '/a', Value: 'hidden-value', Type: 'String' });
  expect(await code(at('eu-west-1').ssm.getParameter({ Name: '/a' }))).toBe('ParameterNotFound');
  expect(emulator.calls).toMatchObject([
    { region: 'us-east-1', service: 'ssm', operation: 'PutParameter', status: 200 },
    {
      region: 'eu-west-1',
      service: 'ssm',
      operation: 'GetParameter',
      status: 400,
      error: 'ParameterNotFound',
    },
  ]);
  expect(JSON.stringify(emulator.calls)).not.toContain('hidden-value');
  emulator.clearCalls();
  expect(emulator.calls).toEqual([]);
});

test('options that make no sense, and a port that is taken', async () => {
  for (const options of [{ regions: ['Europe'] }, { regions: [] }, { account: '12' }, { port: 70_000 }])
    await expect(startEmulator(options)).rejects.toMatchObject({ code: 'emulator_option_invalid' });
  const { emulator } = await start();
  const port = Number(new URL(emulator.endpoint).port);
  await expect(startEmulator({ port })).rejects.toMatchObject({
    code: 'emulator_port_in_use',
    hint: expect.any(String),
  });
});
