/** Waiting for what only asking again can tell. */
import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is there. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  patience = 30_000,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: it did not happen within ${patience} ms`);
    await delay(20);
  }
}
