/** A person at a terminal: a real pty with the program on one side and a terminal emulator on the other. */
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { CLI, NODE, type Sandbox, withoutUnset } from './sandbox.ts';
import { createWatch } from './watch.ts';

const PATIENCE = 20_000;

/** How the terminal is opened. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** What runs in the terminal; default waxseal, with `args`. */
  readonly program?: readonly [file: string, ...args: string[]];
}

/** The terminal. */
export interface TerminalSession {
  /** What is on the screen now, line by line. */
  screen(): string;
  /** The screen that a person has before and after the program, with all that was scrolled out of it. */
  normalScreen(): string;
  /** Whether the alternate screen is shown. */
  onAlternateScreen(): boolean;
  /** Every byte that the program wrote. */
  raw(): string;
  /** Sends keys as one stroke. */
  press(keys: string): void;
  /** Types character by character, each when the screen shows that the one before has been taken. */
  type(text: string, shown: (typed: string) => string): Promise<void>;
  /** Pastes as a terminal does that was asked for brackets: line breaks arrive as carriage returns. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  until(what: string, found: (screen: string) => boolean): Promise<void>;
  /** Waits until the program has ended and all it wrote is on the screen. @returns its exit status */
  ended(): Promise<number>;
}

/** Keys by name. */
export const KEY: Readonly<Record<'enter' | 'escape' | 'ctrlC' | 'ctrlZ' | 'down', string>> = {
  enter: '\r',
  escape: '\u{1B}',
  ctrlC: '\u{3}',
  ctrlZ: '\u{1A}',
  down: '\u{1B}[B',
};

/** Opens waxseal, or another program, in a terminal. */
export function openTerminal(box: Sandbox, options: TerminalOptions): TerminalSession {
  const { columns: cols, rows, env = {}, args = [] } = options;
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
  const [file, ...rest] = options.program ?? [NODE, CLI, ...args];
  const pty = spawn(file, rest, {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: box.cwd,
    env: withoutUnset({ ...box.env, ...env }),
  });
  const textOf = (buffer: typeof terminal.buffer.active): string =>
    Array.from({ length: buffer.length }, (_, y) => buffer.getLine(y)?.translateToString(true) ?? '').join(
      '\n',
    );
  const screen = (): string => textOf(terminal.buffer.active);
  const watch = createWatch(screen, PATIENCE);
  let raw = '';
  let status: number | undefined;
  pty.onData((data) => {
    raw += data;
    terminal.write(data, watch.said);
  });
  // What the program asks of its terminal (cursor place, colours) is answered.
  terminal.onData((answer) => pty.write(answer));
  const gone = new Promise<void>((resolve) => {
    pty.onExit(({ exitCode }) => {
      terminal.write('', () => {
        status = exitCode;
        watch.over();
        resolve();
      });
    });
  });
  box.own(async () => {
    if (status === undefined) pty.kill('SIGKILL');
    await gone;
    terminal.dispose();
  });
  const until: TerminalSession['until'] = (what, found) => watch.until(what, () => found(screen()));
  return {
    screen,
    until,
    normalScreen: () => textOf(terminal.buffer.normal),
    onAlternateScreen: () => terminal.buffer.active.type === 'alternate',
    raw: () => raw,
    press: (keys) => pty.write(keys),
    async ended() {
      await watch.until('the program ends', () => status !== undefined);
      return status as number;
    },
    async type(text, shown) {
      for (let count = 1; count <= text.length; count += 1) {
        pty.write(text.charAt(count - 1));
        const expected = shown(text.slice(0, count));
        await until(`key ${count} of ${text.length} is taken`, (now) => now.includes(expected));
      }
    },
    paste: (text) => pty.write(`\u{1B}[200~${text.replaceAll('\n', '\r')}\u{1B}[201~`),
    resize(columns, lines) {
      terminal.resize(columns, lines);
      pty.resize(columns, lines);
    },
  };
}
