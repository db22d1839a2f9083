/** The list's columns and rows. Pure. */
import stringWidth from 'string-width';
import { expiryState } from '../../src/vault/expiry.ts';
import type { CopyState, ListedSecret } from '../../src/vault/index.ts';
import { type Cell, COLUMN_GAP, type Column, MARK_WIDTH, type Row } from './components/table.tsx';
import { escapeText } from './escape.ts';
import { age, copiesSummary, copyWord } from './format.ts';
import type { TextStyle, Theme } from './theme.ts';

const REVISION: Column = { title: 'rev', width: 5, align: 'right' };
const AGE: Column = { title: 'sealed', width: 6, align: 'right' };
/** "unreadable" has ten letters. */
const REGION_WIDTH = [10, 14] as const;
const SUMMARY: Column = { title: 'copies', width: 18 };
const LEAST_NAME = 24;

/** How the list is laid out: a column per region where they fit, else one for all. */
export interface ListLayout {
  readonly columns: readonly Column[];
  readonly perRegion: boolean;
}

/** The layout for a screen's width and the longest of all names, so that the filter moves no column. */
export function listLayout(width: number, regions: readonly string[], longest: number): ListLayout {
  const perRegion = regions.map((title) => ({
    title,
    width: Math.min(REGION_WIDTH[1], Math.max(REGION_WIDTH[0], title.length)),
  }));
  const nameWidth = (room: number): number => Math.min(room, Math.max(LEAST_NAME, longest));
  const wide = roomForName(width, [REVISION, AGE, ...perRegion]);
  if (wide >= LEAST_NAME) {
    return {
      columns: [{ title: 'name', width: nameWidth(wide) }, REVISION, AGE, ...perRegion],
      perRegion: true,
    };
  }
  const narrow = nameWidth(roomForName(width, [REVISION, AGE, SUMMARY]));
  return { columns: [{ title: 'name', width: narrow }, REVISION, AGE, SUMMARY], perRegion: false };
}

function roomForName(width: number, others: readonly Column[]): number {
  return others.reduce((room, column) => room - column.width - COLUMN_GAP, width - MARK_WIDTH);
}

/** Columns that the longest name takes, with the longest note after it, so that a note that comes moves no column. */
export function longestName(secrets: readonly ListedSecret[]): number {
  return secrets.reduce((most, { name }) => Math.max(most, stringWidth(name) + ' (expiring)'.length), 0);
}

/** What stands behind a name, and how it looks. */
function nameNote(secret: ListedSecret, now: number, theme: Theme): { note: string; style?: TextStyle } {
  if (secret.deleted) return { note: ' (deleted)', style: theme.faint };
  const state = expiryState(secret.expiresAt, now);
  if (state === undefined)
    return secret.large === true ? { note: ' (large)', style: theme.faint } : { note: '' };
  return { note: ` (${state})`, style: state === 'expired' ? theme.bad : theme.warning };
}

/** One secret as a row. */
export function listRow(
  secret: ListedSecret,
  layout: ListLayout,
  regions: readonly string[],
  now: number,
  theme: Theme,
): Omit<Row, 'selected'> {
  const key = secret.name;
  const name = escapeText(secret.name);
  if (secret.problem !== undefined) {
    const said = `! ${secret.problem.code}: ${escapeText(secret.problem.message)}`;
    return { key, cells: [{ text: name }, { text: said, style: theme.bad, wide: true }] };
  }
  const faded = secret.deleted ? theme.faint : undefined;
  const copies: Cell[] = layout.perRegion
    ? regions.map((region) => copyCell(secret.copies[region], theme))
    : [{ text: copiesSummary(secret.copies, regions), style: summaryStyle(secret, regions, theme) }];
  const { note, style } = nameNote(secret, now, theme);
  return {
    key,
    cells: [
      { text: name + note, style },
      { text: String(secret.revision), style: faded },
      { text: age(secret.sealedAt, now), style: theme.faint },
      ...copies,
    ],
  };
}

function copyCell(state: CopyState | undefined, theme: Theme): Cell {
  return { text: copyWord(state), style: copyStyle(state, theme) };
}

/** The style of a copy's state. */
export function copyStyle(state: CopyState | undefined, theme: Theme): TextStyle {
  if (state === 'equal') return theme.good;
  if (state === 'unreadable' || state === 'diverged') return theme.bad;
  return state === undefined ? theme.faint : theme.warning;
}

function summaryStyle(secret: ListedSecret, regions: readonly string[], theme: Theme): TextStyle {
  return regions.every((region) => secret.copies[region] === 'equal') ? theme.good : theme.warning;
}
