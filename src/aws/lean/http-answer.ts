/**
 * Reads HTTP/1.1 answers to a POST off a connection (RFC 9112). Node's own client takes 7 ms of a start, an eighth of
 * it, to be loaded and for what it does besides; all that comes here is one answer at a time, of up to a megabyte.
 */
import { type AnswerHead, named } from './failure.ts';

/** The largest body that is read, in bytes: ten parameters of 8,192 characters, each escaped, take half of it. */
const LARGEST_BODY = 1024 * 1024;
/** The largest head, in bytes: what Node takes. */
const LARGEST_HEAD = 16 * 1024;
/** The same as it comes, between the lines of its chunks. */
const LARGEST_RAW = 2 * LARGEST_BODY;
/** How an answer begins. */
const BEGINS = 'HTTP/1.';
/** Behind a head, and behind the last chunk's trailers. */
const END_OF_HEAD = '\r\n\r\n';

/** An answer, whole. */
export interface Answer extends AnswerHead {
  /** Of whoever gets it alone; it may hold a plain data key. */
  readonly body: Buffer;
}

/** An answer, and whether the connection can take the next request. */
export interface ReadAnswer {
  readonly answer: Answer;
  readonly keeps: boolean;
}

/** Reads one answer, in whatever pieces it comes. */
export interface AnswerReader {
  /**
   * Takes what came; it is wiped.
   * @returns the answer as soon as it is whole
   * @throws Error `MalformedAnswer`, `AnswerTooLarge`
   */
  take(bytes: Buffer): ReadAnswer | undefined;
  /** The server has ended the connection. @returns the answer whose end that is; undefined where it is cut off */
  end(): ReadAnswer | undefined;
}

/** How the end of a body is known (RFC 9112, 6.3). */
type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

interface Head extends AnswerHead {
  readonly framing: Framing;
  readonly keeps: boolean;
}

/** Makes a reader for one answer. */
export function createAnswerReader(): AnswerReader {
  let held = Buffer.alloc(0);
  let head: Head | undefined;
  /** Cuts off what was read. */
  const whole = ({ status, headers, keeps }: Head, body: Buffer, end: number): ReadAnswer => {
    const nothingBehind = end === held.byteLength;
    held.fill(0);
    return { answer: { status, headers, body }, keeps: keeps && nothingBehind };
  };
  return {
    take(bytes) {
      held = join(held, bytes);
      while (head === undefined) {
        // A server that speaks something else may never come to an end.
        if (held.toString('latin1', 0, BEGINS.length) !== BEGINS.slice(0, held.byteLength)) throw malformed();
        const end = held.indexOf(END_OF_HEAD);
        if (end > LARGEST_HEAD || (end < 0 && held.byteLength > LARGEST_HEAD)) throw tooLarge('head');
        if (end < 0) return undefined;
        const found = readHead(held.toString('latin1', 0, end));
        held = held.subarray(end + END_OF_HEAD.length);
        // What is only said in between, such as 103 Early Hints, is no answer (RFC 9110, 15.2).
        if (found.status >= 200) head = found;
      }
      const { framing } = head;
      if (held.byteLength > LARGEST_RAW) throw tooLarge('body');
      if (framing.kind === 'chunked') {
        const found = readChunks(held);
        return found && whole(head, found.body, found.end);
      }
      if (framing.kind === 'length') {
        if (held.byteLength < framing.bytes) return undefined;
        return whole(head, copyOf(held.subarray(0, framing.bytes)), framing.bytes);
      }
      return undefined;
    },
    end() {
      if (head?.framing.kind !== 'close' || held.byteLength > LARGEST_BODY) return undefined;
      return whole(head, copyOf(held), held.byteLength);
    },
  };
}

/** Both, one behind the other; what they were is wiped. */
function join(held: Buffer<ArrayBuffer>, bytes: Buffer): Buffer<ArrayBuffer> {
  const both = Buffer.alloc(held.byteLength + bytes.byteLength);
  both.set(held);
  both.set(bytes, held.byteLength);
  held.fill(0);
  bytes.fill(0);
  return both;
}

/** Not of the pool that other buffers share. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.alloc(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function readHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, digits] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(first) ?? [];
  // 101 is an answer to a wish that is never made.
  if (minor === undefined || digits === '101') throw malformed();
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || value.includes('\0')) throw malformed();
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value.trim() : `${headers[key]}, ${value.trim()}`;
  }
  const status = Number(digits);
  const framing = framingOf(status, headers);
  const says = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const keeps =
    framing.kind !== 'close' && (minor === '1' ? !says.includes('close') : says.includes('keep-alive'));
  return { status, headers, framing, keeps };
}

/** @throws Error `MalformedAnswer`, `AnswerTooLarge` */
function framingOf(status: number, headers: Readonly<Record<string, string | undefined>>): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined) {
    // Both at once is how one answer is smuggled into another; no other coding was asked for.
    if (length !== undefined || coding.toLowerCase() !== 'chunked') throw malformed();
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'close' };
  if (!/^\d{1,15}$/.test(length)) throw malformed();
  if (Number(length) > LARGEST_BODY) throw tooLarge('body');
  return { kind: 'length', bytes: Number(length) };
}

/**
 * Reads a chunked body (RFC 9112, 7.1); extensions and trailers are passed over.
 * @returns undefined while it is not whole
 */
function readChunks(bytes: Buffer): { readonly body: Buffer; readonly end: number } | undefined {
  const pieces: Buffer[] = [];
  let size = 0;
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) {
      if (bytes.byteLength - at > LARGEST_HEAD) throw malformed();
      return undefined;
    }
    const [, digits] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', at, line)) ?? [];
    if (digits === undefined) throw malformed();
    const length = Number.parseInt(digits, 16);
    size += length;
    if (size > LARGEST_BODY) throw tooLarge('body');
    if (length === 0) {
      const end = endOfTrailers(bytes, line);
      return end === undefined ? undefined : { body: joined(pieces, size), end };
    }
    const begin = line + 2;
    at = begin + length + 2;
    if (bytes.byteLength < at) return undefined;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw malformed();
    pieces.push(bytes.subarray(begin, begin + length));
  }
}

/** @param from - where the last chunk's line ends */
function endOfTrailers(bytes: Buffer, from: number): number | undefined {
  const end = bytes.indexOf(END_OF_HEAD, from);
  if (end >= 0) return end + END_OF_HEAD.length;
  if (bytes.byteLength - from > LARGEST_HEAD) throw malformed();
  return undefined;
}

function joined(pieces: readonly Buffer[], size: number): Buffer {
  const body = Buffer.alloc(size);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.byteLength;
  }
  return body;
}

/** What came is never quoted: it may hold secrets. */
function malformed(): Error {
  return named('MalformedAnswer', 'the answer is no HTTP/1.1');
}

function tooLarge(what: string): Error {
  const most = what === 'head' ? LARGEST_HEAD : LARGEST_BODY;
  return named('AnswerTooLarge', `its ${what} has more than ${most} bytes`);
}
