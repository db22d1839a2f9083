/**
 * A large secret: a value that does not fit into one parameter. It lies in parts, sealed under the entry's data key;
 * its entry seals their manifest, so that what holds for an entry holds for the whole. docs/FORMAT.md, "Large secrets".
 */
import { deflate, inflate } from './compress.ts';
import { type DataKey, type Entry, isText, type SealInput, sealContent } from './entry.ts';
import { countParts, type Manifest, malformed, openParts, parseManifestText, sealParts } from './parts.ts';

/** The most bytes of a value. */
export const MAX_LARGE_BYTES = 65_536;

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

/** Seals a value in parts. Pure. @param partsSalt - 32 fresh random bytes, others than `salt` */
export function sealLarge(
  input: SealInput & { readonly value: Uint8Array },
  partsSalt: Uint8Array,
): SealedLarge {
  const { value, dataKey, name, revision } = input;
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
  const manifest = parseManifestText('large', Buffer.from(content).toString());
  if (manifest.parts.length === 0) throw malformed('large', 'has no parts');
  return manifest;
}

/**
 * Opens a large secret.
 * @param entry - which was opened, and whose manifest this is
 * @param parts - the texts that the manifest names, in its order
 * @throws WaxsealError `decrypt_failed`, `malformed`
 */
export function openLarge(
  { core }: Entry,
  manifest: Manifest,
  parts: readonly string[],
  dataKey: DataKey,
): Uint8Array {
  const place = { path: core.name, number: core.revision };
  const opened = openParts('large', place, manifest, parts, dataKey);
  if (!core.flags.compressed) return opened;
  try {
    return inflate(opened);
  } finally {
    opened.fill(0);
  }
}
