/** The lines of a backup. docs/FORMAT.md, "Backup", specifies them. */
import { createHash } from 'node:crypto';
import { WaxsealError } from '../../errors.ts';
import { isReserved } from '../../secret-name.ts';
import type { BackupCounts, BackupHeader } from './types.ts';

/** The version of the format. */
const VERSION = 1;

/** Longer than a secret with a hundred large versions, or a release of a hundred parts, can make a line; in characters. */
const MAX_LINE = 16 * 1024 * 1024;

/** A secret with its kept versions. */
export interface SecretRecord {
  readonly is: 'secret';
  readonly name: string;
  /** Versions that counted, oldest first; none for a secret that was purged while the backup was taken. */
  readonly versions: readonly string[];
  /** The parts of each version, in order; none of one that has no parts, or whose parts are no longer kept. */
  readonly parts: readonly (readonly string[])[];
}

/** One thing that a vault holds, as it lies in Parameter Store. The last record of a thing counts. */
export type BackupRecord =
  | { readonly is: 'data-key'; readonly text: string }
  | SecretRecord
  /** The live release has the number 0. */
  | {
      readonly is: 'release';
      readonly pin: number;
      readonly head: string;
      readonly parts: readonly string[];
    };

/** A line and what it says. */
export type BackupLine =
  | { readonly is: 'header'; readonly header: BackupHeader }
  | { readonly is: 'record'; readonly record: BackupRecord }
  | { readonly is: 'end'; readonly counts: BackupCounts; readonly sha256: string };

/** Which thing a record is about. */
export function recordKey(record: BackupRecord): string {
  if (record.is === 'data-key') return record.is;
  return record.is === 'secret' ? `secret ${record.name}` : `release ${record.pin}`;
}

/** The one spelling of a line, without its line feed. */
export function encodeLine(line: BackupLine): string {
  if (line.is === 'header') {
    const { vault, regions, kmsKeyId, at } = line.header;
    return JSON.stringify({ wx: VERSION, is: 'backup', vault, regions, kms: kmsKeyId, at });
  }
  if (line.is === 'end') {
    const { secrets, versions, pins } = line.counts;
    return JSON.stringify({ is: 'end', secrets, versions, pins, sha256: line.sha256 });
  }
  const { record } = line;
  if (record.is === 'data-key') return JSON.stringify({ is: record.is, text: record.text });
  if (record.is === 'secret') {
    const { is, name, versions, parts } = record;
    // A secret without parts is spelled as it was before there were any.
    return JSON.stringify({ is, name, versions, ...(parts.some(hasAny) && { parts }) });
  }
  return JSON.stringify({ is: record.is, pin: record.pin, head: record.head, parts: record.parts });
}

/** Reads a line. @throws WaxsealError `malformed` */
export function parseLine(text: string, number: number): BackupLine {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes what it read.
    throw damaged(number === 1 ? 'it is not a backup of waxseal' : `line ${number} is not JSON`);
  }
  const line = typeof data === 'object' && data !== null ? toLine(data as Fields, number) : undefined;
  if (line !== undefined && encodeLine(line) === text) return line;
  throw damaged(number === 1 ? 'it is not a backup of waxseal' : `line ${number} is not one of a backup`);
}

type Fields = Readonly<Record<string, unknown>>;

function toLine(data: Fields, number: number): BackupLine | undefined {
  if (number === 1) return toHeader(data);
  if (data.is === 'end') return toEnd(data);
  const record = toRecord(data);
  return record && { is: 'record', record };
}

function toHeader({ wx, is, vault, regions, kms, at }: Fields): BackupLine | undefined {
  if (is !== 'backup') return undefined;
  if (wx !== VERSION) {
    throw new WaxsealError('malformed', `the backup has the unknown version ${JSON.stringify(wx)}`, {
      hint: 'a newer waxseal may read it',
    });
  }
  if (typeof vault !== 'string' || !isTexts(regions) || typeof kms !== 'string' || !isCount(at))
    return undefined;
  return { is: 'header', header: { vault, regions, kmsKeyId: kms, at } };
}

function toEnd({ secrets, versions, pins, sha256 }: Fields): BackupLine | undefined {
  if (!isCount(secrets) || !isCount(versions) || !isCount(pins) || typeof sha256 !== 'string')
    return undefined;
  return { is: 'end', counts: { secrets, versions, pins }, sha256 };
}

function toRecord({ is, text, name, versions, pin, head, parts }: Fields): BackupRecord | undefined {
  if (is === 'data-key' && typeof text === 'string') return { is, text };
  if (is === 'secret' && typeof name === 'string' && !isReserved(name) && isTexts(versions)) {
    const each = parts === undefined ? versions.map(() => []) : parts;
    return isPartsOf(each, versions) ? { is, name, versions, parts: each } : undefined;
  }
  if (is === 'release' && isCount(pin) && typeof head === 'string' && isTexts(parts)) {
    return { is, pin, head, parts };
  }
  return undefined;
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && Number(given) >= 0;
}

function isPartsOf(given: unknown, { length }: readonly string[]): given is SecretRecord['parts'] {
  return Array.isArray(given) && given.length === length && given.every(isTexts);
}

function hasAny({ length }: readonly string[]): boolean {
  return length > 0;
}

function isTexts(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((one) => typeof one === 'string');
}

/** The running SHA-256 of lines, each with its line feed. */
export function createDigest(): { add(line: string): void; hex(): string } {
  const hash = createHash('sha256');
  return { add: (line) => void hash.update(`${line}\n`), hex: () => hash.copy().digest('hex') };
}

/** The SHA-256 of one line, in hexadecimal. */
export function lineDigest(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** The lines of a text that comes in pieces. @throws WaxsealError `malformed` when the last one is cut off */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw damaged('it is not a backup of waxseal');
    yield* lines;
  }
  if (rest !== '') throw cutOff();
}

/** A backup whose end never arrived. */
export function cutOff(): WaxsealError {
  return damaged('the backup is cut off: its last line is missing');
}

/** A backup that is not as it was written. */
export function damaged(what: string): WaxsealError {
  return new WaxsealError('malformed', what, {
    hint: 'nothing was written; take another copy of the file',
  });
}
