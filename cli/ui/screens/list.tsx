import { Box, Text } from 'ink';
import { type ReactNode, useMemo } from 'react';
import { secretsOf } from '../app-state.ts';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { Table } from '../components/table.tsx';
import { escapeText, wrapWords } from '../escape.ts';
import { useListKeys } from '../hooks/use-list-keys.ts';
import { useNow } from '../hooks/use-now.ts';
import { shownSecrets, topFor } from '../list-state.ts';
import { listLayout, listRow, longestName } from '../list-view.ts';
import { count, differing } from '../regions-words.ts';
import { type Room, useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** Lines that the list needs beside its rows: the filter and the titles. */
const LINES_ABOVE = 2;

/** The keys of the list, most needed first. */
export function listKeys(filtering: boolean): readonly KeyHint[] {
  if (filtering) {
    return [
      ['Enter', 'keep'],
      ['Esc', 'clear'],
      ['↑↓', 'move'],
      ['Ctrl-U', 'empty'],
    ];
  }
  return [
    ['Enter', 'open'],
    ['a', 'add'],
    ['e', 'edit'],
    ['d', 'delete'],
    ['/', 'filter'],
    ['s', 'regions'],
    ['?', 'help'],
    ['q', 'quit'],
    ['R', 'reload'],
    ['↑↓', 'move'],
    ['t', 'deleted'],
  ];
}

/** The vault's secrets, those that are in sight. */
export function ListScreen({ width, height }: Room): ReactNode {
  const { vault, state, active } = useSession();
  const theme = useTheme();
  const now = useNow(30_000);
  const rowsInSight = Math.max(1, height - LINES_ABOVE);
  useListKeys(rowsInSight, active);
  const { list, listing } = state;
  const secrets = secretsOf(state);
  const shown = useMemo(() => shownSecrets(secrets, list), [secrets, list]);
  const longest = useMemo(() => longestName(secrets), [secrets]);
  if (listing === undefined) return <NotListed width={width} />;
  const layout = listLayout(width, vault.regions, longest);
  const top = topFor(list.top, list.selected, rowsInSight, shown.length);
  const rows = shown.slice(top, top + rowsInSight).map((secret, index) => ({
    ...listRow(secret, layout, vault.regions, now, theme),
    selected: top + index === list.selected,
  }));
  return (
    <Box flexDirection="column">
      <FilterLine shown={shown.length} />
      {rows.length === 0 ? (
        <NothingShown all={secrets.length} />
      ) : (
        <Table columns={layout.columns} rows={rows} width={width} />
      )}
    </Box>
  );
}

function FilterLine({ shown }: { readonly shown: number }): ReactNode {
  const { state } = useSession();
  const theme = useTheme();
  const { filter, filtering, selected } = state.list;
  const place = shown === 0 ? '' : `${selected + 1} of ${shown}`;
  return (
    <Box justifyContent="space-between">
      {filtering || filter !== '' ? (
        <Text wrap="truncate">
          <Text {...theme.accent}>filter </Text>
          {escapeText(filter)}
          {filtering ? '▏' : <Text {...theme.faint}>{'  (Esc clears)'}</Text>}
        </Text>
      ) : (
        <Differing />
      )}
      {state.loading ? <Spinner label="reloading" /> : <Text {...theme.faint}>{place}</Text>}
    </Box>
  );
}

/** Whether the regions hold different things, and where to look. */
function Differing(): ReactNode {
  const { state } = useSession();
  const theme = useTheme();
  const differ = differing(secretsOf(state));
  if (differ === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate" {...theme.warning}>
      {`! ${count(differ, 'secret')} ${differ === 1 ? 'differs' : 'differ'} between regions · s shows where`}
    </Text>
  );
}

function NotListed({ width }: { readonly width: number }): ReactNode {
  const { state } = useSession();
  const theme = useTheme();
  if (state.loading || state.loadError === undefined) return <Spinner label="listing the vault" />;
  const { message, hint } = state.loadError;
  return (
    <Box flexDirection="column">
      <Text {...theme.bad}>{wrapWords(`✗ the vault could not be listed: ${message}`, width).join('\n')}</Text>
      {hint === undefined ? null : <Text>{wrapWords(hint, width).join('\n')}</Text>}
      <Text> </Text>
      <Text>press R to try again</Text>
    </Box>
  );
}

function NothingShown({ all }: { readonly all: number }): ReactNode {
  const { vault, state } = useSession();
  if (state.list.filter !== '') return <Text>no name contains this; Esc clears the filter</Text>;
  if (all > 0) return <Text>all secrets here are deleted; press t to show them, a to add one</Text>;
  return (
    <Box flexDirection="column">
      <Text>{`${vault.path} holds no secrets yet`}</Text>
      <Text>press a to add the first secret</Text>
    </Box>
  );
}
