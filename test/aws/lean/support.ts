/** The lean client against the embedded AWS, and against servers that answer what a test tells them to. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  createLean,
  type LeanClient,
  type LeanOptions,
  leanKeyWrapper,
  leanParameterStore,
} from '../../../src/aws/lean/index.ts';
import type { KeyWrapper, ParameterStore } from '../../../src/vault/index.ts';
import { present, type Started, start } from '../../emulator/support.ts';

/** The region that calls go to. */
export const HOME = 'us-east-1';
/** What data keys are bound to. */
export const CONTEXT: Readonly<Record<string, string>> = { 'waxseal:vault': '/acme/dev' };

/** A lean client and its ports in one region; gone with the test. */
export interface Lean {
  readonly client: LeanClient;
  readonly store: ParameterStore;
  readonly keys: KeyWrapper;
}

/** Makes one; without more options it has neither variables nor credentials. */
export function lean(options: LeanOptions, keyId: string = 'alias/waxseal/acme/dev'): Lean {
  const client = createLean({ env: {}, ...options });
  onTestFinished(() => client.close());
  return { client, store: leanParameterStore(HOME, client), keys: leanKeyWrapper(HOME, keyId, client) };
}

/** The server at `url`, in AWS's place. */
export function standIn(url: string): Pick<LeanOptions, 'local'> {
  return { local: { url: () => url } };
}

/** The embedded AWS with a key, a data key wrapped by it, and one parameter. */
export interface World extends Started, Lean {
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/** Makes one, and clears the calls that it took. */
export async function world(options: LeanOptions = {}): Promise<World> {
  const started = await start();
  const { KeyMetadata } = await started.kms.createKey({});
  const keyId = present(KeyMetadata?.KeyId);
  const made = await started.kms.generateDataKey({
    KeyId: keyId,
    KeySpec: 'AES_256',
    EncryptionContext: CONTEXT,
  });
  await started.ssm.putParameter({ Name: '/acme/dev/A', Value: 'a', Type: 'String' });
  started.emulator.clearCalls();
  const ports = lean({ ...standIn(started.emulator.endpoint), ...options }, keyId);
  return { ...started, ...ports, keyId, wrapped: present(made.CiphertextBlob) };
}

/** A request as it was heard. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly socket: Socket;
}

/** An answer. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that answers what it is told to, and what it heard. */
export interface Scripted {
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** @param reply - the answer to the request heard last; `n` counts from 1 */
export async function serve(reply: (heard: Heard, n: number) => Reply): Promise<Scripted> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers, socket } = request;
      const one = { method, path, headers, socket, body: Buffer.concat(chunks).toString() };
      heard.push(one);
      const { status = 200, headers: more = {}, body } = reply(one, heard.length);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...more }).end(body);
    });
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, heard };
}

/** Listens on a free port until the test is over. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** What GetParameters answers for parameters by name. */
export function parameters(values: Readonly<Record<string, string>>): Reply {
  const Parameters = Object.entries(values).map(([Name, Value]) => ({
    Name,
    Value,
    Version: 1,
    Type: 'String',
  }));
  return { body: JSON.stringify({ Parameters, InvalidParameters: [] }) };
}

/** What AWS answers when it says no. */
export function refusal(code: string, more: Omit<Reply, 'body'> = {}): Reply {
  return { status: 400, ...more, body: JSON.stringify({ __type: code, message: 'so it is' }) };
}
