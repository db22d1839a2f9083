import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { DataKeyStatus, VaultStatus } from '../../../src/vault/index.ts';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { Table } from '../components/table.tsx';
import { wrapWords } from '../escape.ts';
import { REFRESH_TIME, useLooks, useRegionsKeys } from '../hooks/use-regions.ts';
import { topFor } from '../list-state.ts';
import { regionColumns, regionRow, regionsInSight } from '../regions-head.ts';
import { type RegionsState, shownEntries } from '../regions-state.ts';
import {
  entryDetails,
  longestEntry,
  type MatrixLayout,
  matrixLayout,
  matrixRow,
  noteOf,
} from '../regions-view.ts';
import { count, dataKeyWords, statusSummary } from '../regions-words.ts';
import { type Room, useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the matrix. */
export function regionsKeys({ all }: RegionsState): readonly KeyHint[] {
  return [
    ['y', 'plan a sync'],
    ['a', all ? 'differing' : 'all'],
    ['r', `refresh (every ${REFRESH_TIME / 1000} s)`],
    ['Esc', 'back'],
    ['?', 'help'],
    ['↑↓', 'move'],
    ['Tab', 'next regions'],
  ];
}

/** Lines of the tables' titles and of the caption between them. */
const TITLES = 3;
/** Rows of the matrix that more regions must not take the room of. */
const LEAST_ROWS = 3;
/** Lines from which on some are spent on what is between the tables, and on more of the secret in hand. */
const TALL = 14;

/** How the vault stands in all its regions. */
export function RegionsScreen({ width, height }: Room): ReactNode {
  const { vault, state } = useSession();
  const theme = useTheme();
  const { regions } = state;
  const { status } = regions;
  const shown = shownEntries(regions);
  const selected = shown[regions.selected];
  const summary = status === undefined ? [] : summaryLines(regions, width, height);
  const details = selected === undefined ? [] : detailLines(entryDetails(selected), width, height);
  const blank = height < TALL ? 0 : 1;
  const room = height - summary.length - TITLES - blank - details.length;
  const heads =
    status === undefined
      ? []
      : regionsInSight(status, room - Math.min(LEAST_ROWS, Math.max(1, shown.length)));
  const rowsInSight = Math.max(1, room - heads.length);
  useLooks();
  useRegionsKeys(rowsInSight);
  if (status === undefined) return <NotSeen width={width} />;
  const layout = matrixLayout(width, vault.regions, {
    longest: longestEntry(shown),
    noted: shown.some((entry) => noteOf(entry) !== ''),
    page: regions.page,
  });
  const top = topFor(regions.top, regions.selected, rowsInSight, shown.length);
  const columns = regionColumns(width, vault.regions);
  return (
    <Box flexDirection="column">
      <Text {...(status.equal ? theme.good : theme.warning)}>{summary.join('\n')}</Text>
      <Table
        width={width}
        columns={columns}
        rows={heads.map((region) => regionRow(region, columns, theme))}
      />
      {blank === 0 ? null : <Text> </Text>}
      <Caption layout={layout} shown={shown.length} all={status.entries.length} />
      {shown.length === 0 ? (
        <Nothing status={status} />
      ) : (
        <Table
          width={width}
          columns={layout.columns}
          rows={shown.slice(top, top + rowsInSight).map((entry, index) => ({
            ...matrixRow(entry, layout, theme),
            selected: top + index === regions.selected,
          }))}
        />
      )}
      {details.length === 0 ? null : <Text {...theme.faint}>{details.join('\n')}</Text>}
    </Box>
  );
}

/** What it adds up to, and why the last look told nothing. */
function summaryLines({ status, problem }: RegionsState, width: number, height: number): readonly string[] {
  if (status === undefined) return [];
  const { dataKey, equal } = status;
  const summary = wrapWords(`${equal ? '✓' : '!'} ${statusSummary(status)}`, width).slice(0, 2);
  const lines = [...summary, ...keyLines(dataKey, width, height)];
  return problem === undefined
    ? lines
    : [...lines, ...wrapWords(`✗ not refreshed: ${problem.message}`, width).slice(0, 1)];
}

/** Where there is little room, only what something has to be done about. */
function keyLines(dataKey: DataKeyStatus | undefined, width: number, height: number): readonly string[] {
  if (dataKey === undefined) return [];
  const { due, putBack, retired, releaseRetired } = dataKey;
  const calm = !due && putBack === undefined && retired === 0 && !releaseRetired;
  if (calm && height < TALL) return [];
  const lines = wrapWords(`${calm ? '✓' : '!'} ${dataKeyWords(dataKey)}`, width);
  // What is to be done stands at the end, and nothing can be written before.
  return putBack === undefined || height < TALL ? lines.slice(0, 2) : lines;
}

function detailLines(details: readonly string[], width: number, height: number): readonly string[] {
  return details.flatMap((line) => wrapWords(line, width)).slice(0, height < TALL ? 1 : 3);
}

/** Between the tables: how much of the matrix is in sight, and how new it is. */
function Caption(props: {
  readonly layout: MatrixLayout;
  readonly shown: number;
  readonly all: number;
}): ReactNode {
  const { layout, shown, all } = props;
  const { vault, state } = useSession();
  const theme = useTheme();
  const { looking, lookedAt, selected } = state.regions;
  const rows = state.regions.all ? `all ${count(all, 'secret')}` : `what differs, ${shown} of ${all}`;
  const place = shown === 0 ? '' : `: ${selected + 1} of ${shown}`;
  const turns =
    layout.pages === 1 ? '' : `   ${layout.regions.length} of ${vault.regions.length} regions (Tab)`;
  const at = lookedAt === undefined ? '' : `at ${new Date(lookedAt).toISOString().slice(11, 19)} UTC`;
  return (
    <Box justifyContent="space-between">
      <Text wrap="truncate" {...theme.accent}>
        {(state.regions.all ? rows + place : rows) + turns}
      </Text>
      {looking ? <Spinner label="looking" /> : <Text {...theme.faint}>{at}</Text>}
    </Box>
  );
}

function Nothing({ status }: { readonly status: VaultStatus }): ReactNode {
  const { vault } = useSession();
  if (!status.exists && status.regions.every(({ error }) => error === undefined)) {
    return <Text>{`no region holds a vault ${vault.path}`}</Text>;
  }
  const answered = status.regions.filter(({ error }) => error === undefined).length;
  if (answered === 0) return <Text>no region answers; what was typed elsewhere is safe, r looks again</Text>;
  if (status.entries.length === 0) return <Text>there are no secrets yet</Text>;
  const where = answered === status.regions.length ? 'all regions' : 'the regions that answer';
  return <Text>{`every secret is equal in ${where}; a shows them`}</Text>;
}

function NotSeen({ width }: { readonly width: number }): ReactNode {
  const { problem } = useSession().state.regions;
  const theme = useTheme();
  if (problem === undefined) return <Spinner label="comparing the regions" />;
  return (
    <Box flexDirection="column">
      <Text {...theme.bad}>{wrapWords(`✗ ${problem.message}`, width).join('\n')}</Text>
      <Text>{wrapWords(problem.hint ?? 'press r to try again', width).join('\n')}</Text>
    </Box>
  );
}
