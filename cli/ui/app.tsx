/** The terminal app: one reducer says which screen is shown, the screens do the rest. */
import { Box, useApp, useWindowSize } from 'ink';
import { type ReactNode, useMemo } from 'react';
import { type AppState, initialState, reduceApp } from './app-state.ts';
import { Footer, type KeyHint } from './components/footer.tsx';
import { HEADER_HEIGHT, Header } from './components/header.tsx';
import { StatusArea, statusLines } from './components/status.tsx';
import { useListing } from './hooks/use-listing.ts';
import { useStore } from './hooks/use-store.ts';
import { Keyboard, useStrokes } from './hooks/use-strokes.ts';
import { DELETE_KEYS, DeleteScreen } from './screens/delete.tsx';
import { DETAIL_KEYS, DetailScreen } from './screens/detail.tsx';
import { FormScreen, formKeys } from './screens/form.tsx';
import { HELP_KEYS, HelpScreen } from './screens/help.tsx';
import { HISTORY_KEYS, HistoryScreen } from './screens/history.tsx';
import { ListScreen, listKeys } from './screens/list.tsx';
import { RegionsScreen, regionsKeys } from './screens/regions.tsx';
import { SyncScreen, syncKeys } from './screens/sync.tsx';
import { LEAST, TooSmall } from './screens/too-small.tsx';
import { UNDO_KEYS, UndoScreen } from './screens/undo.tsx';
import { type AppVault, type Room, type Session, SessionProvider } from './session.ts';
import { type Theme, ThemeProvider } from './theme.ts';

/** What the app is given. */
export interface AppProps {
  readonly vault: AppVault;
  readonly aws: string;
  readonly notice?: string | undefined;
  readonly theme: Theme;
  readonly copy: (text: string) => Promise<string>;
  /** Stops the process until it is continued, as Ctrl-Z does elsewhere. */
  readonly suspend: () => Promise<void>;
}

/** Lines that the status area may take, on a small screen and on any other. */
const STATUS_ROOM = [2, 4] as const;
const SMALL = 20;

/** The app. */
export function App(props: AppProps): ReactNode {
  return (
    <Keyboard>
      <Screens {...props} />
    </Keyboard>
  );
}

function Screens({ vault, aws, notice, theme, copy, suspend }: AppProps): ReactNode {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const [state, dispatch, read] = useStore(reduceApp, () => initialState(notice));
  useListing(vault, state.loads, dispatch);
  useStrokes(
    (stroke) => {
      if (stroke.kind !== 'ctrl') return;
      if (stroke.letter === 'c') {
        // A write that nobody waits for may end in one region and not in the next.
        if (read().writing && !read().leaving) dispatch({ type: 'leave' });
        else exit();
      } else if (stroke.letter === 'z') {
        dispatch({ type: 'cover' });
        void suspendTerminal(suspend);
      }
    },
    'commands',
    true,
  );
  const tooSmall = columns < LEAST.columns || rows < LEAST.rows;
  const active = !tooSmall && !state.help;
  const session = useMemo<Session>(
    () => ({ vault, aws, copy, state, dispatch, read, active }),
    [vault, aws, copy, state, dispatch, read, active],
  );
  const said = state.help ? [] : statusLines(state, columns, STATUS_ROOM[rows < SMALL ? 0 : 1]);
  const room: Room = { width: columns, height: rows - HEADER_HEIGHT - said.length - 1 };
  return (
    <ThemeProvider value={theme}>
      <SessionProvider value={session}>
        {tooSmall ? <TooSmall columns={columns} rows={rows} /> : null}
        {/* Not unmounted while it does not fit: what was typed must be there when the terminal is enlarged. */}
        <Box flexDirection="column" width={columns} height={rows} display={tooSmall ? 'none' : 'flex'}>
          <Header width={columns} />
          <Box height={room.height} overflow="hidden" flexShrink={0} flexDirection="column">
            {state.help ? <HelpScreen {...room} /> : null}
            {/* A screen keeps its lines where they do not all fit, and loses the last ones rather than all a little. */}
            <Box display={state.help ? 'none' : 'flex'} flexDirection="column" flexShrink={0}>
              <CurrentScreen state={state} room={room} />
            </Box>
          </Box>
          <StatusArea lines={said} />
          <Footer keys={keysOf(state)} width={columns} />
        </Box>
      </SessionProvider>
    </ThemeProvider>
  );
}

function CurrentScreen({ state, room }: { readonly state: AppState; readonly room: Room }): ReactNode {
  const { screen } = state;
  switch (screen.kind) {
    case 'list':
      return <ListScreen {...room} />;
    case 'detail':
      return <DetailScreen {...room} name={screen.name} />;
    case 'history':
      return <HistoryScreen {...room} name={screen.name} />;
    case 'undo':
      return <UndoScreen name={screen.name} on={screen.on} to={screen.to} />;
    case 'regions':
      return state.regions.sync === undefined ? <RegionsScreen {...room} /> : <SyncScreen {...room} />;
    case 'add':
      return <FormScreen {...room} />;
    case 'edit':
      return <FormScreen {...room} name={screen.name} />;
    case 'delete':
      return <DeleteScreen name={screen.name} />;
  }
}

function keysOf({ help, screen, list, regions }: AppState): readonly KeyHint[] {
  if (help) return HELP_KEYS;
  switch (screen.kind) {
    case 'list':
      return listKeys(list.filtering);
    case 'detail':
      return DETAIL_KEYS;
    case 'history':
      return HISTORY_KEYS;
    case 'undo':
      return UNDO_KEYS;
    case 'regions':
      return regions.sync === undefined ? regionsKeys(regions) : syncKeys(regions.sync);
    case 'delete':
      return DELETE_KEYS;
    default:
      return formKeys(screen.kind);
  }
}
