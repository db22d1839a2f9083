/** One HTTP request and its answer: sockets that are kept, two time limits, an end at once when it is called off. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { calledOff } from './abort.ts';
import { type AnswerHead, named } from './failure.ts';

/** The largest answer that is read, in bytes: ten parameters of 8,192 characters, each escaped, take half of it. */
const LARGEST_ANSWER = 1024 * 1024;

/** An answer, whole. */
export interface Answer extends AnswerHead {
  /** Of whoever gets it alone; it may hold a plain data key. */
  readonly body: Buffer;
}

/** What is sent. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
}

/** How long is waited, in ms. */
export interface TimeLimits {
  /** For a connection, TLS included. */
  readonly connect: number;
  /** For the whole of it, from the first byte sent to the last one read. */
  readonly request: number;
}

/** A way to servers, over sockets that are kept for the next request. */
export interface Transport {
  /**
   * Sends once.
   * @throws Error `TimeoutError`, `AbortError`, or with Node's `code` for what the network says
   */
  post(post: Post): Promise<Answer>;
  /**
   * Begins to shake hands with a server over TLS, so that the next request there need not wait for it. Nothing is sent,
   * nothing waits for it, and whatever goes wrong is met again by the request.
   */
  prepare(url: URL): void;
  /** Cuts all connections, for good. */
  close(): void;
}

/** A way to all servers of one protocol. */
interface Way {
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly agent: Agent;
  /** Connections that no request uses yet, by host and port. */
  readonly ready: Map<string, TLSSocket>;
  /** Of those that were prepared: where hands are shaken already. */
  readonly secure: WeakSet<object>;
}

/** Makes a transport; nothing is connected yet. */
export function createTransport(limits: TimeLimits): Transport {
  const ways = new Map<string, Way>();
  let closed = false;
  const wayOf = ({ protocol }: URL): Way => {
    let way = ways.get(protocol);
    if (way === undefined) {
      way = open(protocol);
      ways.set(protocol, way);
    }
    return way;
  };
  return {
    async post(post) {
      if (closed) throw calledOff();
      return exchange(wayOf(post.url), post, limits);
    },
    prepare(url) {
      if (url.protocol !== 'https:') return;
      // After the request that is about to be sent: of two handshakes at once its own is the one that is waited for.
      setImmediate(() => {
        if (!closed) shakeHands(wayOf(url), url);
      });
    },
    close() {
      closed = true;
      for (const { agent, ready } of ways.values()) {
        agent.destroy();
        for (const socket of ready.values()) socket.destroy();
      }
    },
  };
}

/**
 * Loads what the protocol needs: TLS alone takes as long as both calls of a start on the same machine. Not by import,
 * which would read everything that node:http has to give, WebSocket too, and load Node's whole fetch for that.
 */
function open(protocol: string): Way {
  const { Agent, request } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
  // The agent of node:https keeps TLS sessions too: a second connection needs no full handshake.
  const agent = new Agent({ keepAlive: true }) as Agent;
  const ready: Way['ready'] = new Map();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const key = `${options.host}:${options.port}`;
    const socket = ready.get(key);
    ready.delete(key);
    return socket?.destroyed === false ? socket.ref() : connect(options, callback);
  };
  return { request, agent, ready, secure: new WeakSet() };
}

function shakeHands({ agent, ready, secure }: Way, url: URL): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 443 : Number(url.port);
  const key = `${host}:${port}`;
  if (ready.has(key)) return;
  // An address is no name that a server could be known by.
  const servername = /^[\d.]+$|:/.test(host) ? '' : host;
  const options = { ...agent.options, host, port, servername };
  // By that name the agent keeps the session for later connections.
  const named = { ...options, _agentKey: agent.getName(options) };
  const socket = agent.createConnection(named) as TLSSocket;
  // A process that needs it no more must not wait for it.
  socket.unref();
  socket.on('error', () => socket.destroy());
  socket.once('secureConnect', () => secure.add(socket));
  socket.once('close', () => {
    if (ready.get(key) === socket) ready.delete(key);
  });
  ready.set(key, socket);
}

function exchange(way: Way, { url, headers, body, signal }: Post, limits: TimeLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(calledOff());
    const sent = way.request(url, { method: 'POST', headers, agent: way.agent });
    const settle = (): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
      sent.destroy();
    };
    const late = (what: string, ms: number) => () =>
      fail(named('TimeoutError', `no ${what} within ${ms} ms`));
    const abort = (): void => fail(calledOff());
    const connecting = setTimeout(late('connection', limits.connect), limits.connect);
    const whole = setTimeout(late('answer', limits.request), limits.request);
    signal?.addEventListener('abort', abort, { once: true });
    // Stays for good: a destroyed socket may complain after the promise has settled.
    sent.on('error', fail);
    sent.once('socket', (socket) => {
      if (sent.reusedSocket || way.secure.has(socket)) return clearTimeout(connecting);
      const event = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      socket.once(event, () => clearTimeout(connecting));
    });
    sent.once('response', (response) => {
      const done = (answer: Answer): void => {
        settle();
        resolve(answer);
      };
      collect(response, done, fail);
    });
    sent.end(body);
  });
}

function collect(
  response: IncomingMessage,
  done: (answer: Answer) => void,
  fail: (error: Error) => void,
): void {
  const { statusCode: status = 0, headers } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER) return fail(named('AnswerTooLarge', `more than ${LARGEST_ANSWER} bytes`));
    chunks.push(chunk);
  });
  response.on('error', fail);
  response.once('end', () => {
    const body = Buffer.concat(chunks);
    for (const chunk of chunks) chunk.fill(0);
    done({ status, headers, body });
  });
}
