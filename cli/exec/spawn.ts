/** Runs a command beside this process and stands in for it: its signals, its exit status, its streams. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { WaxsealError } from '../../src/errors.ts';
import { NOT_EXECUTABLE, NOT_FOUND } from './find-program.ts';

/** Signals that are meant for the command. Those of the keyboard reach it by itself; they must only not end us first. */
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
const FROM_KEYBOARD = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Runs `command` and waits for its end, however long that takes after a signal.
 * @returns its exit status; 128 and the signal's number when a signal ended it
 * @throws WaxsealError `command_failed` when it could not be started for another reason than its name
 */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    const forward = FORWARDED.map((signal) => [signal, () => void child.kill(signal)] as const);
    const ignore = FROM_KEYBOARD.map((signal) => [signal, () => {}] as const);
    const handlers = [...forward, ...ignore];
    for (const [signal, handler] of handlers) process.on(signal, handler);
    const stop = (): void => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      stop();
      if (error.code === 'ENOENT') return resolve(complain(command, 'command not found', NOT_FOUND));
      if (error.code === 'EACCES') return resolve(complain(command, 'not executable', NOT_EXECUTABLE));
      reject(notStarted(command, error));
    });
    child.once('exit', (status, signal) => {
      stop();
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function notStarted(command: string, error: NodeJS.ErrnoException): WaxsealError {
  const what = `${command} could not be started (${error.code ?? error.message})`;
  const large = error.code === 'E2BIG';
  return new WaxsealError('command_failed', what, {
    hint: large ? 'the environment is too large for the system; leave some secrets out' : undefined,
    cause: error,
  });
}

function complain(command: string, what: string, status: number): number {
  process.stderr.write(`waxseal: ${command}: ${what}\n`);
  return status;
}
