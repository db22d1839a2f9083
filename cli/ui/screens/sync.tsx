import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { Confirm } from '../components/confirm.tsx';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { Table } from '../components/table.tsx';
import { wrapWords } from '../escape.ts';
import { sentenceList } from '../format.ts';
import { isBack } from '../hooks/use-regions.ts';
import { useStrokes } from '../hooks/use-strokes.ts';
import { planCommand, useSync } from '../hooks/use-sync.ts';
import { count, syncSummary } from '../regions-words.ts';
import { type Room, useSession } from '../session.ts';
import { canRun, type SyncState, syncItems } from '../sync-state.ts';
import { itemRows, syncColumns } from '../sync-view.ts';
import { useTheme } from '../theme.ts';

/** The keys of each step. */
export function syncKeys(sync: SyncState): readonly KeyHint[] {
  if (sync.step === 'run') return [['Esc', 'stop']];
  if (sync.step === 'ask') {
    return [
      ['y', 'do it'],
      ['n', 'not now'],
      ['Esc', 'back'],
    ];
  }
  const sides = Math.max(0, ...sync.conflicts.map((conflict) => conflict.sides.length));
  const prefer: readonly KeyHint[] =
    sync.step === 'plan' && sides > 0 ? [[sides > 2 ? `1-${sides}` : '1 2', 'side that wins']] : [];
  const run: readonly KeyHint[] = canRun(sync) ? [['Enter', 'do it']] : [];
  const again: readonly KeyHint[] = sync.step === 'plan' ? [['r', 'plan again']] : [];
  return [...run, ...prefer, ['↑↓', 'move'], ...again, ['Esc', 'back'], ['?', 'help']];
}

/** The head and the table's titles. */
const LINES_ABOVE = 2;
const BAR = 30;
/** Lines from which on a side of a conflict may take more than one. */
const TALL = 14;

/** Bringing the regions together: what would be done, the question, how far it is, what was done. */
export function SyncScreen(room: Room): ReactNode {
  const { state } = useSession();
  const run = useSync();
  const { sync } = state.regions;
  if (sync === undefined) return null;
  if (sync.step === 'run') return <Running sync={sync} />;
  return sync.step === 'ask' ? <Ask sync={sync} run={run} /> : <Plan sync={sync} {...room} />;
}

function Plan({ sync, width, height }: Room & { readonly sync: SyncState }): ReactNode {
  const { dispatch, active } = useSession();
  const theme = useTheme();
  const { step, plan, planning, problem, selected } = sync;
  const inSight = Math.max(1, height - LINES_ABOVE);
  useStrokes(
    (stroke) => {
      const event = planCommand(stroke, inSight);
      if (isBack(stroke)) dispatch({ type: 'back' });
      else if (event !== undefined && step === 'plan') dispatch({ type: 'regions', event });
      else if (event?.type === 'step-to') dispatch({ type: 'regions', event });
      else if (stroke.kind === 'char' && stroke.text === '?') dispatch({ type: 'help' });
    },
    'commands',
    active,
  );
  if (problem !== undefined) {
    return (
      <Box flexDirection="column">
        <Text {...theme.bad}>{wrapWords(`✗ no plan: ${problem.message}`, width).join('\n')}</Text>
        <Text>{wrapWords(problem.hint ?? 'press r to plan again', width).join('\n')}</Text>
      </Box>
    );
  }
  if (plan === undefined) return <Spinner label="planning" />;
  const done = step === 'done';
  const items = syncItems(sync);
  const columns = syncColumns(width, items);
  const look = { columns, width, short: height < TALL, done, theme };
  const rows = items.flatMap((item, index) =>
    itemRows(item, look).map((row, line) => ({
      ...row,
      item: index,
      selected: line === 0 && index === selected,
    })),
  );
  const first = rows.findIndex(({ item }) => item === selected);
  const last = rows.findLastIndex(({ item }) => item === selected);
  // The item in hand is in sight, its first line before its last.
  const top = Math.max(0, Math.min(first, last - inSight + 1));
  return (
    <Box flexDirection="column">
      <Box justifyContent="space-between">
        <Text wrap="truncate">
          <Text {...theme.strong}>{done ? 'sync, done' : 'sync, the plan'}</Text>
          {`  ${syncSummary(plan, done)}`}
        </Text>
        {planning ? <Spinner label="planning" /> : null}
      </Box>
      {items.length === 0 ? (
        <Text>all regions that answer hold the same</Text>
      ) : (
        <Table columns={columns} rows={rows.slice(top, top + inSight)} width={width} />
      )}
    </Box>
  );
}

function Ask({ sync, run }: { readonly sync: SyncState; readonly run: () => Promise<void> }): ReactNode {
  const { dispatch, active } = useSession();
  const theme = useTheme();
  const actions = sync.plan?.actions ?? [];
  const where = [...new Set(actions.map(({ to }) => to))];
  const open = sync.plan?.conflicts.length ?? 0;
  const decided = Object.keys(sync.choices).length;
  return (
    <Box flexDirection="column">
      <Text {...theme.strong}>sync the regions</Text>
      <Text> </Text>
      <Confirm
        question="do it?"
        details={[
          ...(actions.length === 0 ? [] : [`${count(actions.length, 'write')}, to ${sentenceList(where)}`]),
          ...(decided === 0
            ? []
            : [`${count(decided, 'conflict')} decided by you: the side that loses stays in the history`]),
          ...(open === 0 ? [] : [`${count(open, 'conflict')} not decided: left as it is`]),
          ...(sync.plan?.publishes === true ? ['a new release, above those of all regions'] : []),
        ]}
        active={active}
        onYes={() => void run()}
        onNo={() => dispatch({ type: 'back' })}
      />
    </Box>
  );
}

function Running({ sync }: { readonly sync: SyncState }): ReactNode {
  const { dispatch, active } = useSession();
  const theme = useTheme();
  useStrokes(
    (stroke) => {
      if (stroke.kind === 'key' && stroke.name === 'escape') dispatch({ type: 'back' });
    },
    'commands',
    active,
  );
  const { done, total } = sync.progress ?? { done: 0, total: 0 };
  const filled = total === 0 ? 0 : Math.round((done / total) * BAR);
  return (
    <Box flexDirection="column">
      <Text {...theme.strong}>sync the regions</Text>
      <Text> </Text>
      <Spinner label={sync.stopping ? 'stopping: what was begun ends first' : 'syncing'} />
      <Text>
        <Text {...theme.accent}>{'█'.repeat(filled)}</Text>
        <Text {...theme.faint}>{'░'.repeat(BAR - filled)}</Text>
        {total === 0 ? '' : ` ${done} of ${total}`}
      </Text>
    </Box>
  );
}
