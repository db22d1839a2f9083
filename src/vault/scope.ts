/** What every part of an open vault works with. */
import { randomBytes } from 'node:crypto';
import type { Entry } from '../envelope/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkVaultPath, parameterName, RESERVED_FOLDER } from '../secret-name.ts';
import { DataKeyRing } from './data-keys.ts';
import { createHealth, type RegionHealth } from './health.ts';
import { createPace, paced } from './pace.ts';
import type { Region } from './ports.ts';
import type { VaultOptions } from './types.ts';

/** How long home may be silent before the next region is asked too, in ms, unless it is said otherwise. */
export const HEDGE_AFTER = 300;

/** How old a data key may become, in ms, unless it is said otherwise: 365 days. */
const DATA_KEY_MAX_AGE = 365 * 86_400_000;

/** An open vault's inside: its options with the defaults filled in, and its data keys. */
export interface VaultScope {
  readonly path: string;
  readonly home: Region;
  readonly replicas: readonly Region[];
  /** Home first. */
  readonly regions: readonly [Region, ...Region[]];
  /** The real home, one of the replicas here, while another region acts as home. */
  readonly actsFor: Region | undefined;
  /** Which regions did not answer a read lately: a home that is only slow is among them. */
  readonly health: RegionHealth;
  /** Whether the real home was given time and did not answer, which is why another region may act. */
  readonly absence: RegionHealth;
  /** Counts the replicas' failures while many entries are written, and gives up those that keep failing. */
  readonly strikes?: Strikes | undefined;
  readonly tier: 'standard' | 'advanced';
  /** Told of parts of a large secret that were written to a region: how many, of how many there. */
  readonly onParts?: ((region: string, done: number, total: number) => void) | undefined;
  /** In ms. */
  readonly timeout: number;
  /** In ms. */
  readonly hedgeAfter: number;
  /** In ms. */
  readonly dataKeyMaxAge: number;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly pause: (ms: number) => Promise<void>;
  readonly dataKeys: DataKeyRing;
  /** The full name of the data key record. */
  readonly dataKeyName: string;
  /**
   * The full name of the descriptor, by which a write makes sure that it is decided at home; undefined for whoever acts
   * as home on purpose, who is not asked.
   */
  readonly descriptorName: string | undefined;
  /** What this process wrote to home, by full parameter name: a listing may not show it yet. */
  readonly written: Map<string, Written>;
}

/** Failures of replicas, in a row. */
export interface Strikes {
  /** Why a replica is not tried any more; undefined while it is. */
  gaveUp(region: string): WaxsealError | undefined;
  failed(region: string, error: WaxsealError): void;
  worked(region: string): void;
}

/** An entry that home took, and its text. */
export interface Written {
  readonly entry: Entry;
  readonly text: string;
}

/** Fills in the defaults. @throws WaxsealError `invalid_name`; `usage` when no region of the vault can act as home so */
export function createScope(options: VaultOptions): VaultScope {
  const path = checkVaultPath(options.path);
  const now = options.now ?? Date.now;
  const pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const regions = homeFirst(options).map((region) =>
    paced(region, createPace({ now, pause }, options.rate)),
  ) as [Region, ...Region[]];
  const [home, ...replicas] = regions;
  const realHome = options.regions[0].name;
  const acting = home.name !== realHome;
  const random = options.randomBytes ?? randomBytes;
  return {
    path,
    home,
    replicas,
    regions,
    actsFor: replicas.find(({ name }) => name === realHome),
    health: options.health ?? createHealth(now),
    absence: createHealth(now),
    tier: options.tier ?? 'standard',
    timeout: options.timeout ?? 10_000,
    hedgeAfter: options.hedgeAfter ?? HEDGE_AFTER,
    dataKeyMaxAge: options.dataKeyMaxAge ?? DATA_KEY_MAX_AGE,
    now,
    randomBytes: random,
    pause,
    dataKeys: new DataKeyRing(path, now, random, options.dataKeys),
    dataKeyName: parameterName(path, `${RESERVED_FOLDER}/data-key`),
    descriptorName: acting ? undefined : parameterName(path, `${RESERVED_FOLDER}/vault`),
    written: new Map(),
  };
}

/** The regions, the one that acts as home before the others. */
function homeFirst({ regions, actAsHome }: VaultOptions): readonly Region[] {
  if (actAsHome === undefined) return regions;
  const acting = regions.find(({ name }) => name === actAsHome);
  if (acting === undefined) {
    const names = regions.map(({ name }) => name).join(', ');
    throw new WaxsealError('usage', `${actAsHome} cannot act as home: it is no region of the vault`, {
      hint: `its regions are ${names}`,
    });
  }
  return [acting, ...regions.filter((region) => region !== acting)];
}
