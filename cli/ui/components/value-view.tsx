import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { ValueRow } from '../escape.ts';
import { useTheme } from '../theme.ts';

/** Columns in front of each row, for the mark of a row that goes on with the one above. */
export const VALUE_GUTTER = 2;

/** Rows of an open value. What was broken by the screen is marked, what the value breaks itself is not. */
export function ValueRows({
  rows,
  from,
}: {
  readonly rows: readonly ValueRow[];
  readonly from: number;
}): ReactNode {
  const theme = useTheme();
  return (
    <Box flexDirection="column">
      {rows.map(({ text, continued }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the value
        <Text key={from + index} wrap="truncate">
          <Text {...theme.faint}>{continued ? '↳ ' : '  '}</Text>
          {text}
        </Text>
      ))}
    </Box>
  );
}
