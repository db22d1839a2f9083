/** A way to AWS on which each call is a place: the test decides what becomes of the n-th that comes by. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that has come to the proxy. */
export interface Arrived {
  /** 1 for the first since {@link PlacesProxy.begin}. */
  readonly number: number;
  readonly region: string;
  /** Such as `PutParameter`. */
  readonly operation: string;
}

/** What becomes of a call. */
export type Verdict =
  | { readonly is: 'passed' }
  /** It never arrives: the connection is cut. */
  | { readonly is: 'cut'; readonly first?: () => Promise<unknown> }
  /** It is done, and the answer never comes. */
  | { readonly is: 'lost'; readonly first?: () => Promise<unknown> }
  /** AWS answers with this code and does nothing. */
  | { readonly is: 'refused'; readonly code: string; readonly status: number };

/** Asked of each call. */
export type Rule = (call: Arrived) => Verdict;

/** Lets everything by. */
export const PASSED: Verdict = { is: 'passed' };

/** See the head of the file. */
export interface PlacesProxy {
  readonly endpoint: string;
  /** Counts anew, by a new rule. */
  begin(rule: Rule): void;
  /** What came by since then. */
  readonly calls: readonly Arrived[];
  /** Waits until nothing is under way any more, and says what failed here and not in what is tested. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one on loopback. @param target - the emulator's endpoint */
export async function startProxy(target: string): Promise<PlacesProxy> {
  let rule: Rule = () => PASSED;
  let calls: Arrived[] = [];
  const under = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const one: Promise<void> = pass(request, response).finally(() => under.delete(one));
    under.add(one);
  });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    // The sender was killed while it sent: nothing arrived.
    if (body === undefined) return void response.destroy();
    const call = { number: calls.length + 1, ...whatIsAsked(request) };
    calls.push(call);
    const verdict = rule(call);
    if (verdict.is === 'refused') return answer(response, verdict.status, refusal(verdict.code));
    if (verdict.is === 'cut') {
      await verdict.first?.();
      return void response.destroy();
    }
    const { status, text } = await forward(target, request, body);
    if (verdict.is === 'lost') {
      await verdict.first?.();
      return void response.destroy();
    }
    answer(response, status, text);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    begin(next) {
      rule = next;
      calls = [];
    },
    get calls() {
      return calls;
    },
    async settled() {
      while (under.size > 0) await Promise.all(under);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function whatIsAsked({ headers }: IncomingMessage): Pick<Arrived, 'region' | 'operation'> {
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
  return { region, operation: String(headers['x-amz-target']).split('.')[1] ?? '' };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function forward(
  target: string,
  { headers, method }: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly text: Buffer }> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, host: new URL(target).host } };
    const outgoing = httpRequest(target, options, (incoming) => {
      bodyOf(incoming).then(
        (text = Buffer.alloc(0)) => resolve({ status: incoming.statusCode ?? 0, text }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function refusal(code: string): Buffer {
  return Buffer.from(JSON.stringify({ __type: code, message: 'refused on purpose' }));
}

function answer(response: ServerResponse, status: number, text: Buffer): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': text.byteLength,
  });
  response.end(text);
}
