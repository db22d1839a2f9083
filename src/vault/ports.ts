/** The two things that a vault needs of the world, per region. `src/aws` implements them; tests fake them. */

/** A parameter as it was read. */
export interface StoredParameter {
  /** The full name, without selector. */
  readonly name: string;
  readonly value: string;
  /** Parameter Store's own number of this write in this region. */
  readonly version: number;
  /** When it was written, in ms since 1970, by the store's clock. */
  readonly modifiedAt?: number | undefined;
  /** The ARN of who wrote it; only history tells. */
  readonly modifiedBy?: string | undefined;
}

/** How a parameter is written. */
export interface WriteOptions {
  /** Only when there is none yet; the one atomic condition that Parameter Store has. */
  readonly create: boolean;
  /** The largest tier that may be used; standard unless the value needs more. */
  readonly tier: 'standard' | 'advanced';
  readonly signal?: AbortSignal | undefined;
}

/**
 * Parameter Store in one region. Failures are WaxsealErrors: `denied`, `credentials`, `throttled`, `unreachable`,
 * `timeout`, `rejected` (AWS said no for another reason: nothing was done), `unexpected`.
 */
export interface ParameterStore {
  /** Reads parameters by full name or by `name:version`; what is missing is missing in the answer. */
  read(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, StoredParameter>>;
  /** All parameters below a path, at any depth, in no promised order. */
  list(path: string, signal?: AbortSignal): AsyncIterable<StoredParameter>;
  /** All versions that are kept of one parameter, oldest first. None when there is no such parameter. */
  history(name: string, signal?: AbortSignal): AsyncIterable<StoredParameter>;
  /**
   * Writes once, never again by itself.
   * @returns the Version that the write got
   * @throws WaxsealError `already_exists` when `create` met one; `unreachable` or `timeout` when the outcome is not known
   */
  write(name: string, value: string, options: WriteOptions): Promise<number>;
  /**
   * Removes a parameter and its history, whatever it holds: Parameter Store knows no condition for it. Sent once, so
   * that a lost answer cannot make it hit what was written since.
   * @returns whether it was there
   * @throws WaxsealError `unreachable` or `timeout` when the outcome is not known
   */
  remove(name: string, signal?: AbortSignal): Promise<boolean>;
}

/** A data key as KMS made or opened it. Whoever asked wipes `plaintext`. */
export interface UnwrappedKey {
  readonly plaintext: Uint8Array;
  /** The bare id of the KMS key that did it, from KMS's own answer. */
  readonly kmsKeyId: string;
  /** Which of the KMS key's materials did it, for each rotation makes another; undefined where KMS does not say. */
  readonly kmsKeyMaterialId?: string | undefined;
}

/** A data key that KMS wrapped anew without showing it to anybody. */
export interface RewrappedKey {
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key that it is under now, from KMS's own answer. */
  readonly kmsKeyId: string;
  /** The bare id of the KMS key that it was under. */
  readonly sourceKmsKeyId: string;
  /** Which of its KMS key's materials it is under now; undefined where KMS does not tell. */
  readonly materialId: string | undefined;
  /** Which of its KMS key's materials it was under. */
  readonly sourceMaterialId: string | undefined;
}

/** The vault's KMS key in one region, and those beside it that are accepted during a rewrap. Failures as above, and `key_unusable`, `key_not_found`, `foreign_key`, `decrypt_failed`. */
export interface KeyWrapper {
  /** Gets ready for a call that is going to come, such as by a connection; tells nothing and throws nothing. */
  prepare?(): void;
  /** Makes a data key of 32 bytes, wrapped under the vault's KMS key and bound to `context`. */
  generate(
    context: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<UnwrappedKey & { readonly wrappedKey: Uint8Array }>;
  /**
   * Opens a wrapped data key, by the vault's KMS key or one that is accepted beside it, and no other.
   * @throws WaxsealError `foreign_key` when another KMS key wrapped it, `decrypt_failed` when it was wrapped for
   *   another context or is not what KMS wrote
   */
  unwrap(
    wrappedKey: Uint8Array,
    context: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<UnwrappedKey>;
  /**
   * Wraps a data key anew, bound to the same context, without opening it: under the KMS key `to`, or under the newest
   * material of the one that it is under.
   * @throws WaxsealError as {@link unwrap} does; `denied` when the data key may not be taken from the one key, or not
   *   be put under the other
   */
  rewrap(
    wrappedKey: Uint8Array,
    context: Readonly<Record<string, string>>,
    how: { readonly to?: string | undefined },
    signal?: AbortSignal,
  ): Promise<RewrappedKey>;
}

/** A region as a vault sees it. */
export interface Region {
  readonly name: string;
  readonly parameters: ParameterStore;
  readonly keys: KeyWrapper;
}
