import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { injected, sendAnswer, sendError } from './answers.ts';
import type { Calls } from './calls.ts';
import { answerControl, controlPrefix } from './control.ts';
import { AwsError, EmulatorError } from './errors.ts';
import type { Faults } from './faults.ts';
import { isLoopbackHost, readBody, readRegion, readTarget, type Target } from './protocol.ts';
import { perform, type World } from './service.ts';

export interface ServerParts {
  readonly world: World;
  readonly faults: Faults;
  readonly calls: Calls;
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
  if (url.pathname.startsWith(controlPrefix))
    return answerControl(request, response, url, body, parts.instance, parts.faults);
  const target = readTarget(request, url, body);
  await answerAws(parts, stopped, target, body, request.headers.authorization, response);
}

async function answerAws(
  { world, faults, calls }: ServerParts,
  stopped: AbortSignal,
  { service, operation }: Target,
  body: string,
  authorization: string | undefined,
  response: ServerResponse,
): Promise<void> {
  let region = '';
  const record = (status: number, error?: string): void =>
    calls.add({
      at: world.now(),
      region,
      service,
      operation,
      status,
      ...(error === undefined ? {} : { error }),
    });
  const cut = (why: string): void => {
    record(0, why);
    response.destroy();
  };
  try {
    region = readRegion(authorization, service);
    let lost = false;
    for (const fault of faults.take(region, operation)) {
      if (fault.kind === 'latency') await delay(fault.ms, undefined, { signal: stopped });
      else if (fault.kind === 'down') return cut('down');
      else if (fault.kind === 'hang') return record(0, 'hang');
      else if (fault.kind === 'lost-answer') lost = true;
      else throw injected(service, fault.kind === 'throttle' ? 'ThrottlingException' : (fault.code ?? ''));
    }
    const request = { service, operation, region, body: service === 'sts' ? {} : parseJson(body) };
    let result: Readonly<Record<string, unknown>>;
    try {
      result = perform(world, request);
    } finally {
      // The caller learns neither a result nor an error, but the operation has run.
      if (lost) cut('lost-answer');
    }
    if (lost) return;
    record(200);
    sendAnswer(response, service, operation, result);
  } catch (error) {
    if (response.destroyed) return;
    if (stopped.aborted) return void response.destroy();
    if (!(error instanceof AwsError)) {
      record(500, 'InternalFailure');
      throw error;
    }
    record(error.status, error.code);
    sendError(response, service, error);
  }
}

function parseJson(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'the body is not JSON');
  }
}
