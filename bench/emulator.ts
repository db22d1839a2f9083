/**
 * GetParameter on the emulator against a bare node:http server that reads the body and answers the same bytes, in one
 * run, turn by turn, so that both meet the same machine. Each server is a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../src/emulator/index.ts';

const [role, bytes = ''] = process.argv.slice(2);
const rounds = 5;
const calls = 8000;
const clients = 16;

const headers = (operation: string): Record<string, string> => ({
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `AmazonSSM.${operation}`,
  authorization:
    'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=00',
});

function call(endpoint: string, agent: Agent, operation: string, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { method: 'POST', agent, headers: headers(operation) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

/** One request as bytes: a client that builds and parses HTTP would cost as much as the servers, and hide them. */
function wire(endpoint: string): string {
  const body = JSON.stringify({ Name: '/bench' });
  const lines = Object.entries({
    ...headers('GetParameter'),
    host: new URL(endpoint).host,
    'content-length': String(body.length),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Sends one request after the other; all answers of a server have the same length, which the first one tells. */
function client(endpoint: string, count: number): Promise<void> {
  const bytes = wire(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1', () => socket.write(bytes));
    let [left, length, got] = [count, 0, 0];
    socket.setNoDelay(true).on('error', reject);
    socket.on('data', (chunk) => {
      if (length === 0) length = lengthOf(chunk);
      got += chunk.length;
      if (got < length) return;
      got -= length;
      left -= 1;
      if (left > 0) return void socket.write(bytes);
      socket.destroy();
      resolve();
    });
  });
}

function lengthOf(first: Buffer): number {
  const text = first.toString('latin1');
  const body = /content-length: (\d+)/i.exec(text)?.[1];
  if (!text.startsWith('HTTP/1.1 200') || body === undefined) throw new Error(text);
  return text.indexOf('\r\n\r\n') + 4 + Number(body);
}

/** Calls a second. */
async function rate(endpoint: string, count: number): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, () => client(endpoint, count / clients)));
  return count / ((performance.now() - began) / 1000);
}

async function serve(
  ...args: string[]
): Promise<{ readonly child: ChildProcess; readonly endpoint: string }> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const endpoint of createInterface({ input: child.stdout })) return { child, endpoint };
  throw new Error('a server did not start');
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const emulator = await serve('emulator');
  await call(emulator.endpoint, agent, 'PutParameter', {
    Name: '/bench',
    Value: 'v'.repeat(500),
    Type: 'String',
  });
  const answer = await call(emulator.endpoint, agent, 'GetParameter', { Name: '/bench' });
  const bare = await serve('bare', answer);
  for (const { endpoint } of [emulator, bare]) await rate(endpoint, calls);
  const rates: { readonly emulator: number; readonly bare: number }[] = [];
  for (let round = 0; round < rounds; round++)
    rates.push({
      emulator: await rate(emulator.endpoint, calls),
      bare: await rate(bare.endpoint, calls),
    });
  const of = (name: 'emulator' | 'bare'): number => median(rates.map((one) => one[name]));
  const ratio = median(rates.map((one) => one.emulator / one.bare));
  console.log(`GetParameter, ${clients} clients, ${rounds} rounds of ${calls} calls each, medians`);
  console.log(`emulator  ${Math.round(of('emulator'))} calls/s`);
  console.log(`bare http ${Math.round(of('bare'))} calls/s`);
  console.log(`ratio     ${ratio.toFixed(2)}`);
  agent.destroy();
  for (const { child } of [emulator, bare]) {
    child.stdin?.end();
    await once(child, 'exit');
  }
}

if (role === 'emulator') {
  const { endpoint, close } = await startEmulator();
  console.log(endpoint);
  process.stdin.on('end', () => void close()).resume();
} else if (role === 'bare') {
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/x-amz-json-1.1',
        'content-length': Buffer.byteLength(bytes),
      });
      response.end(bytes);
    });
  });
  server.listen(0, '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
  process.stdin
    .on('end', () => {
      server.close();
      server.closeAllConnections();
    })
    .resume();
} else await measure();
