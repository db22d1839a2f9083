import { Box, Text } from 'ink';
import { type ReactNode, useEffect, useState } from 'react';
import type { HistoryItem } from '../../../src/vault/types.ts';
import type { AppAction } from '../app-state.ts';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { COLUMN_GAP, type Column, MARK_WIDTH, type Row, Table } from '../components/table.tsx';
import { escapeText, wrapWords } from '../escape.ts';
import { describeError, moment, type Problem, shortArn } from '../format.ts';
import { stepFor } from '../hooks/use-list-keys.ts';
import { useStrokes } from '../hooks/use-strokes.ts';
import { topFor } from '../list-state.ts';
import { type Room, useSession } from '../session.ts';
import { type Theme, useTheme } from '../theme.ts';

/** The keys of the history screen. */
export const HISTORY_KEYS: readonly KeyHint[] = [
  ['↑↓', 'move'],
  ['b', 'roll back to it'],
  ['u', 'undelete'],
  ['R', 'reload'],
  ['Esc', 'back'],
];

const REVISION: Column = { title: 'rev', width: 5, align: 'right' };
const SEALED: Column = { title: 'sealed', width: 20 };
const NOTE: Column = { title: 'note', width: 16 };
const LINES_ABOVE = 3;

/** The columns of a history for a screen's width. */
export function historyColumns(width: number): readonly Column[] {
  const left = width - MARK_WIDTH - REVISION.width - SEALED.width - NOTE.width - 3 * COLUMN_GAP;
  return [REVISION, SEALED, NOTE, { title: 'written by', width: Math.max(8, Math.min(60, left)) }];
}

/** One revision as a row. */
export function historyRow(item: HistoryItem, theme: Theme): Row {
  const note =
    item.formerKeyId !== undefined
      ? 'former KMS key'
      : item.problem !== undefined
        ? `! ${item.problem.code}`
        : item.deleted
          ? 'deleted'
          : item.partsGone === true
            ? 'parts gone'
            : item.linked
              ? ''
              : '! not linked';
  return {
    key: `${item.revision}/${item.storedAt ?? item.sealedAt}`,
    cells: [
      { text: String(item.revision) },
      { text: moment(item.sealedAt) },
      { text: note, style: note.startsWith('!') ? theme.bad : theme.faint },
      { text: shortArn(item.writtenBy) },
    ],
  };
}

/**
 * The question before a secret goes back, or why there is none.
 * @param to - the revision to go back to; undefined for an undelete
 */
function askUndo(name: string, items: readonly HistoryItem[], to: HistoryItem | undefined): AppAction {
  // What is not to be trusted is passed over by a write.
  const stands = items.find(({ problem }) => problem === undefined);
  const no = (message: string): AppAction => ({ type: 'say', status: { tone: 'info', message } });
  if (stands === undefined) return no('no revision can be opened');
  const asked = { name, on: stands.revision };
  if (to === undefined) return stands.deleted ? { type: 'undo', asked } : no(`${name} is not deleted`);
  if (to.problem !== undefined) return no(`it cannot be gone back to: ${describeError(to.problem).message}`);
  if (to.deleted) return no(`revision ${to.revision} deleted it: it has no value`);
  if (to.partsGone === true) return no(`the parts of revision ${to.revision} are no longer kept`);
  if (to === stands) return no(`revision ${to.revision} stands already`);
  return { type: 'undo', asked: { ...asked, to: to.revision } };
}

type Loaded = { readonly items: readonly HistoryItem[] } | { readonly problem: Problem } | undefined;

/** A secret's revisions, newest first. */
export function HistoryScreen({ name, width, height }: Room & { readonly name: string }): ReactNode {
  const { vault, dispatch, active } = useSession();
  const theme = useTheme();
  const [loaded, setLoaded] = useState<Loaded>(undefined);
  const [tries, setTries] = useState(1);
  const [selected, setSelected] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` is what asks again
  useEffect(() => {
    const abort = new AbortController();
    setLoaded(undefined);
    vault.history(name, { signal: abort.signal }).then(
      (items) => abort.signal.aborted || setLoaded({ items }),
      (error: unknown) => abort.signal.aborted || setLoaded({ problem: describeError(error) }),
    );
    return () => abort.abort();
  }, [vault, name, tries]);
  const items = loaded !== undefined && 'items' in loaded ? loaded.items : [];
  const inSight = Math.max(1, height - LINES_ABOVE);
  const last = Math.max(0, items.length - 1);
  const top = topFor(0, Math.min(selected, last), inSight, items.length);
  useStrokes(
    (stroke) => {
      const by = stepFor(stroke, inSight);
      if (by !== undefined) setSelected((from) => Math.max(0, Math.min(last, from + by)));
      else if (stroke.kind === 'key' && (stroke.name === 'escape' || stroke.name === 'left'))
        dispatch({ type: 'back' });
      else if (stroke.kind === 'char' && stroke.text === 'R') setTries((count) => count + 1);
      else if (stroke.kind === 'char' && 'hq'.includes(stroke.text)) dispatch({ type: 'back' });
      else if (stroke.kind === 'char' && stroke.text === '?') dispatch({ type: 'help' });
      else if (stroke.kind === 'char' && 'bu'.includes(stroke.text) && items.length > 0)
        dispatch(askUndo(name, items, stroke.text === 'b' ? items[Math.min(selected, last)] : undefined));
    },
    'commands',
    active,
  );
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        <Text {...theme.strong}>{escapeText(name)}</Text>
        <Text {...theme.faint}>{'  history, newest first'}</Text>
      </Text>
      <Text> </Text>
      <Body loaded={loaded} width={width}>
        <Table
          width={width}
          columns={historyColumns(width)}
          rows={items.slice(top, top + inSight).map((item, index) => ({
            ...historyRow(item, theme),
            selected: top + index === selected,
          }))}
        />
      </Body>
    </Box>
  );
}

function Body(props: {
  readonly loaded: Loaded;
  readonly width: number;
  readonly children?: ReactNode;
}): ReactNode {
  const { loaded, width, children } = props;
  const theme = useTheme();
  if (loaded === undefined) return <Spinner label="reading the history" />;
  if ('items' in loaded) return loaded.items.length === 0 ? <Text>no revisions are kept</Text> : children;
  return (
    <>
      <Text {...theme.bad}>{wrapWords(`✗ ${loaded.problem.message}`, width).join('\n')}</Text>
      <Text>{wrapWords(loaded.problem.hint ?? 'press R to try again', width).join('\n')}</Text>
    </>
  );
}
