/** A sync's plan, or what became of it, as rows. Pure. */
import stringWidth from 'string-width';
import type { ConflictSide, SyncAction, SyncConflict } from '../../src/vault/index.ts';
import { COLUMN_GAP, type Column, MARK_WIDTH, type Row } from './components/table.tsx';
import { escapeText, shorten, wrapWords } from './escape.ts';
import { describeError, second, shortArn } from './format.ts';
import { count } from './regions-words.ts';
import type { SyncItem } from './sync-state.ts';
import type { Theme } from './theme.ts';

const WHY: Readonly<Record<SyncAction['how'], string>> = {
  create: 'missing there',
  forward: 'older there',
  replace: 'not to be trusted there',
  complete: 'lacks parts there',
  merge: 'sealed anew above all',
  overwrite: 'goes above all there',
};

const DONE: Readonly<Record<SyncAction['how'], string>> = {
  create: 'created',
  forward: 'brought up to date',
  replace: 'replaced',
  complete: 'completed',
  merge: 'sealed anew',
  overwrite: 'put above all there',
};

const REVISION: Column = { title: 'rev', width: 5, align: 'right' };
const ROUTE = [19, 31] as const;
const WHY_WIDTH = 24;
const LEAST_WHY = 10;
const LEAST_NAME = 14;
const INDENT = '    ';

/** The columns of what is written where. */
export function syncColumns(width: number, items: readonly SyncItem[]): readonly Column[] {
  const actions = items.flatMap((item) => (item.kind === 'action' ? [item.action] : []));
  const most = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => stringWidth(text)));
  const room = width - MARK_WIDTH - REVISION.width - 3 * COLUMN_GAP;
  const wanted = most(actions.map((action) => `${action.from} → ${action.to}`));
  const route = Math.min(Math.max(ROUTE[0], wanted), ROUTE[1], room - LEAST_NAME - LEAST_WHY);
  const why = Math.max(LEAST_WHY, Math.min(WHY_WIDTH, room - route - LEAST_NAME));
  const longest = most(actions.map((action) => escapeText(action.name))) + ' (deleted)'.length;
  const name = Math.min(room - route - why, Math.max(LEAST_NAME, longest));
  return [
    { title: 'what', width: name },
    REVISION,
    { title: 'from → to', width: route },
    { title: '', width: why },
  ];
}

/** How an item is told: in hand or not, of a plan or of what was done. */
export interface ItemLook {
  readonly columns: readonly Column[];
  readonly width: number;
  /** Lines are few: a side of a conflict takes one. */
  readonly short: boolean;
  readonly done: boolean;
  readonly theme: Theme;
}

/** One item as one or more rows, the first of which may be marked. */
export function itemRows(item: SyncItem, look: ItemLook): readonly Omit<Row, 'selected'>[] {
  const { theme } = look;
  switch (item.kind) {
    case 'action':
      return [actionRow(item.action, look)];
    case 'conflict':
      return conflictRows(item.conflict, item.preferred, look);
    case 'failed':
      return tell(
        `failed ${item.region}`,
        `! ${item.region} ${look.done ? 'was' : 'is'} left out: ${describeError(item.error).message}`,
        look,
      );
    case 'problem': {
      const { name, kind, error } = item.problem;
      const { message, hint } = describeError(error);
      const what = `✗ not done: ${name}: ${message}`;
      return tell(`problem ${kind} ${name}`, hint === undefined ? what : `${what}; ${hint}`, look);
    }
    case 'leftover': {
      const { name, regions, revision, deletedAt } = item.leftover;
      const where = `revision ${revision} is still in ${regions.join(', ')}`;
      return tell(
        `leftover ${name}`,
        `! leftover: ${name}, ${where}; the release knows it as deleted at ${deletedAt}; waxseal purge ${name} removes it`,
        look,
      );
    }
    case 'past': {
      const { region, parts } = item;
      const what = `${count(parts, 'part')} of past revisions ${look.done ? 'removed' : 'to remove'} in ${region}`;
      return wide(`past ${region}`, what, look.width - MARK_WIDTH, theme.faint);
    }
    case 'publish': {
      const text = look.done
        ? 'a new release was published above those that knew nothing of each other'
        : 'the regions have releases that know nothing of each other: a new one is published above them';
      return wide('publish', text, look.width - MARK_WIDTH, theme.accent);
    }
  }
}

function tell(key: string, text: string, { width, theme }: ItemLook): readonly Omit<Row, 'selected'>[] {
  return wide(key, escapeText(text), width - MARK_WIDTH, text.startsWith('✗') ? theme.bad : theme.warning);
}

function wide(
  key: string,
  text: string,
  width: number,
  style: Theme['bad'],
): readonly Omit<Row, 'selected'>[] {
  return wrapWords(text, width).map((line, index) => ({
    key: `${key} ${index}`,
    cells: [{ text: line, style, wide: true }],
  }));
}

function actionRow(action: SyncAction, { columns, done, theme }: ItemLook): Omit<Row, 'selected'> {
  const { kind, name, revision, deleted, from, to, how } = action;
  const [what, , route] = columns;
  const note = deleted ? ' (deleted)' : '';
  const room = route?.width ?? 0;
  const whole = stringWidth(`${from} → ${to}`) <= room;
  const each = whole ? room : Math.floor((room - ' → '.length) / 2);
  const why = (done ? DONE : WHY)[how];
  return {
    key: `action ${kind} ${name} ${to}`,
    cells: [
      { text: shorten(escapeText(name), (what?.width ?? 0) - note.length) + note },
      { text: String(revision) },
      { text: `${shorten(from, each)} → ${shorten(to, each)}` },
      {
        text: why,
        style: done ? theme.good : how === 'create' || how === 'forward' ? theme.faint : theme.warning,
      },
    ],
  };
}

function conflictRows(
  { kind, name, sides }: SyncConflict,
  preferred: string | undefined,
  { width, short, done, theme }: ItemLook,
): readonly Omit<Row, 'selected'>[] {
  const key = `conflict ${kind} ${name}`;
  const room = width - MARK_WIDTH;
  const decided = preferred === undefined ? '' : `, ${preferred} wins`;
  const head = `≠ conflict: ${escapeText(name)}${decided}`;
  const told = wide(`${key} how`, howTo(kind, sides.length, done), room - INDENT.length, theme.faint);
  return [
    { key, cells: [{ text: head, style: decided === '' ? theme.bad : theme.accent, wide: true }] },
    ...sides.flatMap((side, index) => {
      const wins = side.region === preferred;
      const facts = sideFacts(side, index + 1, wins, Math.max(...sides.map(({ region }) => region.length)));
      const lines = short ? [`  ${facts.join('  ')}`] : flow(facts, room);
      return lines.map((text, line) => ({
        key: `${key} ${side.region} ${line}`,
        cells: [{ text, style: wins ? theme.strong : undefined, wide: true }],
      }));
    }),
    ...(decided === '' ? told.map(indented) : []),
  ];
}

function howTo(kind: SyncConflict['kind'], sides: number, done: boolean): string {
  if (done) return 'left as it is';
  if (kind !== 'secret') return 'decided by `waxseal region sync --prefer REGION`, for all conflicts at once';
  return `press ${sides > 2 ? `1 … ${sides}` : '1 or 2'} for the side that wins`;
}

function indented(row: Omit<Row, 'selected'>): Omit<Row, 'selected'> {
  return { ...row, cells: row.cells.map((cell) => ({ ...cell, text: INDENT + cell.text })) };
}

/** One side: revision, when, by whom, data key; nothing of the value. */
function sideFacts(side: ConflictSide, number: number, wins: boolean, longest: number): readonly string[] {
  const { region, revision, sealedAt, writtenBy, deleted, dataKeyId } = side;
  return [
    `${wins ? '✓' : ' '} ${number} ${escapeText(region).padEnd(longest)}`,
    `rev ${revision}${deleted ? ', deleted' : ''}`,
    `sealed ${second(sealedAt)}`,
    `by ${shortArn(writtenBy)}`,
    `data key ${escapeText(dataKeyId)}`,
  ];
}

/** Facts on as few lines as there must be; a line is never broken inside one. */
function flow(facts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const line = lines.at(-1);
    const longer = line === undefined ? `  ${fact}` : `${line}  ${fact}`;
    if (line !== undefined && stringWidth(longer) > width) lines.push(`${INDENT}  ${fact}`);
    else lines.splice(Math.max(0, lines.length - 1), 1, longer);
  }
  return lines;
}
