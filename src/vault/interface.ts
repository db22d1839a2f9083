/** An open vault, as everybody outside this folder sees it. */
import type {
  BackupOptions,
  BackupResult,
  BackupSource,
  RestoreOptions,
  RestoreResult,
} from './backup/types.ts';
import type { DataKeyUse } from './data-key-cache.ts';
import type { DrillOptions, DrillReport } from './drill/report.ts';
import type { KeyUsage, RewrapOptions, RewrapPlan, RewrapResult, RewrapRun } from './key/rewrap/types.ts';
import type { RotateOptions, RotationPlan, RotationResult } from './key/rotate/types.ts';
import type { ReleaseStatus, SyncOptions, SyncPlan, SyncResult, VaultStatus } from './region/types.ts';
import type {
  BootOptions,
  ListedRelease,
  ReleaseDifference,
  ReleaseState,
  SealedTexts,
} from './release/types.ts';
import type {
  BehindRegion,
  Booted,
  HistoryItem,
  ImportItem,
  ImportProgress,
  ImportResult,
  Listing,
  PublishResult,
  PurgeRequest,
  PurgeResult,
  Secret,
  SecretRevision,
  UndoResult,
  ValueSize,
  WhichRevision,
  WriteRequest,
  WriteResult,
} from './types.ts';
import type { VerifyOptions, VerifyReport } from './verify/types.ts';

/** An open vault. */
export interface Vault {
  readonly path: string;
  /** Region names, home first, or what acts as home. */
  readonly regions: readonly string[];
  /** The real home while another region acts as home. */
  readonly actsFor: string | undefined;
  /** Reads one secret. @throws WaxsealError `not_found`, and all that reading can meet */
  get(name: string, options?: { readonly signal?: AbortSignal; readonly region?: string }): Promise<Secret>;
  /** Seals and writes one secret, home first, then all replicas at once. */
  set(name: string, value: Uint8Array, request?: WriteRequest): Promise<WriteResult>;
  /** What a value would take under a name. Nothing is asked of AWS. */
  sizeOf(name: string, value: Uint8Array): ValueSize;
  /** Writes a tombstone. @throws WaxsealError `not_found` */
  delete(name: string, request?: Pick<WriteRequest, 'expectRevision' | 'signal'>): Promise<WriteResult>;
  /**
   * Removes a deleted secret for good, its history included, in all regions. Started again it finishes.
   * @throws WaxsealError `conflict` when it is not deleted in every region; `not_found`; nothing was removed then
   */
  purge(name: string, request?: PurgeRequest): Promise<PurgeResult>;
  /** All secrets and their copies. A bad one is listed with its problem; it hides no good one. */
  list(options?: { readonly signal?: AbortSignal }): Promise<Listing>;
  /**
   * Opens all secrets, from one region.
   * @throws WaxsealError when a single one is not to be trusted; `vault_unknown` when there is no vault at all
   */
  load(options?: { readonly signal?: AbortSignal }): Promise<ReadonlyMap<string, Secret>>;
  /** A secret's revisions, newest first, as home keeps them, or the first region that answers. @throws WaxsealError `not_found` */
  history(
    name: string,
    options?: { readonly signal?: AbortSignal; readonly values?: boolean | undefined },
  ): Promise<readonly HistoryItem[]>;
  /**
   * Opens one revision that home keeps, or the first region that answers, or else any of them. Anybody who may put
   * parameters can write into a history: only what is authentic, counted, and stood once by the chain of
   * revisions is given, as far as these are kept.
   * @throws WaxsealError `not_found` when it is not kept; `never_valid` when it never counted; `conflict` when two are
   *   kept and it cannot be told which one counted; and all that reading can meet
   */
  revision(
    name: string,
    which: WhichRevision,
    options?: { readonly signal?: AbortSignal },
  ): Promise<SecretRevision>;
  /**
   * Gives one secret the value and expiry of an older revision again, as a new revision on top of what stands.
   * {@link rollback} does that for all secrets by a release.
   * @throws WaxsealError as {@link revision}; `not_found` also where it was deleted at that revision
   */
  rollbackSecret(
    name: string,
    revision: number,
    request?: Pick<WriteRequest, 'expectRevision' | 'signal'>,
  ): Promise<UndoResult>;
  /**
   * Gives a deleted secret its last value and expiry again, as a new revision.
   * @throws WaxsealError `already_exists` when it is not deleted; `not_found` when it was purged, or none is kept
   */
  undelete(name: string, request?: Pick<WriteRequest, 'expectRevision' | 'signal'>): Promise<UndoResult>;
  /** What an import would do; writes nothing. Sizes and names are checked. */
  planImport(
    items: readonly ImportItem[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<ImportResult>;
  /**
   * Writes what differs. Started again after an interruption it goes on where it was, for what is written is equal.
   * @throws WaxsealError the first failure, when what was begun has ended; `cancelled` when the signal fires
   */
  import(
    items: readonly ImportItem[],
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ImportProgress) => void },
  ): Promise<ImportResult>;
  /**
   * Opens all secrets by the vault's release: one read and one Decrypt. Where none was ever published the entries are
   * read by path.
   * @throws WaxsealError `release_missing`, `release_too_old`, `release_incomplete`, and what {@link load} throws
   */
  boot(options?: BootOptions): Promise<Booted>;
  /**
   * Opens a release that was kept, by KMS alone: for when Parameter Store fails in all regions.
   * @throws WaxsealError `malformed`, `misplaced`, `decrypt_failed`, and what KMS can answer
   */
  bootFrom(
    sealed: SealedTexts,
    options?: Pick<BootOptions, 'signal' | 'floor' | 'seen' | 'large'>,
  ): Promise<Booted>;
  /** Whether the release is still the one with this head: one call. @returns false where it is not, or not known */
  isCurrent(sealed: SealedTexts, options?: { readonly signal?: AbortSignal }): Promise<boolean>;
  /**
   * Seals all entries of home as a release and brings it to every region. Nothing is written when it holds them already.
   * With `reconcile` the releases of all regions are looked at first: where one was published that home's knows nothing
   * of, the next has a number above all of them and no revision that is lower than in any of them. With `atLeast` its
   * number is that or a higher one, also when nothing changed: applications that saw it take nothing older.
   */
  publish(options?: {
    readonly signal?: AbortSignal;
    readonly reconcile?: boolean;
    readonly atLeast?: number | undefined;
  }): Promise<PublishResult>;
  /** The releases that home keeps, newest first. */
  releases(options?: { readonly signal?: AbortSignal }): Promise<readonly ListedRelease[]>;
  /** How the newest release stands to the entries, and where it has arrived. */
  compareRelease(options?: { readonly signal?: AbortSignal }): Promise<ReleaseState>;
  /** What going back to a release would do to the entries. @throws WaxsealError `release_missing`, `release_incomplete` */
  planRollback(release: number, options?: { readonly signal?: AbortSignal }): Promise<ReleaseDifference>;
  /** Gives the entries the values of a release again, as new revisions, and publishes them under a higher number. */
  rollback(release: number, options?: { readonly signal?: AbortSignal }): Promise<PublishResult>;
  /** Keeps a release for good, in every region. */
  pin(
    release: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly behind: readonly BehindRegion[] }>;
  /**
   * Loads the vault from each region alone and compares it with home. Reads and Decrypts only; what is wrong with a
   * region is in the report.
   */
  drill(options?: DrillOptions): Promise<DrillReport>;
  /** How the vault stands in all its regions. A region that does not answer is part of it. */
  status(options?: { readonly signal?: AbortSignal }): Promise<VaultStatus>;
  /**
   * Opens everything that is stored, in every region by that region's own KMS, and holds it against the release, the
   * data key record and the other regions. Reads and Decrypts only; what is wrong is in the report.
   * @throws WaxsealError `cancelled`; home's failure, when no region answered at all
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** How the releases stand, by one GetParameters a region and without KMS: what a head says of itself is believed. */
  releaseStatus(options?: { readonly signal?: AbortSignal }): Promise<ReleaseStatus>;
  /** What {@link sync} would do; writes nothing. @throws WaxsealError `usage` */
  planSync(options?: Omit<SyncOptions, 'onProgress'>): Promise<SyncPlan>;
  /**
   * Brings all regions together, home too. What was made on top of the other is copied; what was not is a conflict, left
   * as it is unless a side is preferred. Started again after an interruption it goes on.
   * @throws WaxsealError `usage`, `cancelled`
   */
  sync(options?: SyncOptions): Promise<SyncResult>;
  /**
   * Writes all of home as it lies there, sealed, with its history, piece by piece.
   * @param write - takes the next piece of text; there is no other before it is done
   */
  backup(write: (text: string) => Promise<void>, options?: BackupOptions): Promise<BackupResult>;
  /**
   * Puts a backup into this vault, which is empty or holds what an earlier try wrote.
   * @throws WaxsealError `malformed`, `conflict`, `usage`: nothing was written then
   */
  restore(source: BackupSource, options?: RestoreOptions): Promise<RestoreResult>;
  /** What became of data keys since the vault was opened. */
  dataKeyUse(): DataKeyUse;
  /** What {@link rotate} would do; writes nothing. */
  planRotation(options?: { readonly signal?: AbortSignal }): Promise<RotationPlan>;
  /**
   * Makes a new data key, seals every entry anew under it as a new revision, and the release; or finishes a rotation
   * that was cut off. What somebody writes meanwhile stands. Started again after an interruption it goes on.
   * @throws WaxsealError `usage` while another region acts as home; the first failure, when what was begun has ended
   */
  rotate(options?: RotateOptions): Promise<RotationResult>;
  /**
   * What {@link rewrap} would write; writes nothing. KMS is asked to wrap the data keys anew, so that what it refuses is
   * known. No data key is opened.
   * @throws WaxsealError what KMS and home say
   */
  planRewrap(options?: RewrapOptions): Promise<RewrapPlan>;
  /**
   * Puts every wrapped data key under another KMS key, or under the newest material of its own. Values, revisions and
   * releases stay what they are. Started again after an interruption it goes on.
   * @throws WaxsealError as planning does, and nothing was written then; `cancelled`
   */
  rewrap(options?: RewrapRun): Promise<RewrapResult>;
  /** What still refers to a KMS key, by its bare id. A region that does not answer is part of it. */
  keyUsage(kmsKeyId: string, options?: { readonly signal?: AbortSignal }): Promise<KeyUsage>;
  /** Wipes the data keys. The vault cannot be used after it. */
  close(): void;
}
