/** A writer's way to a region: each call waits for its turn, meets its fate, and is put on record. */
import type { Region, StoredParameter } from '../../../src/vault/index.ts';
import type { Scheduler } from '../../support/scheduler.ts';
import type { HistoryRecord } from './history-record.ts';
import type { Weather } from './history-weather.ts';

/** What a run is made of. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly record: HistoryRecord;
}

/** How long a read may show what was there before, in ms of the run's clock: a dozen calls. */
const LATE = 60;

/** @param calm - no turns and no faults: before and after the run */
export function reach(
  { scheduler, weather, record }: Surroundings,
  actor: string,
  region: Region,
  calm = false,
): Region {
  // What is written or removed is decided by what was seen of it last: by its name, or in a listing.
  const lookedAt = new Map<string, number>();
  const decidedAt = (name: string): number =>
    Math.max(
      ...[...lookedAt].flatMap(([seen, at]) => (seen === name || name.startsWith(`${seen}/`) ? [at] : [])),
    );
  const call = async <T>(changes: boolean, work: (stale: boolean) => Promise<T>): Promise<T> => {
    if (calm) return work(false);
    return scheduler.turn(async () => {
      const { fail, lose, stale } = weather.fate(actor, region.name, changes);
      if (fail !== undefined) throw fail;
      const done = await work(stale);
      if (lose !== undefined) throw lose;
      return done;
    });
  };
  /** What a late reader sees in the place of what is there. */
  const seen = (
    name: string,
    now: StoredParameter | undefined,
    stale: boolean,
  ): StoredParameter | undefined => {
    const { at, before } = record.late(region.name, name);
    return stale && scheduler.now() - at <= LATE ? before : now;
  };
  const { parameters, keys } = region;
  return {
    name: region.name,
    keys: {
      generate: (context) => call(false, () => keys.generate(context)),
      unwrap: (wrappedKey, context) => call(false, () => keys.unwrap(wrappedKey, context)),
      rewrap: (wrappedKey, context, how) => call(false, () => keys.rewrap(wrappedKey, context, how)),
    },
    parameters: {
      async read(names) {
        const answer = await call(false, async (stale) => {
          const found = await parameters.read(names);
          // What is asked for by its version is that version.
          return new Map(
            names.flatMap((asked) => {
              const stored = asked.includes(':') ? found.get(asked) : seen(asked, found.get(asked), stale);
              return stored === undefined ? [] : [[asked, stored] as const];
            }),
          );
        });
        // Whoever asks for a version looks what became of a write that was decided before.
        for (const asked of names) lookedAt.set(asked, scheduler.now());
        return answer;
      },
      async *list(path) {
        const answer = await call(false, async (stale) => {
          const found = new Map((await all(parameters.list(path))).map((stored) => [stored.name, stored]));
          const names = new Set([...found.keys(), ...(stale ? record.changed(region.name) : [])]);
          return [...names].sort().flatMap((name) => seen(name, found.get(name), stale) ?? []);
        });
        lookedAt.set(path, scheduler.now());
        yield* answer;
      },
      async *history(name) {
        const answer = await call(false, () => all(parameters.history(name)));
        lookedAt.set(name, scheduler.now());
        yield* answer;
      },
      write: (name, value, { create, tier }) => {
        const decided = decidedAt(name);
        return call(true, async () => {
          const version = await parameters.write(name, value, { create, tier });
          record.wrote(actor, region.name, { name, value, version }, decided);
          return version;
        });
      },
      remove: (name) => {
        const decided = decidedAt(name);
        return call(true, async () => {
          const was = await parameters.remove(name);
          record.removed(actor, region.name, name, decided);
          return was;
        });
      },
    },
  };
}

async function all(listing: AsyncIterable<StoredParameter>): Promise<readonly StoredParameter[]> {
  const found: StoredParameter[] = [];
  for await (const stored of listing) found.push(stored);
  return found;
}
