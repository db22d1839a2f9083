import { isObject } from '../validate.ts';
import { broken, newer } from './folder.ts';
import type { Sealer } from './localkey.ts';
import type { Change } from './store.ts';

/*
 * Journal and snapshot have the same shape: a header in plain, so that a version can be told without a key,
 * then one sealed line a transaction. A line's place (file kind, epoch, number) is authenticated.
 */
export const stateVersion = 1;
export type LogKind = 'journal' | 'snapshot';

export interface Header {
  readonly waxseal: LogKind;
  readonly version: number;
  /** A snapshot's epoch is the one of the journal that continues it. */
  readonly epoch: number;
  /** How many lines a snapshot has. */
  readonly lines?: number;
}

export function headerLine(kind: LogKind, epoch: number, lines?: number): string {
  const header: Header = {
    waxseal: kind,
    version: stateVersion,
    epoch,
    ...(lines === undefined ? {} : { lines }),
  };
  return `${JSON.stringify(header)}\n`;
}

export function changesLine(
  sealer: Sealer,
  kind: LogKind,
  epoch: number,
  number: number,
  changes: readonly Change[],
): string {
  return `${sealer.seal(JSON.stringify(changes), place(kind, epoch, number))}\n`;
}

const place = (kind: LogKind, epoch: number, number: number): string => `${kind} ${epoch} ${number}`;

export interface Log {
  readonly header: Header;
  /** Whole lines after the header. */
  readonly lines: readonly string[];
  /** Bytes up to the end of the last whole line. */
  readonly length: number;
}

/** Takes a file apart. What stands behind the last line end was never acknowledged, and is left out. */
export function readLog(path: string, bytes: Buffer, kind: LogKind): Log {
  const length = bytes.lastIndexOf(0x0a) + 1;
  const [first = '', ...lines] = bytes.toString('latin1', 0, length).split('\n').slice(0, -1);
  let header: unknown;
  try {
    header = JSON.parse(first);
  } catch (error) {
    throw broken(path, 'has no header', error);
  }
  if (!isObject(header) || header.waxseal !== kind) throw broken(path, `is not a ${kind}`);
  const { version, epoch, lines: count } = header;
  if (typeof version !== 'number') throw broken(path, 'has no version');
  if (version > stateVersion) throw newer(path);
  if (typeof epoch !== 'number') throw broken(path, 'has no epoch');
  if (kind === 'journal') return { header: { waxseal: kind, version, epoch }, lines, length };
  if (count !== lines.length || length !== bytes.length) throw broken(path, 'is cut off');
  return { header: { waxseal: kind, version, epoch, lines: count }, lines, length };
}

/** The transactions of a log, in order. @throws EmulatorError emulator_state_broken */
export function* readChanges(path: string, log: Log, sealer: Sealer): Generator<readonly Change[]> {
  const { waxseal: kind, epoch } = log.header;
  for (const [index, line] of log.lines.entries()) {
    const text = sealer.open(line, place(kind, epoch, index + 1));
    if (text === undefined) throw broken(path, `does not open at line ${index + 2}`);
    yield JSON.parse(text) as readonly Change[];
  }
}
