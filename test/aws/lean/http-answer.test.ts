/** Answers in every spelling that HTTP/1.1 has for them, cut anywhere, against what Node's own client makes of them. */
import { request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAnswerReader, type ReadAnswer } from '../../../src/aws/lean/http-answer.ts';
import { draw, randomNumbers, rounds, seed, tried } from '../../support/seed.ts';
import { rejection } from '../../support/world.ts';
import { lean, parameters, standIn } from './support.ts';

/** An answer as a server may write it. */
interface Written {
  readonly raw: Buffer;
  /** Whether the end of the connection is that of the body. */
  readonly closes: boolean;
}

type Random = () => number;

const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));

function writeAnswer(random: Random): Written {
  const body = Buffer.from(Array.from({ length: draw(random, [0, 1, 30, 3_000]) }, () => upTo(random, 255)));
  const eol = '\r\n';
  const early = draw(random, ['', '', `HTTP/1.1 103 Early Hints${eol}link: </a>${eol}${eol}`]);
  const status = draw(random, ['200 OK', '400 Bad Request', '503', '200 ', '204 No Content']);
  const lines = [
    draw(random, ['Content-Type: application/x-amz-json-1.1', 'content-type:text/html', 'X-Empty:']),
    draw(random, ['x-amzn-RequestId:  a b\t', 'X-Several: one', 'retry-after: 1']),
    draw(random, ['X-Several: two', 'date: Thu, 01 Jan 2026 00:00:00 GMT', "odd!#$%&'*+.^_`|~1: \u00fc"]),
  ];
  const how = status.startsWith('204') ? 'none' : draw(random, ['length', 'chunked', 'close']);
  if (how === 'length')
    lines.push(`${draw(random, ['Content-Length', 'content-length'])}: ${body.byteLength}`);
  if (how === 'chunked')
    lines.push(draw(random, ['Transfer-Encoding: chunked', 'transfer-encoding: Chunked']));
  const head = Buffer.from(`${early}HTTP/1.1 ${status}${eol}${lines.join(eol)}${eol}${eol}`, 'latin1');
  if (how === 'none') return { raw: head, closes: false };
  if (how !== 'chunked') return { raw: Buffer.concat([head, body]), closes: how === 'close' };
  const pieces: Buffer[] = [head];
  for (let at = 0; at < body.byteLength; ) {
    const piece = body.subarray(at, at + 1 + upTo(random, 900));
    const size = draw(random, [
      piece.byteLength.toString(16),
      `00${piece.byteLength.toString(16).toUpperCase()}`,
    ]);
    pieces.push(Buffer.from(`${size}${draw(random, ['', '', ';x=1'])}${eol}`), piece, Buffer.from(eol));
    at += piece.byteLength;
  }
  pieces.push(Buffer.from(`0${eol}${draw(random, ['', `Trailer: 1${eol}`])}${eol}`));
  return { raw: Buffer.concat(pieces), closes: false };
}

/** In pieces, each a copy: a reader wipes what it takes. */
function read({ raw, closes }: Written, random: Random): ReadAnswer | undefined {
  const reader = createAnswerReader();
  const pieces = draw(random, [1, 3, 40, raw.byteLength]);
  const ends = Array.from({ length: pieces - 1 }, () => upTo(random, raw.byteLength)).sort((a, b) => a - b);
  let at = 0;
  for (const end of [...ends, raw.byteLength]) {
    const piece = Buffer.from(raw.subarray(at, end));
    const answer = reader.take(piece);
    expect(piece.every((byte) => byte === 0)).toBe(true);
    at = end;
    if (answer === undefined) continue;
    expect(at, 'an answer before its end').toBe(raw.byteLength);
    return answer;
  }
  return closes ? reader.end() : undefined;
}

/** What is written to whoever connects. */
async function serveRaw(written: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => written(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function byNode(port: number): Promise<{ status: number; headers: object; body: Buffer }> {
  const sent = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  sent.end();
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await buffer(response) };
}

describe('an answer', () => {
  it("is read as Node's own client reads it, wherever it is cut", async () => {
    const count = rounds(60, 1_500);
    let now: Written = { raw: Buffer.alloc(0), closes: true };
    const port = await serveRaw((socket) => void socket.end(now.raw));
    for (let round = 0; round < count; round += 1) {
      const random = randomNumbers(seed + round);
      now = writeAnswer(random);
      const expected = await byNode(port);
      const { answer, keeps } = read(now, random) ?? {};
      const { status, headers, body } = answer ?? {};
      expect({ status, headers: { ...headers }, body }, `round ${round} of seed ${seed}`).toEqual({
        ...expected,
        headers: { ...expected.headers },
      });
      expect(keeps, `round ${round} of seed ${seed}`).toBe(!now.closes);
    }
    tried('HTTP answers against Node', count);
  });

  const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n';
  it.each<[string, string, boolean]>([
    ['of an old server', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}', false],
    [
      'of an old server that keeps it',
      'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}',
      true,
    ],
    ['that says that it is the last', `${LENGTH}Connection: x, Close\r\n\r\n{}`, false],
    ['with something behind it', `${LENGTH}\r\n{}HTTP/1.1 200 OK`, false],
    ['and no more', `${LENGTH}\r\n{}`, true],
  ])('%s', (_, raw, keeps) => {
    const found = createAnswerReader().take(Buffer.from(raw));
    expect([found?.answer.body.toString(), found?.keeps]).toEqual(['{}', keeps]);
  });

  const OK = 'HTTP/1.1 200 OK\r\n';
  it.each<[string, string, string]>([
    ['is of another protocol', 'SSH-2.0-OpenSSH_9\r\n\r\n', 'MalformedAnswer'],
    ['is none by its first bytes', 'SSH', 'MalformedAnswer'],
    ['is of another version', 'HTTP/2 200 OK\r\n\r\n', 'MalformedAnswer'],
    ['has no status', 'HTTP/1.1 OK\r\n\r\n', 'MalformedAnswer'],
    ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'MalformedAnswer'],
    ['has a line that is no header', `${OK}nothing\r\n\r\n`, 'MalformedAnswer'],
    ['folds a header', `${OK}a: b\r\n c\r\n\r\n`, 'MalformedAnswer'],
    ['has a space before the colon', `${OK}a : b\r\n\r\n`, 'MalformedAnswer'],
    ['has a lonely line feed', `${OK}a: b\nc: d\r\n\r\n`, 'MalformedAnswer'],
    ['has a NUL', `${OK}a: b\0\r\n\r\n`, 'MalformedAnswer'],
    ['has two lengths', `${OK}content-length: 2\r\nContent-Length: 3\r\n\r\n{}`, 'MalformedAnswer'],
    ['has a negative length', `${OK}content-length: -2\r\n\r\n{}`, 'MalformedAnswer'],
    [
      'has length and chunks',
      `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
      'MalformedAnswer',
    ],
    ['is encoded otherwise', `${OK}transfer-encoding: gzip, chunked\r\n\r\n`, 'MalformedAnswer'],
    ['has a chunk of no size', `${OK}transfer-encoding: chunked\r\n\r\nxy\r\n{}\r\n`, 'MalformedAnswer'],
    ['has a chunk that is longer', `${OK}transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n`, 'MalformedAnswer'],
    ['has a head without end', `${OK}a: ${'b'.repeat(20_000)}`, 'AnswerTooLarge'],
    ['has too many headers', `${OK}${'a: b\r\n'.repeat(4_000)}\r\n`, 'AnswerTooLarge'],
    ['is too long', `${OK}content-length: 1048577\r\n\r\n`, 'AnswerTooLarge'],
    ['has too large a chunk', `${OK}transfer-encoding: chunked\r\n\r\nffffffff\r\n`, 'AnswerTooLarge'],
    ['never ends', `${OK}\r\n${'x'.repeat(2_200_000)}`, 'AnswerTooLarge'],
  ])('that %s is refused, and not quoted', (_, raw, name) => {
    expect(() => createAnswerReader().take(Buffer.from(raw))).toThrow(
      expect.objectContaining({ name }) as Error,
    );
  });
});

/** Longer than a test may take. */
const PATIENT = { connect: 60_000, request: 60_000 };

describe('a connection', () => {
  it.each<[string, string]>([
    ['before an answer', ''],
    ['in a head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['in a body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n'],
  ])('that ends %s is asked anew', async (_, cut) => {
    const { body } = parameters({ '/a': 'b' });
    let served = 0;
    const port = await serveRaw((socket) => {
      served += 1;
      socket.end(served === 1 ? cut : `HTTP/1.1 200 OK\r\n\r\n${body}`);
    });
    const { store } = lean(standIn(`http://127.0.0.1:${port}`));
    expect((await store.read(['/a'])).get('/a')?.value).toBe('b');
    expect(served).toBe(2);
  });

  it('over which something comes that nobody asked for is not used again', async () => {
    const { body } = parameters({ '/a': 'b' });
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const sockets = new Set<Socket>();
    const port = await serveRaw((socket) => {
      sockets.add(socket);
      socket.write(answer);
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    });
    const { store } = lean(standIn(`http://127.0.0.1:${port}`));
    for (let nth = 1; nth <= 2; nth += 1) {
      expect((await store.read(['/a'])).get('/a')?.value).toBe('b');
      await new Promise<void>((resolve) => {
        for (const socket of sockets)
          if (socket.closed) resolve();
          else socket.once('close', () => resolve());
      });
    }
    expect(sockets.size).toBe(2);
  });

  it('that is cut while an answer is waited for ends the call at once', async () => {
    let heard = (): void => {};
    const asked = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const port = await serveRaw(() => heard());
    const { store, client } = lean({ ...standIn(`http://127.0.0.1:${port}`), limits: PATIENT });
    const ended = rejection(store.read(['/a']), 'timeout');
    await asked;
    await client.close();
    expect((await ended).cause).toMatchObject({ name: 'AbortError' });
  });

  it('carries no header that a pasted line break would begin', async () => {
    let asked = 0;
    const port = await serveRaw(() => {
      asked += 1;
    });
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: 'token\r\nx-amz-target: AmazonSSM.DeleteParameter',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    };
    const error = await rejection(lean({ env }).store.read(['/a']), 'unexpected');
    expect(error.message).toContain('x-amz-security-token');
    expect(`${error.message}${String(error.cause)}`).not.toContain('DeleteParameter');
    expect(asked).toBe(0);
  });
});
