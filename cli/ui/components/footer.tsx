import { Text } from 'ink';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { useTheme } from '../theme.ts';

/** A key and what it does. */
export type KeyHint = readonly [key: string, does: string];

/** The keys of a screen, as many as fit; the most needed ones come first. */
export function Footer({
  keys,
  width,
}: {
  readonly keys: readonly KeyHint[];
  readonly width: number;
}): ReactNode {
  const theme = useTheme();
  return (
    <Text wrap="truncate">
      {fitting(keys, width).map(([key, does], index) => (
        <Text key={key}>
          {index === 0 ? '' : '  '}
          <Text {...theme.accent}>{key}</Text>
          <Text {...theme.faint}>{` ${does}`}</Text>
        </Text>
      ))}
    </Text>
  );
}

/** The first keys that fit into `width` columns. */
export function fitting(keys: readonly KeyHint[], width: number): readonly KeyHint[] {
  let used = 0;
  const end = keys.findIndex(([key, does], index) => {
    used += stringWidth(`${key} ${does}`) + (index === 0 ? 0 : 2);
    return used > width;
  });
  return end === -1 ? keys : keys.slice(0, end);
}
