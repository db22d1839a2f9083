/** The process's side of a terminal app: stopping, continuing, and being told to end. */
import process from 'node:process';

/** The signals that end the app and must find the terminal restored. */
const ENDING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];

/**
 * Stops this process and all of its job until the shell continues it. The whole group, as the terminal itself does
 * it: under npm or npx the shell waits for the parent, and would not come back if only the child had stopped.
 */
export async function stopJob(): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      process.off('SIGCONT', done);
      resolve();
    };
    process.once('SIGCONT', done);
    // Time stands still while stopped. Where nobody could continue it, the system does not stop it: then go on.
    const timer = setTimeout(done, 500);
    process.kill(0, 'SIGTSTP');
  });
}

/** Calls `restore` when a signal asks the process to end. */
export interface EndingGuard {
  /** Stops listening. When a signal came and nobody else listens to it, passes it on to end the process. */
  readonly release: () => void;
}

/** Restores the terminal first when the process is told to end, and lets it end after. */
export function guardEnding(restore: () => void): EndingGuard {
  let came: NodeJS.Signals | undefined;
  // Whoever listened before decides what becomes of the process.
  const alone = new Set(ENDING.filter((signal) => process.listenerCount(signal) === 0));
  const listener = (signal: NodeJS.Signals): void => {
    came = signal;
    restore();
  };
  for (const signal of ENDING) process.on(signal, listener);
  return {
    release() {
      for (const signal of ENDING) process.off(signal, listener);
      if (came !== undefined && alone.has(came)) process.kill(process.pid, came);
    },
  };
}
