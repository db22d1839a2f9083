/** A vault in three regions and all that a random history needs around it, drawn from one seed. */
import { createVault, type Region, type Vault } from '../../../src/vault/index.ts';
import { createScheduler } from '../../support/scheduler.ts';
import { randomNumbers } from '../../support/seed.ts';
import type { Told } from './history-actors.ts';
import { reach, type Surroundings } from './history-reach.ts';
import { createRecord } from './history-record.ts';
import { createWeather } from './history-weather.ts';

/** An empty vault in three regions, and its path. */
export interface EmptyVault {
  readonly path: string;
  readonly regions: readonly [Region, Region, Region];
}

/** What an actor works with. */
export interface Stage extends Surroundings {
  readonly random: () => number;
  readonly told: Told;
  /** Home first. */
  readonly regions: readonly [string, ...string[]];
  /** Opens a vault for an actor, as a new process would. */
  open(actor: string, actAsHome?: string): Vault;
  /** Opens a vault that knows no turns and no faults, in all regions or in one alone. */
  calm(only?: Region): Vault;
}

/** @param actors - who may be cut off from a region */
export function createStage(vault: EmptyVault, from: number, actors: readonly string[]): Stage {
  const random = randomNumbers(from);
  const scheduler = createScheduler(random);
  const record = createRecord(scheduler.now);
  const regions = vault.regions.map(({ name }) => name) as unknown as Stage['regions'];
  const weather = createWeather(random, { actors, regions }, (line) =>
    record.lines.push(`${scheduler.now()} ${line}`),
  );
  const told: Told = {
    acknowledged: [],
    conflicts: new Map(),
    values: new Map(),
    strange: [],
  };
  const surroundings = { scheduler, weather, record };
  const options = {
    path: vault.path,
    now: (): number => 1_800_000_000_000 + scheduler.now(),
    randomBytes: (length: number): Uint8Array => Uint8Array.from({ length }, () => random() * 256),
    timeout: 60_000,
    hedgeAfter: 60_000,
  };
  const ways = (actor: string, to: readonly Region[], calm: boolean): readonly [Region, ...Region[]] =>
    to.map((region) => reach(surroundings, actor, region, calm)) as unknown as readonly [Region, ...Region[]];
  return {
    ...surroundings,
    random,
    told,
    regions,
    open: (actor, actAsHome) =>
      createVault({
        ...options,
        regions: ways(actor, vault.regions, false),
        actAsHome,
        pause: scheduler.pause,
      }),
    calm: (only) =>
      createVault({
        ...options,
        regions: ways('calm', only === undefined ? vault.regions : [only], true),
        pause: () => Promise.resolve(),
      }),
  };
}

/** Does what is said, and tells everything that happened when it fails. */
export async function withTrace<T>({ record }: Pick<Stage, 'record'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}\n\nwhat happened:\n${record.lines.join('\n')}`, { cause });
  }
}
