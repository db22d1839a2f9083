/** waxseal's terminal app. */
import process from 'node:process';
import { type Instance, render } from 'ink';
import { WaxsealError } from '../../src/errors.ts';
import { App } from './app.tsx';
import { copyText } from './clipboard.ts';
import type { AppVault } from './session.ts';
import { guardEnding, stopJob } from './terminal.ts';
import { themeFor } from './theme.ts';

/** What the terminal app runs with. */
export interface TerminalAppOptions {
  readonly vault: AppVault;
  /** Which AWS is meant, for the header. */
  readonly aws: string;
  /** One line to show at the start. */
  readonly notice?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the process's. */
  readonly stdin?: NodeJS.ReadStream;
  /** Default: the process's. */
  readonly stdout?: NodeJS.WriteStream;
  /** Writes to the clipboard and resolves to how; default: through the terminal and the system's own tool. */
  readonly copy?: (text: string) => Promise<string>;
  /** Stops the process until it is continued; default: as Ctrl-Z does. */
  readonly suspend?: () => Promise<void>;
}

/**
 * Runs the terminal app until the person quits. It draws on the terminal's alternate screen, so nothing of it stays
 * in the scrollback, and leaves the vault open.
 * @throws WaxsealError `no_terminal`
 */
export async function runTerminalApp(options: TerminalAppOptions): Promise<void> {
  const { vault, aws, notice, env, stdin = process.stdin, stdout = process.stdout } = options;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new WaxsealError('no_terminal', 'the terminal app needs a terminal on both ends', {
      hint: 'in scripts use the commands: `waxseal list`, `waxseal get`, `waxseal set`',
    });
  }
  let app: Instance | undefined;
  const end = (): void => app?.unmount();
  // Before Ink, which listens for signals too and would look like somebody else who does.
  const guard = guardEnding(end);
  app = render(
    <App
      vault={vault}
      aws={aws}
      notice={notice}
      theme={themeFor(env)}
      copy={options.copy ?? ((text) => copyText(text, env, stdout))}
      suspend={options.suspend ?? stopJob}
    />,
    // Ink takes a terminal in CI for none, and Ctrl-C for a reason to leave in the middle of a write.
    { stdin, stdout, alternateScreen: true, interactive: true, exitOnCtrlC: false },
  );
  // A terminal that went away can be neither read nor restored; its errors have nobody to reach.
  const ignore = (): void => {};
  stdin.once('end', end);
  stdout.on('error', ignore);
  try {
    await app.waitUntilExit();
  } finally {
    stdin.off('end', end);
    stdout.off('error', ignore);
    guard.release();
  }
}
