import { isObject } from '../validate.ts';
import { openLines } from './file-lines.ts';
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
  /** The transactions, in order, read as they are asked for. @throws EmulatorError emulator_state_broken */
  changes(sealer: Sealer): Generator<readonly Change[]>;
  /** How far `changes` has come: whole lines behind the header, and the bytes up to the end of the last one. */
  readonly lines: number;
  readonly length: number;
  close(): void;
}

/**
 * Opens a file; undefined where it is not there. What stands behind the last line end of a journal was never
 * acknowledged, and is left out. A file may be larger than a string can be, so it is never held as a whole.
 * @throws EmulatorError emulator_state_broken, emulator_state_newer
 */
export function openLog(path: string, kind: LogKind): Log | undefined {
  const reader = openLines(path);
  if (reader === undefined) return undefined;
  try {
    const header = readHeader(path, reader.next() ?? '', kind);
    let lines = 0;
    return {
      header,
      *changes(sealer) {
        for (let line = reader.next(); line !== undefined; line = reader.next()) {
          lines += 1;
          const text = sealer.open(line, place(kind, header.epoch, lines));
          if (text === undefined) throw broken(path, `does not open at line ${lines + 1}`);
          yield JSON.parse(text) as readonly Change[];
        }
        if (kind === 'snapshot' && (header.lines !== lines || reader.length !== reader.size))
          throw broken(path, 'is cut off');
      },
      get lines() {
        return lines;
      },
      get length() {
        return reader.length;
      },
      close: reader.close,
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

function readHeader(path: string, line: string, kind: LogKind): Header {
  let header: unknown;
  try {
    header = JSON.parse(line);
  } catch (error) {
    throw broken(path, 'has no header', error);
  }
  if (!isObject(header) || header.waxseal !== kind) throw broken(path, `is not a ${kind}`);
  const { version, epoch, lines } = header;
  if (typeof version !== 'number') throw broken(path, 'has no version');
  if (version > stateVersion) throw newer(path);
  if (typeof epoch !== 'number') throw broken(path, 'has no epoch');
  if (kind === 'journal') return { waxseal: kind, version, epoch };
  if (typeof lines !== 'number') throw broken(path, 'has no number of lines');
  return { waxseal: kind, version, epoch, lines };
}
