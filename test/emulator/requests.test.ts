import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { authorization, jsonHeaders, send, typeOf } from './http.ts';
import { code, type Started, start } from './support.ts';

const target = 'AmazonSSM.GetParameter';
const good = jsonHeaders(target);
const { authorization: _, ...unsigned } = good;
const body = JSON.stringify({ Name: '/alive' });

async function alive({ ssm }: Started): Promise<void> {
  expect((await ssm.getParameter({ Name: '/alive' })).Parameter?.Value).toBe('yes');
}

async function started(): Promise<Started> {
  const server = await start();
  await server.ssm.putParameter({ Name: '/alive', Value: 'yes', Type: 'String' });
  return server;
}

/** Sends bytes as they are, ends its side, and gives what came back until the other side ended. */
async function raw(endpoint: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  // A cut connection is an answer too.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.end(text);
  await closed;
  return answer;
}

test.each<[string, Record<string, string>, string | Buffer, number, string]>([
  ['no signature', unsigned, body, 403, 'MissingAuthenticationTokenException'],
  ['an empty signature', { ...good, authorization: '' }, body, 403, 'MissingAuthenticationTokenException'],
  [
    'a signature of another kind',
    { ...good, authorization: 'Basic eA==' },
    body,
    403,
    'IncompleteSignatureException',
  ],
  [
    'a scope of another service',
    { ...good, authorization: authorization('kms') },
    body,
    403,
    'InvalidSignatureException',
  ],
  ['an unknown region', jsonHeaders(target, 'mars-north-1'), body, 400, 'UnrecognizedClientException'],
  [
    'a region that is none',
    { ...good, authorization: authorization('ssm', 'A B') },
    body,
    403,
    'IncompleteSignatureException',
  ],
  ['JSON that ends early', good, '{"Name":', 400, 'SerializationException'],
  ['JSON that is no object', good, '[]', 400, 'SerializationException'],
  ['a member of another type', good, '{"Name":7}', 400, 'SerializationException'],
  ['bytes that are no UTF-8', good, Buffer.from([0xff, 0xfe, 0x7b]), 400, 'SerializationException'],
  ['no member at all', good, '{}', 400, 'ValidationException'],
  ['an unknown operation', jsonHeaders('AmazonSSM.Nonsense'), '{}', 400, 'UnknownOperationException'],
  ['an unknown service', jsonHeaders('Nonsense.GetParameter'), '{}', 400, 'UnknownOperationException'],
  ['a property of every object', jsonHeaders('AmazonSSM.__proto__'), '{}', 400, 'UnknownOperationException'],
  ['no target', { authorization: authorization('ssm') }, '{}', 400, 'UnknownOperationException'],
  ['a foreign host', { ...good, host: 'evil.example' }, body, 403, 'AccessDeniedException'],
])('%s', async (_name, headers, bytes, status, expected) => {
  const server = await started();
  const answer = await send(server.emulator.endpoint, '/', headers, bytes);
  expect([answer.status, typeOf(answer)]).toEqual([status, expected]);
  expect(answer.type).toBe('application/x-amz-json-1.1');
  await alive(server);
});

test('a body of 10 MB is read, and one that is larger is refused before it is through', async () => {
  const server = await started();
  const { endpoint } = server.emulator;
  const padded = (length: number): Buffer =>
    Buffer.concat([Buffer.from(body), Buffer.alloc(length - body.length, ' ')]);
  expect((await send(endpoint, '/', good, padded(10 * 1024 * 1024))).status).toBe(200);
  const length = 10 * 1024 * 1024 + 1;
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${length}\r\n\r\n`;
  expect(await raw(endpoint, head)).toMatch(/^HTTP\/1\.1 413 .*RequestEntityTooLargeException/s);
  const chunked = Buffer.alloc(1024 * 1024, ' ').toString();
  const chunk = `100000\r\n${chunked}\r\n`;
  const start = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n';
  // Some of it is on its way when the answer comes, so the connection may be cut before the answer is read.
  expect(await raw(endpoint, `${start}${chunk.repeat(11)}0\r\n\r\n`)).toMatch(/^(HTTP\/1\.1 413 .*)?$/s);
  await alive(server);
});

test('a request that is cut off half-way does nothing, and what is no HTTP is answered 400', async () => {
  const server = await started();
  const { endpoint } = server.emulator;
  const put = JSON.stringify({ Name: '/half', Value: 'v', Type: 'String' });
  const headers = Object.entries(jsonHeaders('AmazonSSM.PutParameter')).map(
    ([key, value]) => `${key}: ${value}\r\n`,
  );
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers.join('')}content-length: ${put.length + 1}\r\n\r\n`;
  await raw(endpoint, head + put);
  expect(await code(server.ssm.getParameter({ Name: '/half' }))).toBe('ParameterNotFound');
  expect(await raw(endpoint, 'not http at all\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  const wrongHost = 'GET /_waxseal/health HTTP/1.0\r\n\r\n';
  expect(await raw(endpoint, wrongHost)).toMatch(/^HTTP\/1\.1 403 /);
  await alive(server);
});

test('the content type is not what decides, as for AWS: the target is', async () => {
  const server = await started();
  const plain = { ...good, 'content-type': 'text/plain' };
  expect((await send(server.emulator.endpoint, '/', plain, body)).status).toBe(200);
  const form = { ...unsigned, 'content-type': 'application/x-www-form-urlencoded' };
  delete (form as Record<string, string>)['x-amz-target'];
  const signed = { ...form, authorization: authorization('sts') };
  const answer = await send(server.emulator.endpoint, '/', signed, 'Action=Nonsense');
  expect([answer.status, answer.type]).toEqual([400, 'text/xml']);
  await alive(server);
});

test('a web page reaches none of the control endpoints', async () => {
  const server = await started();
  const { endpoint } = server.emulator;
  const origin = { origin: 'https://example.com', 'content-type': 'application/json' };
  for (const [method, path, text] of [
    ['GET', '/_waxseal/health', undefined],
    ['GET', '/_waxseal/faults', undefined],
    ['POST', '/_waxseal/faults', JSON.stringify({ region: '*', kind: 'down' })],
    ['DELETE', '/_waxseal/faults', undefined],
  ] as const)
    expect((await send(endpoint, path, origin, text, method)).status, `${method} ${path}`).toBe(403);
  expect(server.emulator.faults).toEqual([]);
  await alive(server);
});
