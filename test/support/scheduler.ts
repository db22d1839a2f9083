/** Runs several actors whose calls to the world are let through one at a time, in an order drawn from a seed. */
import type { Gate } from './memory-aws.ts';

/** How much time one call takes, in ms of the scheduler's own clock. */
const CALL = 5;

/** One interleaving. */
export interface Scheduler {
  /** Holds each call until its turn. */
  readonly gate: Gate;
  /** Holds an actor that waits, until its time has come and it is drawn. */
  readonly pause: (ms: number) => Promise<void>;
  /** Does a call when its turn has come; nobody else has a turn before it is done, however long it takes. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** The scheduler's clock, in ms. */
  readonly now: () => number;
  /** Runs all actors to their end. */
  run<T>(actors: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]>;
}

/** Draws an interleaving from `random`. */
export function createScheduler(random: () => number): Scheduler {
  let clock = 0;
  // A call that goes on outside of this process.
  let under: Promise<unknown> | undefined;
  let waiting: { readonly from: number; readonly go: () => void }[] = [];
  const hold = (ms: number): Promise<void> =>
    new Promise((go) => void waiting.push({ from: clock + ms, go }));
  return {
    gate: async () => {
      await hold(0);
      return undefined;
    },
    pause: hold,
    now: () => clock,
    async turn(work) {
      await hold(0);
      const done = work();
      under = done.catch(() => {});
      return done;
    },
    async run(actors) {
      let running = actors.length;
      const ends = actors.map((actor) =>
        actor().finally(() => {
          running -= 1;
        }),
      );
      const settled = Promise.allSettled(ends);
      while (running > 0) {
        // Everything between two calls is computation: after a turn of the event loop all actors wait or have ended.
        await new Promise((resolve) => setImmediate(resolve));
        if (under !== undefined) {
          await under;
          under = undefined;
          continue;
        }
        if (waiting.length === 0) continue;
        clock = Math.max(clock + CALL, Math.min(...waiting.map(({ from }) => from)));
        const ready = waiting.filter(({ from }) => from <= clock);
        const next = ready[Math.floor(random() * ready.length)];
        waiting = waiting.filter((one) => one !== next);
        next?.go();
      }
      return settled;
    },
  };
}
