/** The line of a sealed file that every chunk is bound to. */
import { WaxsealError } from '../../errors.ts';
import { decodeBase64, encodeBase64, lengthPrefixed } from '../bytes.ts';
import type { FlatFields } from '../json.ts';
import { COMMITMENT_BYTES, SALT_BYTES, SUITE } from '../suite.ts';
import { type ContextPair, type FileKeyId, formatFileKeyId, parseFileKeyId, readPairs } from './key.ts';

/** What a file is bound to: all of it stands in the additional data of each chunk. */
export interface FileCore {
  /** The path of the vault whose KMS key wraps the data key. */
  readonly vault: string;
  readonly dataKeyId: FileKeyId;
  /** What the user bound the data key to, by the bytes of the keys; KMS checks it. */
  readonly context: readonly ContextPair[];
  /** What it was sealed as, where one data key serves for many; may be empty. */
  readonly name: string;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  /** Seconds since 1970, UTC, by the writer's clock. */
  readonly sealedAt: number;
  /** Bytes of plaintext in each chunk but the last. */
  readonly chunkBytes: number;
}

/** What somebody expects of a file: compared before anything is decrypted. */
export interface FilePlace {
  readonly vault: string;
  readonly context: readonly ContextPair[];
  readonly name: string;
}

/** The least and most bytes of plaintext in a chunk; a power of two in between. */
const MIN_CHUNK = 1024;
const MAX_CHUNK = 1_048_576;

/** The fields of the core in their order. */
export const CORE_FIELDS = ['suite', 'vault', 'dk', 'ctx', 'as', 'salt', 'com', 'at', 'size'] as const;
const VAULT = /^(?=.{2,256}$)(?:\/[A-Za-z0-9_-]+)+$/;
const NAME = /^[ !#-[\]-~]{0,256}$/;

/**
 * Whether a file claims to be what was asked for. It may claim what it likes: only KMS and its chunks prove that.
 * @throws WaxsealError `misplaced`
 */
export function checkFilePlace(core: FileCore, { vault, context, name }: FilePlace): void {
  const refuse = (message: string, hint: string): never => {
    throw new WaxsealError('misplaced', message, { hint });
  };
  if (core.vault !== vault) {
    refuse('it was sealed for another vault', `it says ${core.vault}: open it with that one if you meant it`);
  }
  if (JSON.stringify(core.context) !== JSON.stringify(context)) {
    refuse(
      'it was sealed with another context than the one that was given',
      'give each pair that it was sealed with, and no other; "waxseal file inspect" shows what it says',
    );
  }
  if (core.name !== name)
    refuse('it was sealed under another name', 'somebody put it in the place of another');
}

/** What every chunk is bound to. */
export function fileAad(core: FileCore): Uint8Array {
  return lengthPrefixed(['waxseal file', encodeCore(core)]);
}

/** Reads the core's fields, also where they stand in a document among others. @throws WaxsealError `malformed` */
export function readCore(fields: FlatFields): FileCore {
  if (fields.number('suite') !== SUITE) throw malformed('is of a suite that is not known');
  const core: FileCore = {
    vault: fields.string('vault', VAULT),
    dataKeyId: parseFileKeyId(fields.string('dk')),
    context: readPairs(fields.value('ctx')),
    name: fields.string('as', NAME),
    salt: decodeBase64(fields.string('salt'), 'salt'),
    commitment: decodeBase64(fields.string('com'), 'com'),
    sealedAt: fields.number('at'),
    chunkBytes: fields.number('size'),
  };
  if (core.salt.byteLength !== SALT_BYTES) throw malformed(`has a salt that is not ${SALT_BYTES} bytes`);
  if (core.commitment.byteLength !== COMMITMENT_BYTES) {
    throw malformed(`has a commitment that is not ${COMMITMENT_BYTES} bytes`);
  }
  if (!isChunkSize(core.chunkBytes)) throw malformed('has chunks of a size that is not allowed');
  return core;
}

/** Whether a name can be sealed under: printable ASCII without `"` and `\`, 256 characters at most. */
export function isFileName(name: string): boolean {
  return NAME.test(name);
}

/** Whether chunks may have so many bytes. */
export function isChunkSize(bytes: number): boolean {
  return bytes >= MIN_CHUNK && bytes <= MAX_CHUNK && Number.isInteger(Math.log2(bytes));
}

/** The bound line's one spelling, without its line feed. */
export function encodeCore(core: FileCore): string {
  return JSON.stringify(coreFields(core));
}

/** The core's fields as JSON has them, in their order. */
export function coreFields(core: FileCore): Readonly<Record<(typeof CORE_FIELDS)[number], unknown>> {
  return {
    suite: SUITE,
    vault: core.vault,
    dk: formatFileKeyId(core.dataKeyId),
    ctx: core.context,
    as: core.name,
    salt: encodeBase64(core.salt),
    com: encodeBase64(core.commitment),
    at: core.sealedAt,
    size: core.chunkBytes,
  };
}

/** What is wrong with a file that cannot be read at all. */
export function malformed(what: string): WaxsealError {
  return new WaxsealError('malformed', `it ${what}`, {
    hint: 'only what "waxseal file encrypt" or encryptStream made can be opened',
  });
}
