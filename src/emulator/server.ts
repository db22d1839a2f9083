import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { injected, sendAnswer, sendError } from './answers.ts';
import type { Identities } from './auth/identities.ts';
import type { Calls } from './calls.ts';
import { answerControl, controlPrefix } from './control.ts';
import { AwsError, EmulatorError } from './errors.ts';
import {
  isLoopbackHost,
  readAccessKeyId,
  readBody,
  readRegion,
  readTarget,
  type Target,
} from './protocol.ts';
import { perform, type World } from './service.ts';
import type { Switches } from './switches.ts';

export interface ServerParts {
  readonly world: World;
  readonly switches: Switches;
  readonly calls: Calls;
  readonly identities: Identities;
  /** What health answers with. */
  readonly instance: string;
}

export interface Listening {
  readonly endpoint: string;
  /** From here on nobody is answered. What was under way has either happened or will not. */
  refuse(): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. @throws EmulatorError emulator_port_in_use */
export async function listen(parts: ServerParts, port: number): Promise<Listening> {
  const stop = new AbortController();
  const server = createServer((request, response) => {
    answer(parts, stop.signal, request, response).catch((error: unknown) => fail(response, error));
  });
  await bind(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    refuse: () => stop.abort(),
    close: () => {
      stop.abort();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const hint = 'choose another port, or 0 for a free one';
      reject(
        taken ? new EmulatorError('emulator_port_in_use', `port ${port} can't be used`, hint, error) : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function fail(response: ServerResponse, error: unknown): void {
  // What went wrong inside stays inside: its message could quote the request.
  const name = error instanceof Error ? error.name : 'error';
  const known =
    error instanceof AwsError ? error : new AwsError('InternalFailure', `the emulator failed: ${name}`, 500);
  if (response.headersSent || response.destroyed) response.destroy();
  else sendError(response, undefined, known);
}

async function answer(
  parts: ServerParts,
  stopped: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopbackHost(request.headers.host))
    throw new AwsError('AccessDeniedException', 'the Host is not loopback', 403);
  const body = await readBody(request);
  if (stopped.aborted) return void response.destroy();
  if (body === undefined) {
    response.setHeader('connection', 'close');
    throw new AwsError('RequestEntityTooLargeException', 'a request holds 10 MB at most', 413);
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname.startsWith(controlPrefix)) return answerControl(request, response, url, body, parts);
  const target = readTarget(request, url, body);
  await answerAws(parts, stopped, target, body, request.headers.authorization, response);
}

async function answerAws(
  { world, switches, calls, identities }: ServerParts,
  stopped: AbortSignal,
  { service, operation }: Target,
  body: string,
  authorization: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const begin = performance.now();
  const accessKeyId = readAccessKeyId(authorization);
  let region = '';
  let stalled = false;
  const record = (status: number, error?: string): void =>
    calls.add({
      at: world.now(),
      region,
      service,
      operation,
      status,
      ...(error === undefined ? {} : { error }),
      ms: Math.round(10 * (performance.now() - begin)) / 10,
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
    });
  const cut = (why: string): void => {
    record(0, why);
    response.destroy();
  };
  try {
    region = readRegion(authorization, service);
    const { latencies, ending, ...shape } = switches.faults.take(region, operation);
    for (const { ms } of latencies) await delay(ms, undefined, { signal: stopped });
    if (ending?.kind === 'down') return cut('down');
    if (ending?.kind === 'hang') return record(0, 'hang');
    if (ending?.kind === 'throttle') throw injected(service, 'ThrottlingException');
    if (ending?.kind === 'error') throw injected(service, ending.code ?? '');
    const lost = ending?.kind === 'lost-answer';
    stalled = ending?.kind === 'half-open';
    const caller = identities.caller(accessKeyId, service);
    const signed = caller === undefined ? {} : { caller };
    switches.quotas.take(service, region, operation);
    const request = {
      service,
      operation,
      region,
      body: service === 'sts' ? {} : parseJson(body),
      ...shape,
      ...signed,
    };
    let result: Readonly<Record<string, unknown>>;
    try {
      result = perform(world, request);
    } finally {
      // The caller learns neither a result nor an error, but the operation has run.
      if (lost) cut('lost-answer');
    }
    if (lost) return;
    if (stalled) record(0, 'half-open');
    else record(200);
    sendAnswer(response, service, operation, result, stalled);
  } catch (error) {
    if (response.destroyed) return;
    if (stopped.aborted) return void response.destroy();
    if (!(error instanceof AwsError)) {
      record(500, 'InternalFailure');
      throw error;
    }
    if (stalled) record(0, 'half-open');
    else record(error.status, error.code);
    sendError(response, service, error, stalled);
  }
}

function parseJson(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'the body is not JSON');
  }
}
