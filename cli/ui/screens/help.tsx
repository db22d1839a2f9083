import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { KeyHint } from '../components/footer.tsx';
import { useStrokes } from '../hooks/use-strokes.ts';
import { type Room, useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the help screen. */
export const HELP_KEYS: readonly KeyHint[] = [['Esc', 'back']];

const SECTIONS: readonly (readonly [title: string, keys: readonly KeyHint[]])[] = [
  [
    'list',
    [
      ['↑ ↓ j k', 'move'],
      ['PgUp PgDn g G', 'page, ends'],
      ['/', 'filter by name'],
      ['Enter', 'open'],
      ['a  e  d', 'add,edit,delete'],
      ['R', 'reload'],
      ['s', 'regions, sync'],
      ['t', 'show deleted'],
      ['q', 'quit'],
    ],
  ],
  [
    'secret',
    [
      ['r', 'reveal, hide'],
      ['c', 'copy'],
      ['h', 'history'],
      ['e  d', 'edit, delete'],
      ['↑ ↓', 'scroll value'],
    ],
  ],
  [
    'history',
    [
      ['b', 'roll back to it'],
      ['u', 'undelete'],
    ],
  ],
  [
    'form',
    [
      ['Tab', 'other field'],
      ['Enter', 'next, save'],
      ['Ctrl-R Ctrl-G', 'show, generate'],
      ['Ctrl-O', 'take current'],
      ['Ctrl-J', 'new line'],
      ['Ctrl-U Ctrl-W', 'clear, cut word'],
    ],
  ],
  [
    'regions',
    [
      ['a', 'all, differing'],
      ['r  Tab', 'refresh, next'],
      ['y', 'plan a sync'],
      ['1 2 …', 'side that wins'],
    ],
  ],
  [
    'anywhere',
    [
      ['Esc', 'back'],
      ['Ctrl-C', 'quit'],
      ['Ctrl-Z', 'suspend'],
    ],
  ],
];

const KEY_WIDTH = 15;
/** Lines of the longer column with all keys in it, without headings. */
const ALL_KEYS = 15;

/** All keys. Two columns, so that they fit on a small screen too. */
export function HelpScreen({ width, height }: Room): ReactNode {
  const { state, dispatch } = useSession();
  useStrokes(
    (stroke) => {
      const closes = stroke.kind === 'key' ? 'escape enter' : stroke.kind === 'char' ? '? q' : '';
      const said = stroke.kind === 'key' ? stroke.name : stroke.kind === 'char' ? stroke.text : undefined;
      if (said !== undefined && closes.split(' ').includes(said)) dispatch({ type: 'help' });
    },
    'commands',
    true,
  );
  const [list, secret, history, form, regions, anywhere] = SECTIONS;
  const { kind } = state.screen;
  const own = { list, regions, history, undo: history }[kind as string] ?? secret;
  // On a small screen the keys of the screen behind are all there; on any other, a heading is dropped before a key is.
  const columns =
    height < ALL_KEYS
      ? [[own], [anywhere]]
      : [
          [list, history, anywhere],
          [secret, form, regions],
        ];
  const headed = height < ALL_KEYS || height >= ALL_KEYS + 3;
  return (
    <Box flexShrink={0}>
      {columns.map((sections, column) => (
        <Box
          key={column === 0 ? 'left' : 'right'}
          flexDirection="column"
          width={Math.min(44, Math.floor(width / 2))}
        >
          {sections.map((section) =>
            section === undefined ? null : (
              <Section key={section[0]} title={headed ? section[0] : undefined} keys={section[1]} />
            ),
          )}
        </Box>
      ))}
    </Box>
  );
}

function Section({
  title,
  keys,
}: {
  readonly title: string | undefined;
  readonly keys: readonly KeyHint[];
}): ReactNode {
  const theme = useTheme();
  return (
    <>
      {title === undefined ? null : <Text {...theme.strong}>{title}</Text>}
      {keys.map(([key, does]) => (
        <Text key={key} wrap="truncate">
          <Text {...theme.accent}>{` ${key.padEnd(KEY_WIDTH - 1)}`}</Text>
          {does}
        </Text>
      ))}
    </>
  );
}
