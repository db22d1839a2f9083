/** What moving a vault between KMS keys takes and gives. */
import type { WaxsealError } from '../../../errors.ts';

/** How many parameters of one region are meant, by what they are. */
export interface KeyCounts {
  /** Secrets as they stand. */
  readonly entries: number;
  /** Secrets that are deleted. */
  readonly tombstones: number;
  /** The data key's record: one or none. */
  readonly dataKey: number;
  /** The release's head: one or none. */
  readonly release: number;
  /** Heads of pinned releases. */
  readonly pinned: number;
}

/** What is not to be trusted, or could not be read as what it should be, and is left as it is. */
export interface KeyProblem {
  readonly region: string;
  /** A secret's name, or the name of what is waxseal's own. */
  readonly name: string;
  readonly error: WaxsealError;
}

/** Which way a vault is rewrapped. */
export interface RewrapOptions {
  /**
   * The bare id of the KMS key to go under, which the applications accept already. Default: the KMS key that each data
   * key is under, whose newest material is taken.
   */
  readonly to?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a rewrap is carried out. */
export interface RewrapRun extends RewrapOptions {
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What is to be written in one region. */
export interface RewrapRegion {
  readonly region: string;
  readonly counts: KeyCounts;
  /** Parameters to write, all together: one Put each. */
  readonly writes: number;
}

/** A rewrap as it is found. */
export interface RewrapPlan {
  /** Whether there is anything at all below the vault's path. */
  readonly exists: boolean;
  /** The regions that answered, home first. */
  readonly regions: readonly RewrapRegion[];
  /** The bare ids of the KMS keys that what is to be written says it is under. */
  readonly from: readonly string[];
  /** Calls to KMS that it takes. */
  readonly kmsCalls: number;
  readonly problems: readonly KeyProblem[];
  /** The replicas that did not answer, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}

/** What a rewrap did. */
export interface RewrapResult extends Pick<RewrapPlan, 'exists' | 'from' | 'kmsCalls' | 'problems'> {
  /** What was written, home first. */
  readonly regions: readonly RewrapRegion[];
  /** Regions that were not seen to their end, and why: there may be something left in them. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
  /** Parameters that are still to be written in regions that were seen: others kept writing. */
  readonly left: number;
}

/** What of one region refers to a KMS key. */
export interface RegionKeyUsage {
  readonly region: string;
  /** What stands. */
  readonly current: KeyCounts;
  /** Versions below what stands. */
  readonly history: number;
}

/** What still refers to a KMS key. */
export interface KeyUsage {
  readonly exists: boolean;
  /** The regions that answered, home first. */
  readonly regions: readonly RegionKeyUsage[];
  /** What does not say which KMS key it is under. */
  readonly problems: readonly KeyProblem[];
  /** The regions that did not answer, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}
