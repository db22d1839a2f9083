/** What a drill finds. Names, numbers and times only: never a value, nor its length. */
import type { WaxsealError } from '../../errors.ts';

/** How a drill goes on. */
export interface DrillProgress {
  readonly done: number;
  readonly total: number;
}

/** How a drill is run. */
export interface DrillOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DrillProgress) => void) | undefined;
}

/** A start from one region alone: how it went, and how long it took. */
export type DrilledLoad =
  | {
      readonly ok: true;
      /** From the first call to the last secret opened, in ms. */
      readonly ms: number;
      /** Secrets that the application gets. */
      readonly secrets: number;
      /** The release's number; undefined where none was ever published, so that entries were read. */
      readonly release: number | undefined;
    }
  | { readonly ok: false; readonly ms: number; readonly error: WaxsealError };

/** How a region's entries, tombstones among them, stand to those that they are compared with, by their digests. */
export interface DrilledEntries {
  /** All names that the region or the one compared with holds. */
  readonly compared: number;
  readonly equal: number;
  readonly behind: number;
  readonly missing: number;
  readonly diverged: number;
  /** Higher revisions than the region compared with has, or names that it does not have. */
  readonly ahead: number;
  readonly unreadable: number;
}

/** A write that would have been lost with the region that is compared with. */
export interface LostWrite {
  readonly name: string;
  /** The revision that would have been lost. */
  readonly revision: number;
  /** The revision that the region has; undefined where it has none that can be read. */
  readonly has: number | undefined;
  readonly deleted: boolean;
  /** When it was sealed, in ms since 1970, by its writer's clock. */
  readonly sealedAt: number;
}

/** One region in a drill. */
export interface DrilledRegion {
  readonly region: string;
  readonly role: 'home' | 'replica';
  /** The bare id of the KMS key that opened the vault there, as KMS said it; undefined where none did. */
  readonly kmsKeyId: string | undefined;
  /** The first start with home cut off, over connections as they were; undefined for home. */
  readonly failover: DrilledLoad | undefined;
  /** A start with every other region cut off, over connections that are open: these times compare. */
  readonly alone: DrilledLoad;
  /** Names of secrets that a start there gets otherwise than from the region compared with. */
  readonly differing: readonly string[];
  /** Undefined where one of the two could not be listed. */
  readonly entries: DrilledEntries | undefined;
  /** What its entries could not be compared for. */
  readonly entriesError: WaxsealError | undefined;
  readonly lost: readonly LostWrite[];
  /** How long ago the newest of the lost writes was made, in whole seconds. */
  readonly newestLostSeconds: number | undefined;
  /** Why no write could be taken there; undefined where the data key record is there and opens. */
  readonly writeProblem: WaxsealError | undefined;
  /** Starts there get exactly what is compared with. */
  readonly carries: boolean;
}

/** What a drill found. */
export interface DrillReport {
  readonly vault: string;
  /** When it began, in ms since 1970. */
  readonly startedAt: number;
  readonly home: string;
  /** The region that the others are compared with: home, or where home is down the one with the newest release. */
  readonly comparedWith: string | undefined;
  /** The release of that region; undefined where there is none. */
  readonly release: number | undefined;
  /** Home first. */
  readonly regions: readonly DrilledRegion[];
  /** There are replicas, and each of them would have carried the application without home. */
  readonly carried: boolean;
}
