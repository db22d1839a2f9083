/** What verifying a vault takes and gives. */
import type { WaxsealError } from '../../errors.ts';

/** How a vault is verified. */
export interface VerifyOptions {
  /**
   * Every kept version of each secret and of the release too, and how each goes on from the one before: one more call
   * for each name, in home alone. Only the history knows who wrote.
   */
  readonly history?: boolean | undefined;
  /**
   * The bare ids of the vault's KMS key and of those that are accepted beside it: in the midst of a move from one to
   * the other, a descriptor may name either. Default: only the one that the data key is under.
   */
  readonly kmsKeys?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many parameters, and histories, are through; the total grows while regions are listed. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** How grave a finding is. */
export type Gravity =
  /** What is stored is not to be trusted. */
  | 'fault'
  /** It could not be verified. */
  | 'unverified'
  /** Regions do not hold the same. */
  | 'drift'
  /** Worth telling, and as it may be. */
  | 'note';

/** What is wrong, or worth telling. */
export type FindingKind =
  // Faults: the codes of what does not open, and what only a comparison shows.
  | 'malformed'
  | 'misplaced'
  | 'decrypt_failed'
  | 'foreign_key'
  | 'never_valid'
  | 'release_incomplete'
  /** A part of a large secret that is gone, or is not the one that its entry names; or a release names an entry that is gone. */
  | 'large_incomplete'
  /** An older authentic one lies where a newer one was. */
  | 'replayed'
  /** Another one of the same revision than the release holds. */
  | 'replaced'
  /** The release holds it, or entries need it, and it is gone. */
  | 'removed'
  /** A part of a release that is not the one that its head names. */
  | 'part_replaced'
  /** The data key record names an older data key than what was sealed already. */
  | 'data_key_put_back'
  /** A revision that was not made on top of the one before. */
  | 'chain_broken'
  // Not verified.
  | 'no_answer'
  | 'not_opened'
  // Drift.
  | 'differs'
  | 'lacking'
  // Notes.
  /** No region holds a release: nothing vouches for the set of secrets. */
  | 'no_release'
  | 'staged'
  /** The same value as in the release, under a newer data key: a rotation is under way, or was cut off. */
  | 'sealed_anew'
  | 'retired_data_key'
  /** A version of the past under a KMS key that is not accepted any more: it cannot be verified. */
  | 'former_key'
  /** A write that never counted: it lost a race, or it is a copy that somebody put there. */
  | 'void'
  | 'left_over'
  | 'history_cut';

/** One thing that was found. Nothing of a value, not even its length. */
export interface Finding {
  readonly gravity: Gravity;
  readonly kind: FindingKind;
  readonly region: string;
  /** The full parameter name; undefined where it is about the region. */
  readonly parameter?: string | undefined;
  /** Parameter Store's number of the write that it is about. */
  readonly version?: number | undefined;
  /** When it was written, in ms since 1970, by the store's clock. */
  readonly modifiedAt?: number | undefined;
  /** The ARN of who wrote it; undefined where no history was asked. */
  readonly modifiedBy?: string | undefined;
  /** The KMS key that it says it is under, where that is what the finding is about. */
  readonly kmsKeyId?: string | undefined;
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
}

/**
 * What a parameter came to: `authentic`, the gravest of its findings, or `unauthenticated` for what nothing vouches
 * for: the descriptor, and what no release or entry needs.
 */
export type Verdict = 'authentic' | 'unauthenticated' | FindingKind;

/** One parameter as it lay in one region. */
export interface VerifiedParameter {
  readonly region: string;
  /** The full parameter name. */
  readonly parameter: string;
  /** The SHA-256 of the stored text, in hexadecimal digits. */
  readonly sha256: string;
  readonly version: number;
  /** In ms since 1970, by the store's clock. */
  readonly modifiedAt: number | undefined;
  /** The ARN of who wrote it; undefined where no history was asked. */
  readonly modifiedBy: string | undefined;
  /** The revision, or a release's number. */
  readonly revision: number | undefined;
  readonly dataKeyId: string | undefined;
  /** The bare id of the KMS key that opened its data key, as KMS said it. */
  readonly kmsKeyId: string | undefined;
  /** The id of that key's material, where KMS says it. */
  readonly kmsKeyMaterialId: string | undefined;
  readonly verdict: Verdict;
}

/** One region. */
export interface VerifiedRegion {
  readonly region: string;
  readonly home: boolean;
  /** Why it did not answer; nothing of it was verified then. */
  readonly error: WaxsealError | undefined;
  /** The number of its release, where that is authentic. */
  readonly release: number | undefined;
  /** How many Decrypts of distinct wrapped data keys its KMS answered well. */
  readonly dataKeys: number;
}

/** What verifying found. Fit to be kept: no value and no length of one is in it. */
export interface VerifyReport {
  readonly vault: string;
  /** When it began, in ms since 1970. */
  readonly startedAt: number;
  /** Whether there is a vault at all. */
  readonly exists: boolean;
  /** Whether histories were read. */
  readonly history: boolean;
  /** Home first. */
  readonly regions: readonly VerifiedRegion[];
  readonly parameters: readonly VerifiedParameter[];
  readonly findings: readonly Finding[];
  /** Distinct names of secrets that are there, without those deleted. */
  readonly secrets: number;
  readonly deleted: number;
  /** Distinct data keys that were opened. */
  readonly dataKeys: number;
  /** Versions that the histories gave. */
  readonly versions: number;
  /** No finding is a fault. */
  readonly authentic: boolean;
  /** Every region answered and all of it could be opened. */
  readonly complete: boolean;
  /** No finding is drift. */
  readonly equal: boolean;
}
