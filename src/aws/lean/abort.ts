/** Waiting that ends at once when it is called off. */
import { named } from './failure.ts';

/** What a call ends with whose signal said stop. */
export function calledOff(): Error {
  return named('AbortError', 'the call was called off');
}

/** Waits so many ms. @throws Error `AbortError` as soon as `signal` says so */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const wait = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return unlessAborted(wait, signal).finally(() => clearTimeout(timer));
}

/** What `work` ends with, or `AbortError` as soon as `signal` says so: for work that knows no signal. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(calledOff());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
