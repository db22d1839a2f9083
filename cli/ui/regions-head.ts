/** What is told of each region as a whole: columns and rows. Pure. */
import type { DataKeyCopy, RegionStatus, VaultStatus } from '../../src/vault/index.ts';
import { COLUMN_GAP, type Column, MARK_WIDTH, type Row } from './components/table.tsx';
import { escapeText, shorten } from './escape.ts';
import { describeError } from './format.ts';
import { copyStyle } from './list-view.ts';
import { SIGN } from './regions-view.ts';
import type { TextStyle, Theme } from './theme.ts';

const RELEASE: Column = { title: 'release', width: 15 };
const ANSWERS: Column = { title: 'answers', width: 7 };
/** A data key's id has 29 letters and its sign. */
const DATA_KEY_WIDTH = [10, 31] as const;
const HOME = ' (home)';

/** The columns of what is told of each region. */
export function regionColumns(width: number, regions: readonly string[]): readonly Column[] {
  const longest = Math.max(...regions.map((region) => region.length)) + HOME.length;
  const region: Column = { title: 'region', width: Math.min(24, longest) };
  const others = [region, RELEASE, ANSWERS];
  const left = others.reduce((rest, column) => rest - column.width - COLUMN_GAP, width - MARK_WIDTH);
  const dataKey = Math.max(DATA_KEY_WIDTH[0], Math.min(DATA_KEY_WIDTH[1], left));
  return [region, ANSWERS, RELEASE, { title: 'data key', width: dataKey }];
}

/** One region as a row. */
export function regionRow(status: RegionStatus, columns: readonly Column[], theme: Theme): Row {
  const { region, home, error, release, dataKey } = status;
  const name = home ? region + HOME : region;
  const head = { text: shorten(escapeText(name), columns[0]?.width ?? 0) };
  if (error !== undefined) {
    const why = `✗ unreachable: ${describeError(error).message}`;
    return { key: region, cells: [head, { text: why, style: theme.bad, wide: true }] };
  }
  const id = dataKey.dataKeyId ?? (dataKey.state === 'equal' ? 'none' : dataKey.state);
  const room = (columns[3]?.width ?? 0) - 2;
  return {
    key: region,
    cells: [
      head,
      { text: '✓ yes', style: theme.good },
      { text: releaseText(status), style: copyStyle(release.state, theme) },
      {
        text: `${SIGN[dataKey.state]} ${shorten(escapeText(id), room)}`,
        style: dataKeyStyle(dataKey, theme),
      },
    ],
  };
}

/** The regions that have room, in their usual order: rather those that do not answer, then those that differ. */
export function regionsInSight(status: VaultStatus, room: number): readonly RegionStatus[] {
  const weight = ({ error, release, dataKey }: RegionStatus): number => {
    if (error !== undefined) return 2;
    return release.state === 'equal' && dataKey.state === 'equal' ? 0 : 1;
  };
  const chosen = new Set(
    status.regions.toSorted((a, b) => weight(b) - weight(a)).slice(0, Math.max(1, room)),
  );
  return status.regions.filter((region) => chosen.has(region));
}

function dataKeyStyle({ state }: DataKeyCopy, theme: Theme): TextStyle {
  if (state === 'differs') return copyStyle('diverged', theme);
  return state === 'retired' ? theme.bad : copyStyle(state, theme);
}

function releaseText({ release: { state, number, problem } }: RegionStatus): string {
  if (problem !== undefined && number === undefined) return `✗ ${problem.code}`;
  if (number === undefined) return state === 'equal' ? '✓ none' : `${SIGN[state]} ${state}`;
  return `${SIGN[state]} ${number}${state === 'equal' ? '' : ` ${state}`}`;
}
