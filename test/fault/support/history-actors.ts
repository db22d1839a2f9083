/** What writers do during a random history, and what each of them was told. */
import { isWaxsealError } from '../../../src/errors.ts';
import {
  type BehindRegion,
  publishingWithEach,
  type SyncConflict,
  type Vault,
} from '../../../src/vault/index.ts';
import { draw } from '../../support/seed.ts';
import { bytes } from '../../support/world.ts';
import type { Stage } from './history-stage.ts';

/** A write that its writer was told stands. */
export interface Acknowledged {
  readonly actor: string;
  readonly name: string;
  readonly revision: number;
  /** Undefined for a tombstone. */
  readonly value: string | undefined;
  /** The region that decided. */
  readonly home: string;
  readonly behind: readonly BehindRegion[];
}

/** What a run's writers were told. */
export interface Told {
  readonly acknowledged: Acknowledged[];
  /** Names that somebody was told are in conflict between regions: how many entries had counted by then. */
  readonly conflicts: Map<string, number>;
  /** The values that anybody ever tried to write, by name. */
  readonly values: Map<string, Set<string>>;
  /** Errors that are none of a vault's. */
  readonly strange: string[];
}

/** What a writer writes. */
export interface Work {
  readonly names: readonly string[];
  /** How many operations, one after the other. */
  readonly operations: number;
  /** What is put behind each value. */
  readonly padding: () => string;
}

/** A person or a program that writes: operations one after the other, now and then in home's place. */
export function writer(stage: Stage, actor: string, work: Work): () => Promise<void> {
  const { random, regions, told, weather } = stage;
  const { names, operations, padding } = work;
  return async () => {
    let homeless = false;
    // Some are a process that stays, with all that it remembers; some are a command each time.
    const stays = random() < 0.3 ? stage.open(actor) : undefined;
    for (let nth = 1; nth <= operations; nth += 1) {
      await stage.scheduler.pause(Math.ceil(random() * 100));
      weather.begin(actor);
      const acts = random() < (homeless ? 0.6 : 0.05) ? draw(random, regions.slice(1)) : undefined;
      const opened = acts === undefined && stays !== undefined ? stays : stage.open(actor, acts);
      const vault = random() < 0.5 ? publishingWithEach(opened) : opened;
      const name = draw(random, names);
      const home = acts ?? regions[0];
      const kind = random();
      const value = `${name} by ${actor}.${nth}${padding()}`;
      const as = acts === undefined ? '' : ` as ${acts}`;
      homeless = false;
      const attempt = async <T>(what: string, doing: () => Promise<T>): Promise<T | undefined> => {
        stage.record.lines.push(`${stage.scheduler.now()} ${actor}${as}: ${what}`);
        try {
          const result = await doing();
          stage.record.lines.push(`${stage.scheduler.now()} ${actor}${as}: ${what} -> ${brief(result)}`);
          return result;
        } catch (error) {
          stage.record.lines.push(`${stage.scheduler.now()} ${actor}${as}: ${what} -> ${brief(error)}`);
          if (!isWaxsealError(error)) told.strange.push(`${what}: ${String(error)}`);
          homeless = isWaxsealError(error, 'unreachable', 'timeout');
          return undefined;
        }
      };
      if (kind < 0.5) {
        told.values.set(name, (told.values.get(name) ?? new Set()).add(value));
        const done = await attempt(`set ${name}`, () => vault.set(name, bytes(value)));
        if (done !== undefined) acknowledge(stage, { ...done, actor, name, value, home });
      } else if (kind < 0.7) {
        const done = await attempt(`delete ${name}`, () => vault.delete(name));
        if (done !== undefined) acknowledge(stage, { ...done, actor, name, value: undefined, home });
      } else if (kind < 0.9) {
        // Deleted first, where it is not: a purge of anything else is refused.
        const gone = await attempt(`delete ${name}`, () => vault.delete(name));
        if (gone !== undefined) acknowledge(stage, { ...gone, actor, name, value: undefined, home });
        await attempt(`purge ${name}`, () => vault.purge(name));
      } else if (kind < 0.96) {
        await attempt('publish', () => vault.publish());
      } else {
        await attempt('rollback', async () => {
          const releases = await vault.releases();
          return releases.length === 0 ? 'no release' : vault.rollback(draw(random, releases).number);
        });
      }
    }
  };
}

/** The maintenance command that runs among the writers. */
export function maintainer(stage: Stage, actor: string): () => Promise<void> {
  const { random, regions, scheduler, record, told } = stage;
  const prefer = random() < 0.5 ? { region: draw(random, regions) } : {};
  const commands: readonly (readonly [string, (vault: Vault) => Promise<unknown>])[] = [
    [
      `sync${prefer.region === undefined ? '' : `, prefers ${prefer.region}`}`,
      async (vault) => {
        // What a person is shown before it is done.
        const plan = await vault.planSync({ prefer: {}, publishes: true });
        hear(stage, plan.conflicts);
        const done = await vault.sync({ prefer, publishes: true });
        hear(stage, done.conflicts);
        for (const { kind, name, how } of done.actions) {
          // A conflict that arose between plan and run was settled by what was preferred, and is told as such.
          if (kind === 'secret' && (how === 'merge' || how === 'overwrite')) report(stage, name);
        }
        return done;
      },
    ],
    ['publish', (vault) => vault.publish()],
    ['publish, reconciles', (vault) => vault.publish({ reconcile: true })],
    ['rotate', (vault) => vault.rotate()],
  ];
  return async () => {
    for (let nth = 1; nth <= 2; nth += 1) {
      await scheduler.pause(Math.ceil(random() * 1500));
      stage.weather.begin(actor);
      const [what, command] = draw(random, commands);
      record.lines.push(`${scheduler.now()} ${actor}: ${what}`);
      const outcome = await command(stage.open(actor)).catch((error: unknown) => {
        if (!isWaxsealError(error)) told.strange.push(`${what}: ${String(error)}`);
        return error;
      });
      record.lines.push(`${scheduler.now()} ${actor}: ${what} -> ${brief(outcome)}`);
    }
  };
}

/** Notes the names of conflicts that were told. */
export function hear(stage: Stage, conflicts: readonly SyncConflict[]): void {
  for (const { kind, name } of conflicts) if (kind === 'secret') report(stage, name);
}

function report({ told, record }: Stage, name: string): void {
  told.conflicts.set(name, record.counted.size);
}

function acknowledge(stage: Stage, write: Acknowledged & { readonly changed: boolean }): void {
  stage.told.acknowledged.push(write);
  if (write.behind.some(({ error }) => error.code === 'conflict')) report(stage, write.name);
}

/** An outcome on one line; there is no value in it. */
export function brief(outcome: unknown): string {
  if (outcome instanceof Error)
    return `${isWaxsealError(outcome) ? outcome.code : 'error'}: ${outcome.message}`;
  return JSON.stringify(outcome, (_, value: unknown) =>
    value instanceof Error ? brief(value) : value instanceof Uint8Array ? '…' : value,
  );
}
