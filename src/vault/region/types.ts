/** What looking at a vault's regions gives, and what bringing them together takes and gives. */
import type { WaxsealError } from '../../errors.ts';
import type { PutBack } from '../key/rotate/types.ts';

/** How a region's copy stands to the one that counts. */
export type CopyState = 'equal' | 'behind' | 'ahead' | 'diverged' | 'missing' | 'unreadable' | 'unreachable';

/** One secret in one region. */
export interface CellStatus {
  readonly state: CopyState;
  /** The revision of what counts there; undefined where nothing does. */
  readonly revision?: number | undefined;
  /** A write that lost a race lies on top of it; readers pass it over. */
  readonly void: boolean;
  /** Why it is not to be trusted. */
  readonly problem?: WaxsealError | undefined;
}

/** One secret in all regions. */
export interface EntryStatus {
  readonly name: string;
  /** The highest revision that can be trusted; 0 where there is none. */
  readonly revision: number;
  /** When that revision expires, in ms since 1970. */
  readonly expiresAt?: number | undefined;
  /** A deleted secret: whether every region holds its tombstone. Only then it may be purged. */
  readonly tombstone?: 'pending' | 'everywhere' | undefined;
  /** By region, home first. */
  readonly cells: Readonly<Record<string, CellStatus>>;
  /** Whether a region that answers holds something else than home. A tombstone that is missing is none of it. */
  readonly drift: boolean;
  /** Why its copies could not be compared by their histories, or not be opened; then numbers and names were believed. */
  readonly problem?: WaxsealError | undefined;
}

/** A region's release. */
export interface ReleaseCopy {
  readonly state: CopyState;
  /** Undefined where there is none, or none that can be read. */
  readonly number?: number | undefined;
  /** The SHA-256 of the head, in hexadecimal digits: the same digest is the same release, to the last value. */
  readonly digest?: string | undefined;
  readonly problem?: WaxsealError | undefined;
}

/** A region's data key record. */
export interface DataKeyCopy {
  /** `retired`: it names an older data key than has sealed already, and writers refuse it. */
  readonly state: 'equal' | 'missing' | 'differs' | 'retired' | 'unreadable' | 'unreachable';
  readonly dataKeyId?: string | undefined;
}

/** One region. */
export interface RegionStatus {
  readonly region: string;
  readonly home: boolean;
  /** Why it did not answer. */
  readonly error?: WaxsealError | undefined;
  readonly release: ReleaseCopy;
  readonly dataKey: DataKeyCopy;
}

/** The vault's current data key, as home's record names it, and what is not under it. */
export interface DataKeyStatus {
  readonly id: string;
  readonly generation: number;
  /** In ms since 1970, by the clock of whoever made it. */
  readonly createdAt: number;
  /** In ms; never below 0. */
  readonly age: number;
  /** It is older than the vault lets it become: waxseal key rotate. */
  readonly due: boolean;
  /** The record is a retired one's: nothing can be written. */
  readonly putBack?: PutBack | undefined;
  /** Entries that are still under another, retired data key. */
  readonly retired: number;
  /** The release is, too. */
  readonly releaseRetired: boolean;
}

/** A vault in all its regions. */
export interface VaultStatus {
  /** Whether there is a vault at all. */
  readonly exists: boolean;
  readonly entries: readonly EntryStatus[];
  /** Home first. */
  readonly regions: readonly RegionStatus[];
  /** Undefined where no region that answered has a record that can be read. */
  readonly dataKey?: DataKeyStatus | undefined;
  /** Every region answered, and all of them hold the same. */
  readonly equal: boolean;
}

/** The releases of all regions, and nothing else. */
export interface ReleaseStatus {
  /** Home first. */
  readonly regions: readonly (ReleaseCopy & { readonly region: string })[];
  readonly equal: boolean;
}

/** Which side wins where both were written. */
export interface SyncPreference {
  /** A region, for everything. */
  readonly region?: string | undefined;
  /** A region for each of these secrets; goes over `region`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
}

/** How regions are brought together. */
export interface SyncOptions {
  readonly prefer?: SyncPreference | undefined;
  /** A publish that reconciles follows: releases that know nothing of each other are left to it, whatever is preferred. */
  readonly publishes?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the things that differ are through. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What is brought from region to region. */
export type SyncKind = 'secret' | 'data-key' | 'release' | 'pinned' | 'parts';

/** One thing that is brought to one region. */
export interface SyncAction {
  readonly kind: SyncKind;
  /** The secret's name; for the others a word or two. */
  readonly name: string;
  readonly how: /** It is not there. */
    | 'create'
    /** What is there is older, and known to be. */
    | 'forward'
    /** What is there is not to be trusted. */
    | 'replace'
    /** It is there, but parts of it are missing or changed. */
    | 'complete'
    /** Both were written: what was preferred is sealed anew above both. */
    | 'merge'
    /** What was preferred takes the place of the other side, which stays in the history. */
    | 'overwrite';
  /** The region that it comes from. */
  readonly from: string;
  readonly to: string;
  /** The revision, the release's number, the data key's generation; of a merge that was done, the one that it made. */
  readonly revision: number;
  readonly deleted: boolean;
}

/** One region's side of a conflict. Nothing of the value. */
export interface ConflictSide {
  readonly region: string;
  readonly revision: number;
  /** In ms since 1970, by the writer's clock. */
  readonly sealedAt: number;
  /** The ARN of who wrote it, where the history may be read and still has it. */
  readonly writtenBy?: string | undefined;
  readonly deleted: boolean;
  readonly dataKeyId: string;
}

/** What was written in several regions, none of which knew of the other. */
export interface SyncConflict {
  readonly kind: SyncKind;
  readonly name: string;
  readonly sides: readonly ConflictSide[];
}

/** A secret that a region still holds though the newest release says that it was deleted. */
export interface Leftover {
  readonly name: string;
  readonly regions: readonly string[];
  readonly revision: number;
  /** The revision of the release's tombstone. */
  readonly deletedAt: number;
}

/** What could not be brought together, and why. */
export interface SyncProblem {
  readonly kind: SyncKind;
  readonly name: string;
  readonly error: WaxsealError;
}

/** Parts of large secrets that no release names any more, and no revision that readers may still want. */
export interface PastParts {
  readonly region: string;
  /** How many parameters. */
  readonly parts: number;
}

/** What would be done. */
export interface SyncPlan {
  /** Whether there is a vault at all. */
  readonly exists: boolean;
  readonly actions: readonly SyncAction[];
  /** What is removed, by region; nothing there where nothing is. */
  readonly past?: readonly PastParts[] | undefined;
  /** Left as they are, until somebody says which side is preferred. */
  readonly conflicts: readonly SyncConflict[];
  /** Left as they are: a name that was purged must not come back. */
  readonly leftovers: readonly Leftover[];
  readonly problems: readonly SyncProblem[];
  /** The regions that did not answer and were left out, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
  /** A publish that follows brings together releases that know nothing of each other. */
  readonly publishes?: boolean | undefined;
}

/** What was done: `actions` are those that were. */
export interface SyncResult extends SyncPlan {
  /** Why it is not in a release yet, where one should have been published with it. */
  readonly unpublished?: WaxsealError | undefined;
}
