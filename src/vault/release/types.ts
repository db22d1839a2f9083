/** What starts and releases take and give. */

/** How a vault is booted from. */
export interface BootOptions {
  readonly signal?: AbortSignal | undefined;
  /** Take no release below this number. */
  readonly floor?: number | undefined;
  /** Take this release and no other: it has to be pinned. */
  readonly pin?: number | undefined;
  /**
   * What a boot before saw. Its data key is opened beside the reading, not after it; and nothing that is older than
   * that release, nor entries in its place, are taken.
   */
  readonly seen?: SeenRelease | undefined;
  /** Which large secrets are loaded too, by name, each of them a few calls more; default none. */
  readonly large?: ((name: string) => boolean) | undefined;
}

/** A release that was opened, to be remembered. None of it is secret: only KMS opens a wrapped data key. */
export interface SeenRelease {
  readonly release: number;
  readonly dataKeyId: string;
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key: a vault that was made anew has another, and begins at 1 again. */
  readonly kmsKeyId: string;
}

/** A release as it lies in Parameter Store. */
export interface SealedTexts {
  readonly head: string;
  readonly parts: readonly string[];
  /** The parameters of the large secrets that were loaded, by full name: their entries and parts. */
  readonly large?: Readonly<Record<string, string>> | undefined;
}

/** A release in the list. */
export interface ListedRelease {
  readonly number: number;
  /** In ms since 1970, by the publisher's clock. */
  readonly publishedAt: number;
  /** In ms since 1970, by Parameter Store's clock. */
  readonly storedAt?: number | undefined;
  /** The ARN of who published it. */
  readonly publishedBy?: string | undefined;
  /** Secrets in it; undefined when it cannot be opened any more, so that nothing can be rolled back to it. */
  readonly secrets: number | undefined;
  /** Whether a copy of it is pinned at home; undefined where that may not be listed. */
  readonly pinned: boolean | undefined;
  /** Large secrets in it whose parts are no longer kept at home; undefined where that may not be listed. */
  readonly partsGone: readonly string[] | undefined;
}

/** What differs between two sets of secrets. */
export interface ReleaseDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** How the newest release stands to the entries, and where it has arrived. */
export interface ReleaseState extends ReleaseDifference {
  /** The newest release's number at home; undefined when there is none. */
  readonly release: number | undefined;
  /** The number in each region, home first; undefined where there is none, `null` where that is not known. */
  readonly regions: Readonly<Record<string, number | undefined | null>>;
  /** Parameters that a publish would write in each region, at most. */
  readonly writes: number;
}
