/** The matrix of secrets and regions: its columns and rows. Pure. */
import stringWidth from 'string-width';
import type { CellStatus, CopyState, DataKeyCopy, EntryStatus } from '../../src/vault/index.ts';
import { type Cell, COLUMN_GAP, type Column, MARK_WIDTH, type Row } from './components/table.tsx';
import { escapeText, shorten, truncate } from './escape.ts';
import { describeError } from './format.ts';
import { copyStyle } from './list-view.ts';
import type { TextStyle, Theme } from './theme.ts';

/** A sign for each state, so that none is told by its colour alone. */
export const SIGN: Readonly<Record<CopyState | DataKeyCopy['state'], string>> = {
  equal: '✓',
  behind: '↓',
  ahead: '↑',
  diverged: '≠',
  differs: '≠',
  retired: '✗',
  missing: '-',
  unreadable: '✗',
  unreachable: '?',
};

const REVISION: Column = { title: 'rev', width: 5, align: 'right' };
/** The longest note is "tombstone pending". */
const NOTE: Column = { title: 'note', width: 17 };
/** "? unreachable" has 13 letters, "ap-southeast-2" has 14; with some more, "↓ behind 3, void" fits too. */
const REGION_WIDTH = [16, 14] as const;
const LEAST_NAME = 16;
/** The longest of what stands beside a name where no column is left for it. */
const ASIDE = ' (pending)'.length;
const LEAST_REGIONS = 2;

/** How the matrix is laid out: home and as many other regions as there is room for. */
export interface MatrixLayout {
  readonly columns: readonly Column[];
  /** The regions in sight. */
  readonly regions: readonly string[];
  readonly noted: boolean;
  /** How many turns show all regions. */
  readonly pages: number;
}

/** The layout for a screen's width, the longest name, and which turn it is. */
export function matrixLayout(
  width: number,
  regions: readonly string[],
  shown: { readonly longest: number; readonly noted: boolean; readonly page: number },
): MatrixLayout {
  const fits = (name: number, each: number, noted: boolean): number => {
    const fixed = [name, REVISION.width, ...(noted ? [NOTE.width] : [])];
    const room = fixed.reduce((rest, one) => rest - one - COLUMN_GAP, width - MARK_WIDTH + COLUMN_GAP);
    return Math.floor(room / (each + COLUMN_GAP));
  };
  const [roomy, narrow] = REGION_WIDTH;
  // A region is worth more than a note, which stands beside the name then, and a whole name more than a roomy region.
  const noted = shown.noted && fits(LEAST_NAME, narrow, true) >= regions.length;
  const name = Math.max(LEAST_NAME, shown.longest + (shown.noted && !noted ? ASIDE : 0));
  const each = fits(name, roomy, noted) >= regions.length ? roomy : narrow;
  const least = Math.min(LEAST_REGIONS, regions.length);
  const inSight = Math.max(least, Math.min(regions.length, fits(LEAST_NAME, each, noted)));
  const [home = '', ...others] = regions;
  const step = Math.max(1, inSight - 1);
  const pages = Math.max(1, Math.ceil(others.length / step));
  const page = ((shown.page % pages) + pages) % pages;
  // The last turn is as full as the others.
  const from = Math.min(page * step, Math.max(0, others.length - step));
  const seen = [home, ...others.slice(from, from + step)];
  const titles = seen.map((region): Column => ({ title: shorten(escapeText(region), each), width: each }));
  const beside = [REVISION, ...(noted ? [NOTE] : []), ...titles];
  const left = beside.reduce((rest, column) => rest - column.width - COLUMN_GAP, width - MARK_WIDTH);
  const columns = [{ title: 'name', width: Math.min(left, name) }, ...beside];
  return { columns, regions: seen, noted, pages };
}

/** Columns that the longest name takes. */
export function longestEntry(entries: readonly EntryStatus[]): number {
  return entries.reduce((most, { name }) => Math.max(most, stringWidth(escapeText(name))), 0);
}

/** One secret as a row. */
export function matrixRow(
  entry: EntryStatus,
  { columns, regions, noted }: MatrixLayout,
  theme: Theme,
): Omit<Row, 'selected'> {
  const note = noteOf(entry);
  const aside = noted ? '' : asideOf(entry);
  const name = truncate(escapeText(entry.name), (columns[0]?.width ?? 0) - aside.length) + aside;
  const cells: Cell[] = regions.map((region) => {
    const cell = entry.cells[region];
    return { text: cellText(cell, entry.revision), style: cellStyle(cell, theme) };
  });
  return {
    key: entry.name,
    cells: [
      { text: name, style: entry.tombstone === undefined ? undefined : theme.faint },
      { text: entry.revision === 0 ? '?' : String(entry.revision) },
      ...(noted ? [{ text: note, style: note.startsWith('!') ? theme.bad : theme.faint }] : []),
      ...cells,
    ],
  };
}

/** What is said of an entry as a whole. */
export function noteOf({ problem, tombstone }: EntryStatus): string {
  if (problem !== undefined) return `! ${problem.code}`;
  if (tombstone === undefined) return '';
  return tombstone === 'everywhere' ? 'deleted' : 'tombstone pending';
}

function asideOf({ problem, tombstone }: EntryStatus): string {
  if (problem !== undefined) return ' (!)';
  if (tombstone === undefined) return '';
  return tombstone === 'everywhere' ? ' (deleted)' : ' (pending)';
}

/** All copies of an entry in words, those that differ first, and what is wrong with it: a sentence each. */
export function entryDetails(entry: EntryStatus): readonly string[] {
  const calm = ({ state, void: lost }: CellStatus): number => Number(state === 'equal' && !lost);
  const cells = Object.entries(entry.cells).toSorted(([, a], [, b]) => calm(a) - calm(b));
  const copies = cells.map(([region, { state, revision, void: lost }]) => {
    const at = revision === undefined ? '' : ` at revision ${revision}`;
    return `${region} ${state}${at}${lost ? ', with a void write on top' : ''}`;
  });
  const pending = entry.tombstone === 'pending' ? ['deleted, and not every region holds the tombstone'] : [];
  const told = [entry.problem, ...Object.values(entry.cells).map(({ problem }) => problem)];
  const problems = new Set(
    told.flatMap((error) => (error === undefined ? [] : [describeError(error).message])),
  );
  return [escapeText(`${entry.name}: ${copies.join('; ')}`), ...pending, ...problems];
}

function cellText(cell: CellStatus | undefined, newest: number): string {
  if (cell === undefined) return '?';
  const { state, revision, void: lost } = cell;
  const at = revision === undefined || revision === newest ? '' : ` ${revision}`;
  return `${SIGN[state]} ${state}${at}${lost ? ', void' : ''}`;
}

function cellStyle(cell: CellStatus | undefined, theme: Theme): TextStyle {
  return cell?.state === 'equal' && cell.void ? theme.warning : copyStyle(cell?.state, theme);
}
