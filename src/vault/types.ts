/** What a vault takes and gives. */
import type { WaxsealError } from '../errors.ts';
import type { DataKeyPolicy } from './data-key-cache.ts';
import type { RegionHealth } from './health.ts';
import type { Region } from './ports.ts';
import type { CopyState } from './region/types.ts';
import type { SealedTexts, SeenRelease } from './release/types.ts';

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
  /** Whether it lies in several parameters. */
  readonly large?: boolean | undefined;
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
  /** In how many parts a large value was written, each a standard parameter; undefined for one that fits into its own. */
  readonly parts?: number | undefined;
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
  /** Told how many parts of a large value are written, of those of all regions; never called for any other. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a value takes in Parameter Store. */
export interface ValueSize {
  /** Parameters in each region: 1, or of a large value one for its entry and one for each of its parts. */
  readonly parameters: number;
  /** Whether it is too large for a secret. */
  readonly tooLarge: boolean;
  /** Whether one advanced parameter would hold it, which AWS charges for, where the vault's standard ones do not. */
  readonly oneAdvanced: boolean;
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
   * Its value lay in several parameters, of which some are in no region any more: publishes remove those of the past.
   * The revision itself is as authentic as any other.
   */
  readonly partsGone?: boolean | undefined;
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
  /** Names of large secrets that were not loaded, since nobody asked for them. */
  readonly leftOut: readonly string[];
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
