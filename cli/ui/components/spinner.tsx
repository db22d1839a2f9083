import { Text, useAnimation } from 'ink';
import type { ReactNode } from 'react';
import { useTheme } from '../theme.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/** Something is under way. */
export function Spinner({ label }: { readonly label: string }): ReactNode {
  const theme = useTheme();
  const { frame } = useAnimation({ interval: 100 });
  return (
    <Text wrap="truncate">
      <Text {...theme.accent}>{FRAMES[frame % FRAMES.length]}</Text>
      {` ${label}`}
    </Text>
  );
}
