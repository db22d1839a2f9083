/**
 * Connections to servers, kept for the next request, and TLS sessions for the next connection. On Node's sockets and
 * TLS alone: see `http-answer.ts`.
 */
import type { Socket } from 'node:net';

/** How long a kept connection says nothing before it is asked whether it is still there, in ms. */
const KEEP_ALIVE = 1_000;

/** Whoever sends a request over a connection. */
export interface User {
  /** Connected, hands shaken, and the request on its way. */
  sent(): void;
  data(bytes: Buffer): void;
  /** @param error - why; undefined where the server ended it as it should */
  closed(error: Error | undefined): void;
}

/** A connection, for one request at a time. */
export interface Connection {
  /** Sends as soon as the server is known to be the one that is meant. */
  send(request: Buffer, user: User): void;
  /** Keeps it for the next request. */
  release(): void;
  /** Cuts it; whoever waits for an answer is told. */
  destroy(): void;
}

/** Connections to all servers. */
export interface Connections {
  /** One that is kept, or a new one. */
  take(url: URL): Connection;
  /** Begins a connection for the next that takes one, where none is waiting. */
  prepare(url: URL): void;
  /** Cuts all of them. */
  close(): void;
}

/** Makes them; nothing is connected yet. */
export function createConnections(): Connections {
  const kept = new Map<string, Connection[]>();
  const sessions = new Map<string, Buffer>();
  const all = new Set<Connection>();
  const begin = (url: URL): Connection => {
    const { origin } = url;
    const connection = open(connect(url, sessions), {
      released: () => kept.set(origin, [...(kept.get(origin) ?? []), connection]),
      closed: () => {
        all.delete(connection);
        kept.set(
          origin,
          (kept.get(origin) ?? []).filter((one) => one !== connection),
        );
      },
    });
    all.add(connection);
    return connection;
  };
  return {
    take: (url) => kept.get(url.origin)?.pop() ?? begin(url),
    prepare(url) {
      if ((kept.get(url.origin)?.length ?? 0) === 0) begin(url).release();
    },
    close() {
      for (const connection of all) connection.destroy();
    },
  };
}

/** A socket on its way, and what tells that it is where it should be. */
interface Connecting {
  readonly socket: Socket;
  readonly event: 'connect' | 'secureConnect';
}

/**
 * Loads what the protocol needs: TLS alone takes as long as both calls of a start on the same machine. Not by import,
 * which would load it at once.
 */
function connect({ protocol, hostname, port, origin }: URL, sessions: Map<string, Buffer>): Connecting {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol !== 'https:') {
    const net = process.getBuiltinModule('node:net');
    const socket = net.connect({ host, port: port === '' ? 80 : Number(port), noDelay: true });
    return { socket, event: 'connect' };
  }
  const tls = process.getBuiltinModule('node:tls');
  const session = sessions.get(origin);
  const socket = tls.connect({
    host,
    port: port === '' ? 443 : Number(port),
    // An address is no name that a server could be known by.
    servername: /^[\d.]+$|:/.test(host) ? '' : host,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  });
  socket.setNoDelay(true);
  // A second connection needs no full handshake.
  socket.on('session', (one) => sessions.set(origin, one));
  socket.once('error', () => sessions.delete(origin));
  return { socket, event: 'secureConnect' };
}

function open(
  { socket, event }: Connecting,
  events: { readonly released: () => void; readonly closed: () => void },
): Connection {
  let connected = false;
  let failure: Error | undefined;
  let waiting: Buffer | undefined;
  let user: User | undefined;
  const write = (request: Buffer, by: User): void => {
    socket.write(request);
    by.sent();
  };
  socket.once(event, () => {
    connected = true;
    if (waiting !== undefined && user !== undefined) write(waiting, user);
    waiting = undefined;
  });
  socket.on('data', (bytes: Buffer) => {
    // Nobody asked for it.
    if (user === undefined) socket.destroy();
    else user.data(bytes);
  });
  // Stays for good: a destroyed socket may complain after its request has ended.
  socket.on('error', (error) => {
    failure ??= error;
  });
  socket.once('close', () => {
    events.closed();
    user?.closed(failure);
  });
  return {
    send(request, by) {
      user = by;
      socket.ref();
      if (socket.destroyed) process.nextTick(() => by.closed(failure ?? hungUp()));
      else if (connected) write(request, by);
      else waiting = request;
    },
    release() {
      user = undefined;
      // A process that needs it no more must not wait for it; one that stays learns that it is gone.
      socket.unref();
      socket.setKeepAlive(true, KEEP_ALIVE);
      if (!socket.destroyed) events.released();
    },
    destroy: () => void socket.destroy(),
  };
}

/** What a request meets whose connection ends before its answer does; in Node's words. */
export function hungUp(): Error {
  return Object.assign(new Error('the connection was ended'), { code: 'ECONNRESET' });
}
