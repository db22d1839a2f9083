import { Box, Text } from 'ink';
import { type ReactNode, useMemo, useState } from 'react';
import type { ListedSecret } from '../../../src/vault/types.ts';
import { findSecret } from '../app-state.ts';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { VALUE_GUTTER, ValueRows } from '../components/value-view.tsx';
import { escapeText, truncate, valueRows, wrapWords } from '../escape.ts';
import { copyWord, describeError, expiry, momentAndAge } from '../format.ts';
import { stepFor } from '../hooks/use-list-keys.ts';
import { useNow } from '../hooks/use-now.ts';
import { type Reveal, useReveal } from '../hooks/use-reveal.ts';
import { useStrokes } from '../hooks/use-strokes.ts';
import { copyStyle } from '../list-view.ts';
import { type Room, useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the detail screen. */
export const DETAIL_KEYS: readonly KeyHint[] = [
  ['r', 'reveal or hide'],
  ['c', 'copy'],
  ['e', 'edit'],
  ['d', 'delete'],
  ['h', 'history'],
  ['Esc', 'back'],
  ['?', 'help'],
  ['↑↓', 'scroll'],
];

const LABEL_WIDTH = 10;
/** Lines around the value: name, five facts, a blank line, the value's own heading. */
const LINES_ABOVE = 8;

/** The name and the value's heading. */
const LINES_ABOVE_COMPACT = 2;
const LEAST_ROWS = 4;

/** One secret: what is known of it, and its value when asked for. */
export function DetailScreen({ name, width, height }: Room & { readonly name: string }): ReactNode {
  const { state, dispatch, active } = useSession();
  const theme = useTheme();
  const { reveal, toggle, copy } = useReveal(name);
  const [offset, setOffset] = useState(0);
  const now = useNow(reveal.phase === 'shown' ? 500 : 30_000);
  const secret = findSecret(state, name);
  const problem = problemLines(secret, width);
  const rows = useRows(reveal, width);
  // On a small screen an open value is worth more than the facts, which come back with hiding it.
  const compact = reveal.phase === 'shown' && height - LINES_ABOVE - problem.length < LEAST_ROWS;
  const inSight = Math.max(1, height - (compact ? LINES_ABOVE_COMPACT : LINES_ABOVE + problem.length));
  const last = Math.max(0, rows.length - inSight);
  const top = Math.min(offset, last);
  useStrokes(
    (stroke) => {
      const by = stepFor(stroke, inSight);
      if (by !== undefined) setOffset(Math.max(0, Math.min(last, top + by)));
      else if (stroke.kind === 'key' && (stroke.name === 'escape' || stroke.name === 'left'))
        dispatch({ type: 'back' });
      else if (stroke.kind !== 'char') return;
      else if (stroke.text === 'r') {
        setOffset(0);
        toggle();
      } else if (stroke.text === 'c') copy();
      else if (stroke.text === 'e') dispatch({ type: 'edit' });
      else if (stroke.text === 'd') dispatch({ type: 'delete' });
      else if (stroke.text === 'h') dispatch({ type: 'history' });
      else if (stroke.text === '?') dispatch({ type: 'help' });
      else if (stroke.text === 'R') dispatch({ type: 'reload' });
      else if (stroke.text === 'q') dispatch({ type: 'back' });
    },
    'commands',
    active,
  );
  return (
    <Box flexDirection="column">
      <Text wrap="truncate" {...theme.strong}>
        {truncate(escapeText(name), width)}
      </Text>
      {compact ? null : (
        <>
          {secret === undefined ? (
            <Text>it is not in the vault any more</Text>
          ) : (
            <Facts secret={secret} problem={problem} now={now} />
          )}
          <Text> </Text>
        </>
      )}
      <ValueHeading reveal={reveal} />
      <Value reveal={reveal} name={name}>
        <ValueRows rows={rows.slice(top, top + inSight)} from={top} />
      </Value>
    </Box>
  );
}

function useRows(reveal: Reveal, width: number): ReturnType<typeof valueRows> {
  const text = reveal.phase === 'shown' && 'text' in reveal.content ? reveal.content.text : undefined;
  return useMemo(() => (text === undefined ? [] : valueRows(text, width - VALUE_GUTTER)), [text, width]);
}

/** Why it is not to be trusted, and what to do, in a few lines. */
function problemLines(secret: ListedSecret | undefined, width: number): readonly string[] {
  if (secret?.problem === undefined) return [];
  const { message, hint } = describeError(secret.problem);
  const lines = [`${secret.problem.code}: ${message}`, hint ?? ''];
  return lines.flatMap((line) => wrapWords(line, width - LABEL_WIDTH)).slice(0, 4);
}

function Facts(props: {
  readonly secret: ListedSecret;
  readonly problem: readonly string[];
  readonly now: number;
}): ReactNode {
  const { secret, problem, now } = props;
  const { vault } = useSession();
  const theme = useTheme();
  return (
    <>
      <Fact label="revision">
        {secret.deleted
          ? `${secret.revision}, which deleted it`
          : `${secret.revision}${secret.large === true ? ', large: in several parameters' : ''}`}
      </Fact>
      <Fact label="sealed">{momentAndAge(secret.sealedAt, now)}</Fact>
      <Fact label="expires">{expiry(secret.expiresAt, now)}</Fact>
      <Fact label="data key">{escapeText(secret.dataKeyId)}</Fact>
      <Fact label="copies">
        {vault.regions.map((region) => (
          <Text key={region}>
            {`${region} `}
            <Text {...copyStyle(secret.copies[region], theme)}>{copyWord(secret.copies[region])}</Text>
            {'   '}
          </Text>
        ))}
      </Fact>
      {problem.map((line, index) => (
        <Fact key={line} label={index === 0 ? 'problem' : ''}>
          <Text {...theme.bad}>{line}</Text>
        </Fact>
      ))}
    </>
  );
}

/** One line: what it is, and what is known. */
export function Fact({
  label,
  children,
}: {
  readonly label: string;
  readonly children?: ReactNode;
}): ReactNode {
  const theme = useTheme();
  return (
    <Text wrap="truncate">
      <Text {...theme.faint}>{label.padEnd(LABEL_WIDTH)}</Text>
      {children}
    </Text>
  );
}

function ValueHeading({ reveal }: { readonly reveal: Reveal }): ReactNode {
  if (reveal.phase !== 'shown') return <Fact label="value">{reveal.phase === 'hidden' ? 'hidden' : ''}</Fact>;
  // Not the screen's `now`, which may be half a minute old when the value appears.
  const seconds = Math.max(0, Math.ceil((reveal.until - Date.now()) / 1000));
  return <Fact label="value">{`hides in ${seconds} s`}</Fact>;
}

function Value(props: {
  readonly reveal: Reveal;
  readonly name: string;
  readonly children?: ReactNode;
}): ReactNode {
  const { reveal, name, children } = props;
  if (reveal.phase === 'reading') return <Spinner label="opening it" />;
  if (reveal.phase === 'hidden') return <Text>press r to reveal it for 15 seconds, c to copy it</Text>;
  if ('text' in reveal.content) return reveal.content.text === '' ? <Text>(empty)</Text> : children;
  return (
    <Text>{`binary, ${reveal.content.bytes} bytes: use \`waxseal get ${escapeText(name)} > file\``}</Text>
  );
}
