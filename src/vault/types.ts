/** What a vault takes and gives. */
import type { WaxsealError } from '../errors.ts';
import type {
  BackupOptions,
  BackupResult,
  BackupSource,
  RestoreOptions,
  RestoreResult,
} from './backup/types.ts';
import type { DataKeyPolicy, DataKeyUse } from './data-key-cache.ts';
import type { DrillOptions, DrillReport } from './drill/report.ts';
import type { RegionHealth } from './health.ts';
import type { KeyUsage, RewrapOptions, RewrapPlan, RewrapResult, RewrapRun } from './key/rewrap/types.ts';
import type { RotateOptions, RotationPlan, RotationResult } from './key/rotate/types.ts';
import type { Region } from './ports.ts';
import type {
  CopyState,
  ReleaseStatus,
  SyncOptions,
  SyncPlan,
  SyncResult,
  VaultStatus,
} from './region/types.ts';
import type {
  BootOptions,
  ListedRelease,
  ReleaseDifference,
  ReleaseState,
  SealedTexts,
  SeenRelease,
} from './release/types.ts';
import type { VerifyOptions, VerifyReport } from './verify/types.ts';

/** How a vault is opened. */
export interface VaultOptions {
  /** The vault's path, such as `/acme/prod`. */
  readonly path: string;
  /** The regions, home first, replicas nearest first. */
  readonly regions: readonly [Region, ...Region[]];
  /**
   * The region, one of the vault's, that decides in home's place while home is down. Home is a replica then. A write is
   * refused with `conflict` when home does answer and holds what this region lacks.
   */
  readonly actAsHome?: string | undefined;
  /** The most writes a second in each region; default: as many as AWS takes, and fewer when it asks to slow down. */
  readonly rate?: number | undefined;
  /** A memory of regions that did not answer, to be shared with another vault; default: one of its own. */
  readonly health?: RegionHealth | undefined;
  /** How long and how often a data key is used before KMS is asked for it again; default for five minutes. */
  readonly dataKeys?: DataKeyPolicy | undefined;
  /** The largest parameter tier that may be used; default `standard`. */
  readonly tier?: 'standard' | 'advanced' | undefined;
  /** How long a read, or one attempt of a write, may take, in ms; default 10,000. A listing may take ten times that. */
  readonly timeout?: number | undefined;
  /** After how many ms a read also asks the next region; default 300. */
  readonly hedgeAfter?: number | undefined;
  /** After how many ms a data key is to be rotated; default 365 days. Nothing is refused then: it is said. */
  readonly dataKeyMaxAge?: number | undefined;
  /** The time in ms since 1970; default Date.now. */
  readonly now?: (() => number) | undefined;
  /** Random bytes; default node:crypto's. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined;
  /** Waits so many ms between attempts; default a timer. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

/** A secret, opened. */
export interface Secret {
  readonly name: string;
  /** The value's bytes; may be none. */
  readonly value: Uint8Array;
  /** The value is not text. */
  readonly binary: boolean;
  readonly revision: number;
  /** When it was sealed, in ms since 1970, by the writer's clock. */
  readonly sealedAt: number;
  /** When it expires, in ms since 1970. */
  readonly expiresAt?: number | undefined;
  /** The data key's id. */
  readonly dataKeyId: string;
  /** The region that answered. */
  readonly region: string;
}

/** One line of a listing. Nothing of the value, not even its length. */
export interface ListedSecret {
  readonly name: string;
  readonly revision: number;
  /** In ms since 1970. */
  readonly sealedAt: number;
  /** In ms since 1970. */
  readonly expiresAt?: number | undefined;
  readonly binary: boolean;
  readonly deleted: boolean;
  readonly dataKeyId: string;
  /** Why it cannot be trusted or opened; absent when it was opened well. */
  readonly problem?: WaxsealError | undefined;
  /** Its copies by region, home first. */
  readonly copies: Readonly<Record<string, CopyState>>;
}

/** A vault's secrets as they stand. */
export interface Listing {
  readonly secrets: readonly ListedSecret[];
  /** The region whose copy counted: home, unless home did not answer. */
  readonly region: string;
  /** Whether there is a vault at all: a descriptor, a data key or a secret. A path with nothing below it is none. */
  readonly exists: boolean;
  /** The regions that did not answer, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}

/** A region that did not take a write; the write stands all the same. */
export interface BehindRegion {
  readonly region: string;
  readonly error: WaxsealError;
}

/** What a write did. */
export interface WriteResult {
  readonly name: string;
  readonly revision: number;
  /** False when nothing had to be written. */
  readonly changed: boolean;
  /** Replicas that do not have it yet. */
  readonly behind: readonly BehindRegion[];
  /** When the value before would have expired, or had, in ms since 1970, where the new one never does. */
  readonly endedExpiry?: number | undefined;
  /** Why the write is not in a release yet, where one should have been published with it. */
  readonly unpublished?: WaxsealError | undefined;
}

/** How a write is done. */
export interface WriteRequest {
  /** Write only on top of this revision; 0 for "not there yet". A mismatch is a `conflict`. */
  readonly expectRevision?: number | undefined;
  /**
   * When the secret expires, in ms since 1970, to the second; 0 or nothing for never: a new value does not inherit the
   * expiry of the one before.
   */
  readonly expiresAt?: number | undefined;
  /** Leave the revision alone when it holds this value already and, where `expiresAt` is given, expires then. */
  readonly unlessEqual?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a secret is purged. */
export interface PurgeRequest {
  /** Only when it was deleted at this revision. */
  readonly expectRevision?: number | undefined;
  /** Publish first where a region's release does not have it as deleted; default true. Else that is a `conflict`. */
  readonly publish?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a purge did. */
export interface PurgeResult {
  readonly name: string;
  /** The last revision, which the release remembers: a reborn name goes on above it. */
  readonly revision: number;
  /** The regions where there was something to remove; none when it was purged before. */
  readonly removed: readonly string[];
}

/** One revision in a secret's history. */
export interface HistoryItem {
  readonly revision: number;
  /** In ms since 1970, by the writer's clock. */
  readonly sealedAt: number;
  /** When Parameter Store took it, in ms since 1970. */
  readonly storedAt?: number | undefined;
  /** The ARN of who wrote it, as Parameter Store knows it. */
  readonly writtenBy?: string | undefined;
  /** When it expires, in ms since 1970. */
  readonly expiresAt?: number | undefined;
  readonly deleted: boolean;
  /** The value is not text. */
  readonly binary: boolean;
  readonly dataKeyId: string;
  /** The data key's generation: 1 for the vault's first; 0 for what cannot be read. */
  readonly generation: number;
  /** The value's bytes, where values were asked for, it has one and it can be opened. */
  readonly value?: Uint8Array | undefined;
  /** Why this version cannot be trusted or opened. */
  readonly problem?: WaxsealError | undefined;
  /**
   * The KMS key that it is under, where that is not accepted any more. It does not open, and its `problem` says so; a
   * revision above that does open names its digest, so that it is the one that stood there.
   */
  readonly formerKeyId?: string | undefined;
  /** The parent digest names the revision before it, whether or not that one opens. */
  readonly linked: boolean;
  /** The region that answered. */
  readonly region: string;
}

/** A revision of the past: its number, what stands now, or the newest below a deletion that has a value. */
export type WhichRevision = number | 'now' | 'before-deletion';

/** One revision of a secret, opened. */
export interface SecretRevision extends Omit<Secret, 'value'> {
  /** The value's bytes; undefined where the secret was deleted at it. */
  readonly value: Uint8Array | undefined;
  /** When Parameter Store took it, in ms since 1970. */
  readonly storedAt?: number | undefined;
  /** The ARN of who wrote it, as Parameter Store knows it. */
  readonly writtenBy?: string | undefined;
  /** It is known to have stood, by the chain of revisions; false where those that would tell are no longer kept. */
  readonly linked: boolean;
}

/** What an undo did. */
export interface UndoResult extends WriteResult {
  /** The revision whose value it has again. */
  readonly from: number;
  /** When it expires, as it did then, in ms since 1970; may have passed. */
  readonly expiresAt?: number | undefined;
  /** As {@link SecretRevision.linked}. */
  readonly linked: boolean;
}

/** Many secrets to write. */
export interface ImportItem {
  readonly name: string;
  readonly value: Uint8Array;
}

/** How an import goes on. */
export interface ImportProgress {
  readonly done: number;
  readonly total: number;
}

/** What an import did. */
export interface ImportResult {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  /** Those of the changed ones that had an expiry, and have none with their new value. */
  readonly endedExpiry: readonly string[];
  readonly behind: readonly BehindRegion[];
}

/** What was booted. */
export interface Booted {
  readonly secrets: ReadonlyMap<string, Secret>;
  /** The release's number; undefined when there is none and entries were read. */
  readonly release: number | undefined;
  /** When it was published, in ms since 1970; it is authentic. */
  readonly publishedAt: number | undefined;
  /** The region that answered. */
  readonly region: string;
  /** What to remember for the next boot. */
  readonly seen: SeenRelease | undefined;
  /** The release as it came, sealed. */
  readonly sealed: SealedTexts | undefined;
}

/** What a publish did. */
export interface PublishResult {
  /** The release's number. */
  readonly release: number;
  /** False when the release held all of it already. */
  readonly changed: boolean;
  /** Secrets in it, without those deleted. */
  readonly secrets: number;
  /** Parameters that were written at home: the quota of PutParameter is 3 a second by default. */
  readonly writes: number;
  /** Entries that are not to be trusted and stayed as they were published before. */
  readonly problems: readonly { readonly name: string; readonly error: WaxsealError }[];
  /** Replicas that do not have it yet. */
  readonly behind: readonly BehindRegion[];
}

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
  bootFrom(sealed: SealedTexts, options?: Pick<BootOptions, 'signal' | 'floor' | 'seen'>): Promise<Booted>;
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
