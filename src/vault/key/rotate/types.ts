/** What rotating a vault's data key takes and gives. */
import type { WaxsealError } from '../../../errors.ts';

/** The record of a retired data key lies where the current one's was. */
export interface PutBack {
  /** The generation that the record names. */
  readonly generation: number;
  /** The highest generation that has sealed already. */
  readonly sealed: number;
  /** Something under it was opened; else KMS opened nothing, and it is what entries say of themselves. */
  readonly proved: boolean;
  /** A region whose record names that generation or a newer one, by what it says of itself. */
  readonly newerIn?: string | undefined;
}

/** Why a rotation is what it is. */
export type RotationKind =
  /** A new data key is made, and everything is sealed anew under it. */
  | 'new'
  /** A rotation of before was cut off: it is finished under its data key, and none is made. */
  | 'finish'
  /** Nothing is to be done: there is no data key yet, or somebody else has just rotated it. */
  | 'none';

/** How a data key is rotated. */
export interface RotateOptions {
  /** Publish the entries as they stand; else the release keeps what it holds and is only sealed anew. Default true. */
  readonly publishes?: boolean | undefined;
  /** The id of the data key to replace: where another one is current by now, none is made. Default: any. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the things to seal anew are through. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** An entry, or the release, that stays under the data key that it is under. */
export interface RotationProblem {
  readonly name: string;
  readonly error: WaxsealError;
}

/** What a rotation would do. */
export interface RotationPlan {
  /** Whether there is a vault at all. */
  readonly exists: boolean;
  readonly kind: RotationKind;
  /** The current data key's id; undefined where there is none to be trusted. */
  readonly dataKeyId: string | undefined;
  /** When it was made, in ms since 1970, by the maker's clock. */
  readonly createdAt: number | undefined;
  /** Whether that is longer ago than the vault lets it be; also where there is a rotation to finish, or a record to mend. */
  readonly due: boolean;
  /** The generation that everything is under afterwards. */
  readonly generation: number;
  /** The record names an older data key than has sealed already: somebody put it back. Writers refuse it. */
  readonly retired: boolean;
  /** Entries to seal anew. */
  readonly entries: number;
  /** Parameters to write in each region, about. */
  readonly writes: number;
  readonly problems: readonly RotationProblem[];
  /** The replicas that did not answer, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}

/** What a rotation did. */
export interface RotationResult {
  readonly kind: RotationKind;
  /** The id of the data key that everything is under now. */
  readonly dataKeyId: string | undefined;
  /** Entries that were sealed anew. */
  readonly entries: number;
  /** The number of the release that stands; undefined where there is none. */
  readonly release: number | undefined;
  /** What is not to be trusted, or does not fit, and stayed as it was. */
  readonly problems: readonly RotationProblem[];
  /** Entries that others wrote under the old data key until the end. The next run seals them anew. */
  readonly left: number;
  /** Replicas that lack something of it. */
  readonly behind: readonly { readonly region: string; readonly error: WaxsealError }[];
}
