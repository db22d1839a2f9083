/** What sealing and opening streams takes. */
import type { Region } from '../vault/index.ts';

/** A vault whose KMS key wraps data keys: an open vault, as `openVault` gives it. */
export interface StreamVault {
  readonly vault: { readonly path: string };
  readonly connection: { readonly regions: readonly Pick<Region, 'name' | 'keys'>[] };
}

/** A data key that serves for many streams. It is wiped by `close`. */
export interface StreamKey {
  /** Who it is, as it stands in what it sealed. */
  readonly id: string;
  /** Overwrites it with zeros; streams under way come to their end. */
  close(): void;
}

/** What a stream is bound to. The one that opens it says the same as the one that sealed it. */
export interface StreamBinding {
  /**
   * Pairs that KMS binds the data key to and checks, such as `{ table: 'orders' }`; they show in CloudTrail and in
   * policies. At most 16. With `key` they are what that key was made with.
   */
  readonly context?: Readonly<Record<string, string>> | undefined;
  /**
   * What it is sealed as, such as a row's id; default nothing. It is not for KMS: where one data key serves for many, it
   * keeps one from being put in the place of another.
   */
  readonly name?: string | undefined;
  /** A data key that is open already; default: one of its own from KMS. */
  readonly key?: StreamKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a stream is sealed. */
export interface EncryptOptions extends StreamBinding {
  /** Bytes of plaintext in a chunk: a power of two from 1,024 to 1,048,576; default 524,288. */
  readonly chunkBytes?: number | undefined;
}

/** How a stream is opened. */
export type DecryptOptions = StreamBinding;
