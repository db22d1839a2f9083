/**
 * A release: a vault's whole set of secrets, sealed as one, so that nobody can add, drop or exchange one unseen. Its
 * head is an entry of its own, whose revision is the release's number; what does not fit there goes into parts.
 * docs/FORMAT.md, "Releases", specifies every byte.
 */
import { decodeBase64, decodeText, encodeBase64, lengthPrefixed } from './bytes.ts';
import { deflate, inflate } from './compress.ts';
import { type Manifest, malformed, NO_PARTS, parseManifestText, type SealedParts } from './parts.ts';

/** One secret as a release holds it. */
export interface ReleaseItem {
  /** The secret's name. */
  readonly name: string;
  readonly revision: number;
  /** Seconds since 1970, UTC. */
  readonly sealedAt: number;
  /** Seconds since 1970, UTC; 0 for never. */
  readonly expiresAt: number;
  readonly binary: boolean;
  /** `undefined` for a tombstone, which is there so that a reborn name goes on above it, and for a large secret. */
  readonly value: Uint8Array | undefined;
  /** Of a large secret, whose value stays outside, the digest of its entry: 32 bytes. */
  readonly large?: Uint8Array | undefined;
}

/** A sealed release: the value of its head, and the texts of its parts. */
export interface SealedRelease {
  readonly head: Uint8Array;
  readonly parts: readonly string[];
}

/** What a head says of its release. */
export interface ReleaseManifest extends Manifest {
  /** The packed items, when there are no parts. */
  readonly inline: Uint8Array;
}

const ENTRY_DIGEST_BYTES = 32;

/** All items as bytes, deflated. The order is the caller's. */
export function packItems(items: readonly ReleaseItem[]): Uint8Array {
  const rows = items.map(({ name, revision, sealedAt, expiresAt, binary, value, large }) => {
    const [flags, text] =
      large !== undefined
        ? [binary ? 'bc' : 'c', encodeBase64(large)]
        : value === undefined
          ? ['t', '']
          : [binary ? 'b' : '', binary ? encodeBase64(value) : decodeText(value)];
    return [name, revision, sealedAt, expiresAt, flags, text];
  });
  const plain = Buffer.from(JSON.stringify(rows));
  try {
    return deflate(plain);
  } finally {
    plain.fill(0);
  }
}

/** Undoes {@link packItems}. @throws WaxsealError `decrypt_failed`, `malformed` */
export function unpackItems(packed: Uint8Array): readonly ReleaseItem[] {
  const plain = inflate(packed);
  let rows: unknown;
  try {
    rows = JSON.parse(decodeText(plain));
  } catch {
    // No cause: the parser's message quotes what it read.
    throw broken('is not JSON');
  } finally {
    plain.fill(0);
  }
  if (!Array.isArray(rows)) throw broken('is not a list');
  return rows.map(readRow);
}

const UTF8 = new TextEncoder();

function readRow(row: unknown): ReleaseItem {
  if (!Array.isArray(row) || row.length !== 6) throw broken('has an item of another shape');
  // By place, not as a list: an application waits for this, with hundreds of rows.
  const { 0: name, 1: revision, 2: sealedAt, 3: expiresAt, 4: flags, 5: text } = row as readonly unknown[];
  if (typeof name !== 'string' || typeof text !== 'string' || typeof flags !== 'string') {
    throw broken('has an item of another shape');
  }
  if (!isCount(revision) || !isCount(sealedAt) || !isCount(expiresAt) || !/^(t|b?c?)$/.test(flags)) {
    throw broken('has an item of another shape');
  }
  const binary = flags.includes('b');
  if (flags.includes('c')) {
    const large = decodeBase64(text, 'digest');
    if (large.byteLength !== ENTRY_DIGEST_BYTES) throw broken('names a large secret without its digest');
    return { name, revision, sealedAt, expiresAt, binary, value: undefined, large };
  }
  const value =
    flags === 't' ? undefined : binary ? new Uint8Array(Buffer.from(text, 'base64')) : UTF8.encode(text);
  return { name, revision, sealedAt, expiresAt, binary, value };
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && Number(given) >= 0;
}

/** A release that fits into its head, which seals it. */
export function inlineRelease(packed: Uint8Array): SealedRelease {
  return { head: lengthPrefixed([NO_PARTS, packed]), parts: [] };
}

/** A release whose packed items were sealed in parts. */
export function releaseInParts({ manifest, parts }: SealedParts): SealedRelease {
  return { head: lengthPrefixed([manifest]), parts };
}

/** Reads what an opened head holds. @throws WaxsealError `malformed` */
export function parseManifest(head: Uint8Array): ReleaseManifest {
  const fields = splitFields(head);
  const manifest = parseManifestText('release', decodeText(fields[0] ?? new Uint8Array(0)));
  if (fields.length !== (manifest.parts.length > 0 ? 1 : 2)) {
    throw broken('is both in its head and in parts, or in neither');
  }
  return { ...manifest, inline: fields[1] ?? new Uint8Array(0) };
}

function splitFields(bytes: Uint8Array): readonly Uint8Array[] {
  const fields: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; ) {
    if (at + 4 > bytes.byteLength) throw broken('is cut off');
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.byteLength) throw broken('is cut off');
    fields.push(bytes.slice(at + 4, end));
    at = end;
  }
  return fields;
}

function broken(why: string): Error {
  return malformed('release', why);
}
