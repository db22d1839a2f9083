import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { useStrokes } from '../hooks/use-strokes.ts';
import { useTheme } from '../theme.ts';

/** What is asked, and what follows. */
export interface ConfirmProps {
  readonly question: string;
  /** What should be known before answering. */
  readonly details?: readonly string[] | undefined;
  readonly active: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asks y or n. Only a typed y is a yes; Enter is not, for it may be meant for the screen before. */
export function Confirm({ question, details = [], active, onYes, onNo }: ConfirmProps): ReactNode {
  const theme = useTheme();
  useStrokes(
    (stroke) => {
      if (stroke.kind === 'char' && stroke.text.toLowerCase() === 'y') onYes();
      else if (stroke.kind === 'char' && stroke.text.toLowerCase() === 'n') onNo();
      else if (stroke.kind === 'key' && (stroke.name === 'escape' || stroke.name === 'enter')) onNo();
    },
    'commands',
    active,
  );
  return (
    <Box flexDirection="column">
      {details.map((detail) => (
        <Text key={detail}>{detail}</Text>
      ))}
      <Text {...theme.strong}>
        {`${question} `}
        <Text {...theme.accent}>y/N</Text>
      </Text>
    </Box>
  );
}
