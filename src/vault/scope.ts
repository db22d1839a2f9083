/** What every part of an open vault works with. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Entry } from '../envelope/index.ts';
import { checkVaultPath, parameterName, RESERVED_FOLDER } from '../secret-name.ts';
import { DataKeyRing } from './data-keys.ts';
import type { Region } from './ports.ts';
import type { VaultOptions } from './types.ts';

/** How long home may be silent before the next region is asked too, in ms, unless it is said otherwise. */
export const HEDGE_AFTER = 300;

/** An open vault's inside: its options with the defaults filled in, and its data keys. */
export interface VaultScope {
  readonly path: string;
  readonly home: Region;
  readonly replicas: readonly Region[];
  /** Home first. */
  readonly regions: readonly [Region, ...Region[]];
  readonly tier: 'standard' | 'advanced';
  /** In ms. */
  readonly timeout: number;
  /** In ms. */
  readonly hedgeAfter: number;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly pause: (ms: number) => Promise<void>;
  readonly dataKeys: DataKeyRing;
  /** The full name of the data key record. */
  readonly dataKeyName: string;
  /** What this process wrote to home, by full parameter name: a listing may not show it yet. */
  readonly written: Map<string, Written>;
}

/** An entry that home took, and its text. */
export interface Written {
  readonly entry: Entry;
  readonly text: string;
}

/** Fills in the defaults. @throws WaxsealError `invalid_name` */
export function createScope(options: VaultOptions): VaultScope {
  const path = checkVaultPath(options.path);
  const [home, ...replicas] = options.regions;
  const now = options.now ?? Date.now;
  const random = options.randomBytes ?? randomBytes;
  return {
    path,
    home,
    replicas,
    regions: options.regions,
    tier: options.tier ?? 'standard',
    timeout: options.timeout ?? 10_000,
    hedgeAfter: options.hedgeAfter ?? HEDGE_AFTER,
    now,
    randomBytes: random,
    pause: options.pause ?? ((ms) => wait(ms)),
    dataKeys: new DataKeyRing(path, now, random),
    dataKeyName: parameterName(path, `${RESERVED_FOLDER}/data-key`),
    written: new Map(),
  };
}
