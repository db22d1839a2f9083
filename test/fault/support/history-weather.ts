/** Faults that come and go, drawn from a seed: what becomes of one call of one writer to one region. */
import { WaxsealError } from '../../../src/errors.ts';
import { draw } from '../../support/seed.ts';

/** What becomes of a call. */
export interface Fate {
  /** Not done, for this reason. */
  readonly fail?: WaxsealError | undefined;
  /** Done, and the answer lost. */
  readonly lose?: WaxsealError | undefined;
  /** A read that shows what was there before, as an eventually consistent store may. */
  readonly stale: boolean;
}

/** The faults of one run. */
export interface Weather {
  /** Draws what becomes of a call. */
  fate(actor: string, region: string, changes: boolean): Fate;
  /** Begins a writer's next process: one that was killed does nothing any more. */
  begin(actor: string): void;
  /** Ends all faults for good. */
  heal(): void;
}

/** How likely each fault is, at each call. */
const CHANGE = 0.03;
const KILLED = 0.004;
const THROTTLED = 0.03;
const LOST = 0.03;
const STALE = 0.25;

/** @param tell - told when a fault begins or ends */
export function createWeather(
  random: () => number,
  places: { readonly actors: readonly string[]; readonly regions: readonly string[] },
  tell: (line: string) => void,
): Weather {
  // Some runs are stormy, some are nearly calm: then it is the writers who come upon each other.
  const force = draw(random, [0.2, 0.5, 1, 1]);
  const faults = new Set<string>();
  const killed = new Set<string>();
  let healed = false;
  const turn = (): void => {
    if (random() >= CHANGE * force) return;
    const region = draw(random, places.regions);
    // A region is down for all, or one writer cannot reach it; what is down comes back sooner than the next one goes.
    const fault = random() < 0.4 ? region : `${draw(random, places.actors)} ${region}`;
    const ended = faults.size > 0 && random() < 0.6 ? draw(random, [...faults]) : undefined;
    if (ended !== undefined) faults.delete(ended);
    else faults.add(fault);
    tell(ended === undefined ? `-- down: ${fault}` : `-- up: ${ended}`);
  };
  const error = (code: 'unreachable' | 'timeout' | 'throttled' | 'denied', region: string): WaxsealError =>
    new WaxsealError(code, `injected ${code}`, { region });
  return {
    begin: (actor) => void killed.delete(actor),
    heal() {
      healed = true;
    },
    fate(actor, region, changes) {
      if (healed) return { stale: false };
      turn();
      if (random() < KILLED * force) {
        killed.add(actor);
        tell(`-- killed: ${actor}`);
      }
      // No error means that to a vault: it gives up at once, and does nothing more.
      if (killed.has(actor)) return { fail: error('denied', region), stale: false };
      const gone = random() < 0.5 ? 'unreachable' : 'timeout';
      if (faults.has(region) || faults.has(`${actor} ${region}`)) {
        return { fail: error(gone, region), stale: false };
      }
      if (changes && random() < THROTTLED * force) return { fail: error('throttled', region), stale: false };
      if (random() < LOST * force) return { lose: error(gone, region), stale: false };
      return { stale: random() < STALE };
    },
  };
}
