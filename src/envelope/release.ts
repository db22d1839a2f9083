/**
 * A release: a vault's whole set of secrets, sealed as one, so that nobody can add, drop or exchange one unseen. Its
 * head is an entry of its own, whose revision is the release's number; what does not fit there goes into parts.
 * docs/FORMAT.md, "Releases", specifies every byte.
 */
import { createHash } from 'node:crypto';
import { WaxsealError } from '../errors.ts';
import { decodeBase64, encodeBase64, lengthPrefixed } from './bytes.ts';
import { deflate, inflate } from './compress.ts';
import { formatDataKeyId } from './data-key.ts';
import type { DataKey } from './entry.ts';
import { expectExactly, parseFlat } from './json.ts';
import {
  COMMITMENT_BYTES,
  decrypt,
  decryptFailed,
  deriveMessageKey,
  encrypt,
  SALT_BYTES,
  SUITE,
  sameCommitment,
  TAG_BYTES,
} from './suite.ts';

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
  /** `undefined` for a tombstone, which is there so that a reborn name goes on above it. */
  readonly value: Uint8Array | undefined;
}

/** What a release is sealed for. */
export interface ReleasePlace {
  /** The vault's path. */
  readonly vault: string;
  /** The release's number: the revision of its head. */
  readonly number: number;
}

/** A sealed release: the value of its head, and the texts of its parts. */
export interface SealedRelease {
  readonly head: Uint8Array;
  readonly parts: readonly string[];
}

/** What a head says of its release. */
export interface ReleaseManifest {
  /** The digest of each part; none when the release is in the head. */
  readonly parts: readonly string[];
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  /** The packed items, when there are no parts. */
  readonly inline: Uint8Array;
}

/** Bytes of ciphertext in a part: base64 makes 4,096 characters of them, which is what a standard parameter holds. */
export const PART_BYTES = 3072;
const DIGEST_BYTES = 16;
const FORMAT = 1;
const FIELDS = ['wx', 'parts', 'salt', 'com'] as const;

/** All items as bytes, deflated. The order is the caller's. */
export function packItems(items: readonly ReleaseItem[]): Uint8Array {
  const rows = items.map(({ name, revision, sealedAt, expiresAt, binary, value }) => [
    name,
    revision,
    sealedAt,
    expiresAt,
    value === undefined ? 't' : binary ? 'b' : '',
    value === undefined ? '' : Buffer.from(value).toString(binary ? 'base64' : 'utf8'),
  ]);
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
    rows = JSON.parse(Buffer.from(plain).toString());
  } catch {
    // No cause: the parser's message quotes what it read.
    throw malformed('is not JSON');
  } finally {
    plain.fill(0);
  }
  if (!Array.isArray(rows)) throw malformed('is not a list');
  return rows.map(readRow);
}

function readRow(row: unknown): ReleaseItem {
  if (!Array.isArray(row) || row.length !== 6) throw malformed('has an item of another shape');
  const [name, revision, sealedAt, expiresAt, flags, value] = row as readonly unknown[];
  const isCount = (given: unknown): given is number => Number.isSafeInteger(given) && Number(given) >= 0;
  if (typeof name !== 'string' || typeof value !== 'string' || typeof flags !== 'string') {
    throw malformed('has an item of another shape');
  }
  if (!isCount(revision) || !isCount(sealedAt) || !isCount(expiresAt) || !/^[tb]?$/.test(flags)) {
    throw malformed('has an item of another shape');
  }
  const binary = flags === 'b';
  const bytes = flags === 't' ? undefined : Uint8Array.from(Buffer.from(value, binary ? 'base64' : 'utf8'));
  return { name, revision, sealedAt, expiresAt, binary, value: bytes };
}

/** A release that fits into its head, which seals it. */
export function inlineRelease(packed: Uint8Array): SealedRelease {
  const manifest = { wx: FORMAT, parts: '', salt: '', com: '' };
  return { head: lengthPrefixed([JSON.stringify(manifest), packed]), parts: [] };
}

/** How many parts a release needs that does not fit into its head. */
export function countParts(packed: Uint8Array): number {
  return Math.ceil((packed.byteLength + TAG_BYTES) / PART_BYTES);
}

/** A release in parts, sealed under a key of its own. @param salt - 32 fresh random bytes */
export function sealRelease(
  packed: Uint8Array,
  place: ReleasePlace,
  dataKey: DataKey,
  salt: Uint8Array,
): SealedRelease {
  const messageKey = deriveMessageKey(dataKey.key, salt, 'release');
  try {
    const aad = releaseAad(place, dataKey, salt, messageKey.commitment);
    const ciphertext = encrypt(messageKey.key, aad, packed);
    const parts: string[] = [];
    for (let at = 0; at < ciphertext.byteLength; at += PART_BYTES) {
      parts.push(encodeBase64(ciphertext.subarray(at, at + PART_BYTES)));
    }
    const manifest = {
      wx: FORMAT,
      parts: parts.map(partDigest).join(' '),
      salt: encodeBase64(salt),
      com: encodeBase64(messageKey.commitment),
    };
    return { head: lengthPrefixed([JSON.stringify(manifest)]), parts };
  } finally {
    messageKey.wipe();
  }
}

/** Reads what an opened head holds. @throws WaxsealError `malformed` */
export function parseManifest(head: Uint8Array): ReleaseManifest {
  const fields = splitFields(head);
  const text = Buffer.from(fields[0] ?? []).toString();
  const read = parseFlat(text, FIELDS);
  if (read.number('wx') !== FORMAT) throw malformed('has an unknown version; a newer waxseal may read it');
  const parts = read.string('parts', /^([A-Za-z0-9+/]{22}==( (?=.)|$))*$/);
  const manifest = {
    parts: parts === '' ? [] : parts.split(' '),
    salt: decodeBase64(read.string('salt'), 'salt'),
    commitment: decodeBase64(read.string('com'), 'com'),
    inline: fields[1] ?? new Uint8Array(0),
  };
  expectExactly(
    text,
    JSON.stringify({ wx: FORMAT, parts, salt: read.string('salt'), com: read.string('com') }),
  );
  const inParts = manifest.parts.length > 0;
  if (fields.length !== (inParts ? 1 : 2)) throw malformed('is both in its head and in parts, or in neither');
  const lengths = inParts ? [SALT_BYTES, COMMITMENT_BYTES] : [0, 0];
  if (manifest.salt.byteLength !== lengths[0] || manifest.commitment.byteLength !== lengths[1]) {
    throw malformed('has a salt or commitment of another length');
  }
  return manifest;
}

/** Opens a release in parts. @throws WaxsealError `decrypt_failed`, `malformed` */
export function openRelease(
  manifest: ReleaseManifest,
  parts: readonly string[],
  place: ReleasePlace,
  dataKey: DataKey,
): Uint8Array {
  const messageKey = deriveMessageKey(dataKey.key, manifest.salt, 'release');
  try {
    if (!sameCommitment(messageKey.commitment, manifest.commitment)) throw decryptFailed();
    const ciphertext = Buffer.concat(parts.map((part, i) => decodeBase64(part, `part ${i + 1}`)));
    return decrypt(
      messageKey.key,
      releaseAad(place, dataKey, manifest.salt, manifest.commitment),
      ciphertext,
    );
  } finally {
    messageKey.wipe();
  }
}

/** What a head calls a part by: the first 16 bytes of its text's SHA-256. The tag of the whole proves it. */
export function partDigest(text: string): string {
  return encodeBase64(createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES));
}

function releaseAad(
  { vault, number }: ReleasePlace,
  { id }: DataKey,
  salt: Uint8Array,
  commitment: Uint8Array,
): Uint8Array {
  return lengthPrefixed([
    'waxseal release',
    String(FORMAT),
    String(SUITE),
    vault,
    String(number),
    formatDataKeyId(id),
    salt,
    commitment,
  ]);
}

function splitFields(bytes: Uint8Array): readonly Uint8Array[] {
  const fields: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; ) {
    if (at + 4 > bytes.byteLength) throw malformed('is cut off');
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.byteLength) throw malformed('is cut off');
    fields.push(bytes.slice(at + 4, end));
    at = end;
  }
  return fields;
}

function malformed(why: string): WaxsealError {
  return new WaxsealError('malformed', `the release ${why}`, {
    hint: 'publish it again: waxseal release publish',
  });
}
