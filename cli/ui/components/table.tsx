import { Text } from 'ink';
import type { ReactNode } from 'react';
import { pad, truncate } from '../escape.ts';
import { type TextStyle, useTheme } from '../theme.ts';

/** A column: its title and its width. */
export interface Column {
  readonly title: string;
  readonly width: number;
  readonly align?: 'left' | 'right' | undefined;
}

/** What stands in one cell; one that is `wide` takes the rest of the screen. */
export interface Cell {
  readonly text: string;
  readonly style?: TextStyle | undefined;
  readonly wide?: boolean | undefined;
}

/** One row. */
export interface Row {
  readonly key: string;
  readonly selected?: boolean | undefined;
  readonly cells: readonly Cell[];
}

/** Columns between two cells. */
export const COLUMN_GAP = 2;
/** Columns that the mark of the selected row takes. */
export const MARK_WIDTH = 2;

/** Titles and the rows that are in sight; which ones these are is for the caller to say. */
export function Table(props: {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly width: number;
}): ReactNode {
  const { columns, rows, width } = props;
  const theme = useTheme();
  const titles = columns.map((column) => pad(column.title, column.width, column.align));
  return (
    <>
      <Text wrap="truncate" {...theme.faint}>
        {' '.repeat(MARK_WIDTH) + titles.join(' '.repeat(COLUMN_GAP))}
      </Text>
      {rows.map((row) => (
        <TableRow key={row.key} columns={columns} row={row} width={width} />
      ))}
    </>
  );
}

function TableRow(props: {
  readonly columns: readonly Column[];
  readonly row: Row;
  readonly width: number;
}): ReactNode {
  const { columns, row, width } = props;
  const theme = useTheme();
  let used = MARK_WIDTH;
  const cells = columns.slice(0, row.cells.length).map((column, index) => {
    const cell = row.cells[index] ?? { text: '' };
    const gap = index === 0 ? '' : ' '.repeat(COLUMN_GAP);
    const text =
      cell.wide === true
        ? truncate(cell.text, width - used - gap.length)
        : pad(cell.text, column.width, column.align);
    used += gap.length + column.width;
    return { title: column.title, text: gap + text, style: cell.style };
  });
  return (
    <Text wrap="truncate" {...(row.selected === true ? theme.strong : {})}>
      <Text {...theme.accent}>{row.selected === true ? '❯ ' : '  '}</Text>
      {cells.map(({ title, text, style }) => (
        <Text key={title} {...style}>
          {text}
        </Text>
      ))}
    </Text>
  );
}
