/** What taking a backup and restoring it take and give. */
import type { WaxsealError } from '../../errors.ts';
import type { KeyWrapper } from '../ports.ts';

/** A backup's text, from its beginning, in pieces of any length. Read more than once. */
export type BackupSource = () => AsyncIterable<string>;

/** What a backup says of itself. */
export interface BackupHeader {
  /** The vault's path. */
  readonly vault: string;
  /** Regions, home first. */
  readonly regions: readonly string[];
  /** The bare id of the KMS key that wraps the current data key. It tells which key is needed; it is never used as one. */
  readonly kmsKeyId: string;
  /** When it was begun, in seconds since 1970. */
  readonly at: number;
}

/** How much a backup holds. */
export interface BackupCounts {
  /** Secrets, deleted ones too. */
  readonly secrets: number;
  /** Their kept revisions. */
  readonly versions: number;
  readonly pins: number;
}

/** A backup that was read whole: it is as it was written. Nothing of it was opened. */
export interface BackupSummary extends BackupCounts {
  readonly header: BackupHeader;
  /** The SHA-256 of all lines but the last, in hexadecimal: what the last one says. */
  readonly sha256: string;
}

/** How a backup or a restore goes on. */
export interface Step {
  readonly done: number;
  readonly total: number;
}

/** How a backup is taken. */
export interface BackupOptions {
  /** Have KMS open every entry first; default true. What does not open is an error then, else it is left out. */
  readonly verify?: boolean | undefined;
  readonly onProgress?: ((step: Step) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A backup that was taken. */
export interface BackupResult extends BackupSummary {
  /** Versions that were left out: void ones never counted, others are no entries. */
  readonly leftOut: number;
}

/** How a backup is restored. */
export interface RestoreOptions {
  /**
   * The KMS key of the vault that the backup is of, in this vault's home region. Needed for another vault, and where
   * this vault has another key: everything is sealed anew then. Default: this vault's key, entries stay as they are.
   */
  readonly from?: KeyWrapper | undefined;
  /** Check all that can be checked, write nothing. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ((step: Step) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a restore did. */
export interface RestoreResult extends BackupCounts {
  readonly header: BackupHeader;
  /** Sealed anew for this vault: no history and no pins then. */
  readonly sealedAnew: boolean;
  /** The release that was published; undefined for a dry run. */
  readonly release: number | undefined;
  /** Replicas that lack some of it. */
  readonly behind: readonly { readonly region: string; readonly error: WaxsealError }[];
}
