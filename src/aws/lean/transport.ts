/** One HTTP request and its answer: connections that are kept, two time limits, an end at once when it is called off. */
import { calledOff } from './abort.ts';
import { type Connection, createConnections, hungUp } from './connections.ts';
import { named } from './failure.ts';
import { type Answer, createAnswerReader, type ReadAnswer } from './http-answer.ts';

/** What is sent. */
export interface Post {
  readonly url: URL;
  /** All of them, `host` and `content-length` too. */
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

/** A way to servers, over connections that are kept for the next request. */
export interface Transport {
  /**
   * Sends once.
   * @throws Error `TimeoutError`, `AbortError`, `MalformedAnswer`, or with Node's `code` for what the network says
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

/** Makes a transport; nothing is connected yet. */
export function createTransport(limits: TimeLimits): Transport {
  const connections = createConnections();
  let closed = false;
  return {
    async post(post) {
      if (closed || post.signal?.aborted === true) throw calledOff();
      const request = requestOf(post);
      return exchange(connections.take(post.url), request, post.signal, limits);
    },
    prepare(url) {
      if (url.protocol !== 'https:') return;
      // After the request that is about to be sent: of two handshakes at once its own is the one that is waited for.
      setImmediate(() => {
        if (!closed) connections.prepare(url);
      });
    },
    close() {
      closed = true;
      connections.close();
    },
  };
}

/** @throws Error `InvalidHeader` for what would be read as another header, such as a token with a line break */
function requestOf({ url, headers, body }: Post): Buffer {
  let head = `POST ${url.pathname} HTTP/1.1\r\nconnection: keep-alive\r\n`;
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    if (!/^[\t\x20-\x7e]*$/.test(value)) {
      throw named('InvalidHeader', `the header ${name} would hold characters that no header may`);
    }
    head += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${head}\r\n${body}`);
}

function exchange(
  connection: Connection,
  request: Buffer,
  signal: AbortSignal | undefined,
  limits: TimeLimits,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const reader = createAnswerReader();
    const settle = (): void => {
      clearTimeout(connecting);
      clearTimeout(whole);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: Error): void => {
      settle();
      connection.destroy();
      reject(error);
    };
    const done = ({ answer, keeps }: ReadAnswer): void => {
      settle();
      if (keeps) connection.release();
      else connection.destroy();
      resolve(answer);
    };
    const late = (what: string, ms: number) => () =>
      fail(named('TimeoutError', `no ${what} within ${ms} ms`));
    const abort = (): void => fail(calledOff());
    const connecting = setTimeout(late('connection', limits.connect), limits.connect);
    const whole = setTimeout(late('answer', limits.request), limits.request);
    signal?.addEventListener('abort', abort, { once: true });
    connection.send(request, {
      sent: () => clearTimeout(connecting),
      data(bytes) {
        try {
          const read = reader.take(bytes);
          if (read !== undefined) done(read);
        } catch (error) {
          fail(error as Error);
        }
      },
      closed(error) {
        const read = error === undefined ? reader.end() : undefined;
        if (read === undefined) fail(error ?? hungUp());
        else done(read);
      },
    });
  });
}
