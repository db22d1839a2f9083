/**
 * A large secret: a value that does not fit into one parameter. It lies in parts, sealed under the entry's data key;
 * its entry seals their manifest, so that what holds for an entry holds for the whole. docs/FORMAT.md, "Large secrets".
 */
import { WaxsealError } from '../errors.ts';
import { decodeText } from './bytes.ts';
import { deflate, inflate } from './compress.ts';
import { type DataKey, type Entry, isText, type SealInput, sealContent } from './entry.ts';
import {
  countParts,
  type Manifest,
  malformed,
  openParts,
  parseManifestText,
  partDigest,
  sealParts,
} from './parts.ts';

/** The most bytes of a value that is sealed. */
export const MAX_LARGE_BYTES = 65_536;
/** The most parts that a reader takes: their numbers have two digits. */
const MAX_PARTS = 99;

/** An entry and the texts of its parts, in order. */
export interface SealedLarge {
  readonly entry: Entry;
  readonly parts: readonly string[];
}

/** How many parts a value makes. */
export function countLargeParts(value: Uint8Array): number {
  const smaller = deflate(value);
  const { byteLength } = smaller;
  smaller.fill(0);
  return countParts(Math.min(value.byteLength, byteLength));
}

/**
 * Seals a value in parts. Pure: the same input gives the same texts.
 * @param partsSalt - 32 fresh random bytes, others than `salt`
 * @throws WaxsealError `value_too_large` above 65,536 bytes
 */
export function sealLarge(
  input: SealInput & { readonly value: Uint8Array },
  partsSalt: Uint8Array,
): SealedLarge {
  const { value, dataKey, name, revision } = input;
  if (value.byteLength > MAX_LARGE_BYTES) {
    throw new WaxsealError(
      'value_too_large',
      `the value is too large: a secret has ${MAX_LARGE_BYTES} bytes at most`,
      {
        hint: 'seal it as a file: encryptStream, or "waxseal file encrypt"',
      },
    );
  }
  const smaller = deflate(value);
  const compressed = smaller.byteLength < value.byteLength;
  try {
    const place = { path: name, number: revision };
    const { manifest, parts } = sealParts('large', place, compressed ? smaller : value, dataKey, partsSalt);
    const flags = { compressed, binary: !isText(value), tombstone: false, chunked: true };
    return { entry: sealContent(input, flags, Buffer.from(manifest)), parts };
  } finally {
    smaller.fill(0);
  }
}

/**
 * Reads the manifest of a large secret.
 * @param content - what its entry sealed
 * @throws WaxsealError `malformed`
 */
export function parseLargeManifest(content: Uint8Array): Manifest {
  const manifest = parseManifestText('large', decodeText(content));
  if (manifest.parts.length === 0) throw malformed('large', 'has no parts');
  if (manifest.parts.length > MAX_PARTS) throw malformed('large', 'has too many parts');
  return manifest;
}

/**
 * Opens a large secret.
 * @param entry - which was opened, and whose manifest this is
 * @param manifest - by {@link parseLargeManifest}, of what opening the entry gave
 * @param parts - the texts that the manifest names, in its order
 * @throws WaxsealError `large_incomplete` when they are not those, `decrypt_failed`, `malformed`
 */
export function openLarge(
  { core }: Entry,
  manifest: Manifest,
  parts: readonly string[],
  dataKey: DataKey,
): Uint8Array {
  if (
    parts.length !== manifest.parts.length ||
    parts.some((text, i) => partDigest(text) !== manifest.parts[i])
  ) {
    throw new WaxsealError('large_incomplete', 'a part is missing, or is not the one that its entry names', {
      hint: 'another region may have it, or a backup; else set the secret again',
    });
  }
  const place = { path: core.name, number: core.revision };
  const opened = openParts('large', place, manifest, parts, dataKey);
  if (!core.flags.compressed) return opened;
  try {
    return inflate(opened);
  } finally {
    opened.fill(0);
  }
}
