/** `waxseal set NAME` on a terminal: the secret field of the app, alone on a line that is erased afterwards. */
import { Box, render, Text, useApp } from 'ink';
import { type ReactNode, useEffect, useState } from 'react';
import { SecretField } from './components/secret-field.tsx';
import type { Stroke } from './hooks/strokes.ts';
import { useStore } from './hooks/use-store.ts';
import { Keyboard, useStrokes } from './hooks/use-strokes.ts';
import { EMPTY_TEXT, editFor, editText, pastedValue, type TextState } from './hooks/use-text-input.ts';
import { ThemeProvider, themeFor } from './theme.ts';

/** Bracketed paste, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Bracketed-Paste-Mode */
const MARK_PASTES = '\u001B[?2004h';
const LEAVE_PASTES = '\u001B[?2004l';

/** What is asked for, and how it may look. */
export interface SecretPromptOptions {
  readonly label: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of Ctrl-C, of which the terminal makes no signal meanwhile. */
  readonly interrupt: () => void;
}

interface PromptState extends TextState {
  readonly beats: number;
  readonly note: string | undefined;
}

/** Asks for a secret, on stderr so that stdout stays for data. @returns undefined when the person gave up */
export async function promptForSecret({
  label,
  env,
  interrupt,
}: SecretPromptOptions): Promise<string | undefined> {
  let answer: string | undefined;
  const quiet = silence();
  const prompt = render(
    <ThemeProvider value={themeFor(env)}>
      <Keyboard>
        <Prompt
          label={label}
          answer={(text) => {
            answer = text;
          }}
          interrupt={interrupt}
        />
      </Keyboard>
    </ThemeProvider>,
    { stdout: process.stderr, interactive: true, exitOnCtrlC: false },
  );
  try {
    await prompt.waitUntilExit();
    return answer;
  } finally {
    quiet.end();
  }
}

/**
 * Ends the terminal's echo and has it mark pastes before anything is drawn. Ink does both only after its first frame,
 * and who answers that at once would see the secret on the screen, or have its first line taken for all of it.
 */
function silence(): { end(): void } {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stderr.write(MARK_PASTES);
  return {
    end() {
      stderr.write(LEAVE_PASTES);
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}

function Prompt(props: {
  readonly label: string;
  readonly answer: (text: string) => void;
  readonly interrupt: () => void;
}): ReactNode {
  const { exit } = useApp();
  const [done, setDone] = useState(false);
  const [state, dispatch, read] = useStore<PromptState, Stroke>(edit, () => ({
    ...EMPTY_TEXT,
    beats: 0,
    note: undefined,
  }));
  useStrokes(
    (stroke) => {
      const leaves = stroke.kind === 'key' && (stroke.name === 'enter' || stroke.name === 'escape');
      const interrupts = stroke.kind === 'ctrl' && stroke.letter === 'c';
      if (!leaves && !interrupts) return dispatch(stroke);
      if (interrupts) props.interrupt();
      if (stroke.kind === 'key' && stroke.name === 'enter') props.answer(read().text);
      setDone(true);
    },
    'text',
    !done,
  );
  // Only once nothing is drawn any more: what is on the screen at the end stays there.
  useEffect(() => {
    if (done) exit();
  }, [done, exit]);
  if (done) return null;
  return (
    <Box flexDirection="column">
      <Box>
        <Text>{`${props.label}: `}</Text>
        <SecretField state={state} shown={false} beats={state.beats} focused width={40} height={1} />
      </Box>
      <Text dimColor>{state.note ?? 'Enter seals it, Esc gives up; several lines can be pasted'}</Text>
    </Box>
  );
}

function edit(state: PromptState, stroke: Stroke): PromptState {
  const beats = state.beats + 1;
  if (stroke.kind === 'paste') {
    const { text, note } = pastedValue(stroke.text);
    return { ...editText(state, { type: 'insert', text }), beats, note };
  }
  if (stroke.kind === 'key' && stroke.name === 'newline') {
    return { ...editText(state, { type: 'insert', text: '\n' }), beats, note: undefined };
  }
  const action = editFor(stroke);
  return action === undefined ? state : { ...editText(state, action), beats, note: undefined };
}
