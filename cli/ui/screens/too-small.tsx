import { Box, Text, useApp } from 'ink';
import type { ReactNode } from 'react';
import { wrapWords } from '../escape.ts';
import { useStrokes } from '../hooks/use-strokes.ts';
import { useSession } from '../session.ts';

/** The least size of a terminal that all screens fit in. */
export const LEAST = { columns: 60, rows: 15 } as const;

/** Says that the terminal is too small; what was on the screen waits behind it. */
export function TooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): ReactNode {
  const { exit } = useApp();
  const { read } = useSession();
  useStrokes(
    (stroke) => {
      // Where something is being typed, q is one more letter that went nowhere.
      if (stroke.kind === 'char' && stroke.text === 'q' && read().screen.kind === 'list') exit();
    },
    'commands',
    true,
  );
  const text = `this terminal is too small: it has ${columns}x${rows}, waxseal needs ${LEAST.columns}x${LEAST.rows}; enlarge it and go on, or press Ctrl-C to quit`;
  const lines = wrapWords(text, Math.max(1, columns)).slice(0, Math.max(1, rows));
  return (
    <Box flexDirection="column">
      {lines.map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
