/**
 * How fast a region is written to. Nothing is held back until AWS asks to slow down; from then on all writers of that
 * region share a pace, which drops at each further throttle and slowly rises again while there is none.
 */
import { isWaxsealError, WaxsealError } from '../errors.ts';
import type { Region } from './ports.ts';

/** What PutParameter's quota allows where nobody raised it, in writes a second and region. */
export const DEFAULT_QUOTA = 3;
/** The slowest pace, in writes a second: a writer that waits for its turn must not run into its deadline. */
const SLOWEST = 1;
/** What is left of the pace at a throttle. Writers that are throttled together slow down once. */
const DROP = 0.7;
/** In ms. */
const TOGETHER = 1000;
/** How much the pace rises in a second without a throttle, in writes a second: in a minute it finds a raised quota. */
const RISE = 0.1;

/** The pace in one region. */
export interface Pace {
  /** Waits for this writer's turn. */
  turn(): Promise<void>;
  /** AWS asked to slow down. */
  throttled(): void;
  /** A write was taken. */
  worked(): void;
}

/** What a pace needs of the world. */
export interface Clock {
  /** In ms since 1970. */
  readonly now: () => number;
  /** Waits so many ms. */
  readonly pause: (ms: number) => Promise<void>;
}

/** @param most - writes a second that are never exceeded; default: as many as AWS takes */
export function createPace(clock: Clock, most?: number): Pace {
  let rate = most;
  let next = Number.NEGATIVE_INFINITY;
  let dropped = Number.NEGATIVE_INFINITY;
  return {
    async turn() {
      if (rate === undefined) return;
      const now = clock.now();
      const at = Math.max(now, next);
      next = at + 1000 / rate;
      if (at > now) await clock.pause(at - now);
    },
    throttled() {
      // What AWS did not take used up no turn; whoever sends it again waits longer each time.
      if (rate !== undefined) next -= 1000 / rate;
      const now = clock.now();
      if (now - dropped < TOGETHER) return;
      dropped = now;
      rate = rate === undefined ? DEFAULT_QUOTA : Math.max(rate * DROP, Math.min(rate, SLOWEST));
    },
    worked() {
      if (rate === undefined) return;
      rate = Math.min(rate + RISE / rate, most ?? Number.POSITIVE_INFINITY);
    },
  };
}

/** The same region, with each write in its turn. */
export function paced(region: Region, pace: Pace): Region {
  const { parameters } = region;
  return {
    ...region,
    parameters: {
      read: (names, signal) => parameters.read(names, signal),
      list: (path, signal) => parameters.list(path, signal),
      history: (name, signal) => parameters.history(name, signal),
      remove: (name, signal) => parameters.remove(name, signal),
      async write(name, value, options) {
        await pace.turn();
        // Nothing was sent: whoever writes may begin again with a new deadline.
        if (options.signal?.aborted === true) throw tooSlow(region.name);
        try {
          const version = await parameters.write(name, value, options);
          pace.worked();
          return version;
        } catch (error) {
          if (isWaxsealError(error, 'throttled')) pace.throttled();
          throw error;
        }
      },
    },
  };
}

function tooSlow(region: string): WaxsealError {
  return new WaxsealError('throttled', `${region} takes writes too slowly`, {
    hint: 'try again in a moment, with fewer writers at once',
    region,
  });
}
