/** Work that cleans up behind itself when somebody ends the process. */
import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';

const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work with a signal that fires at Ctrl-C and at what ends a process from outside, so that no half file is left.
 * Then the process ends as it was told to.
 */
export async function stoppable<T>(
  context: CommandContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let told: NodeJS.Signals | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    told = signal;
    stop.abort(new WaxsealError('cancelled', `ended by ${signal}`));
  };
  for (const name of SIGNALS) process.once(name, hear);
  try {
    return await work(AbortSignal.any([context.signal, stop.signal]));
  } finally {
    for (const name of SIGNALS) process.off(name, hear);
    if (told !== undefined) process.kill(process.pid, told);
  }
}
