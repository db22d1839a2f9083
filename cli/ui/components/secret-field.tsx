import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { type ValueRow, valueRows } from '../escape.ts';
import type { TextState } from '../hooks/use-text-input.ts';
import { topFor } from '../list-state.ts';
import { useTheme } from '../theme.ts';
import { CURSOR } from './text-field.tsx';
import { VALUE_GUTTER, ValueRows } from './value-view.tsx';

/** As wide for one character as for a thousand. */
const MASK = '••••••••';
/** Alternate with each edit: a sign that the key arrived, which does not add up to a length. */
const BEATS = ['▖', '▝'] as const;

/** A field for a secret: masked, or open on request with as many rows as there is room for. */
export function SecretField(props: {
  readonly state: TextState;
  readonly shown: boolean;
  readonly beats: number;
  readonly focused: boolean;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const { state, shown, beats, focused, width, height } = props;
  const theme = useTheme();
  const cursor = focused ? CURSOR : '';
  if (!shown || state.text === '') {
    return (
      <Text wrap="truncate">
        {state.text === '' ? cursor : MASK + cursor}
        <Text {...theme.accent}>{beats === 0 ? '' : ` ${BEATS[beats % BEATS.length]}`}</Text>
        {state.text === '' ? <Text {...theme.faint}>{'  empty'}</Text> : null}
      </Text>
    );
  }
  const { rows, row } = openRows(state, width - VALUE_GUTTER - 1, cursor);
  const top = topFor(row, row, height, rows.length);
  return (
    <Box flexDirection="column">
      <ValueRows rows={rows.slice(top, top + Math.max(1, height))} from={top} />
    </Box>
  );
}

/** The value's rows with the cursor in them, and the row that has it. */
export function openRows(
  { text, cursor }: TextState,
  width: number,
  glyph: string,
): { readonly rows: readonly ValueRow[]; readonly row: number } {
  const before = valueRows(text.slice(0, cursor), width);
  const row = before.length - 1;
  const column = before[row]?.text.length ?? 0;
  const rows = valueRows(text, width).map((each, index) =>
    index === row ? { ...each, text: each.text.slice(0, column) + glyph + each.text.slice(column) } : each,
  );
  return { rows, row };
}
