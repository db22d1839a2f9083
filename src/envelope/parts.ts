/**
 * What does not fit into one parameter: sealed under a key of its own and cut into parts. A manifest, which lies sealed
 * in an entry, names each part by its digest. docs/FORMAT.md, "Parts".
 */
import { createHash } from 'node:crypto';
import { WaxsealError } from '../errors.ts';
import { decodeBase64, encodeBase64, lengthPrefixed } from './bytes.ts';
import { formatDataKeyId } from './data-key.ts';
import type { DataKey } from './entry.ts';
import { expectExactly, parseFlat } from './json.ts';
import {
  COMMITMENT_BYTES,
  decrypt,
  decryptFailed,
  deriveMessageKey,
  encrypt,
  type Purpose,
  SALT_BYTES,
  SUITE,
  sameCommitment,
  TAG_BYTES,
} from './suite.ts';

/** What is in parts. */
export type InParts = Extract<Purpose, 'release' | 'large'>;

/** What parts are sealed for: of a release its vault's path and number, of a large secret its full name and revision. */
export interface PartsPlace {
  readonly path: string;
  readonly number: number;
}

/** A manifest's text and the texts of the parts that it names. */
export interface SealedParts {
  readonly manifest: string;
  readonly parts: readonly string[];
}

/** What a manifest says. */
export interface Manifest {
  /** The digest of each part; none of a release that lies in its head. */
  readonly parts: readonly string[];
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
}

/** Bytes of ciphertext in a part: base64 makes 4,096 characters of them, which is what a standard parameter holds. */
export const PART_BYTES = 3072;
const DIGEST_BYTES = 16;
/** 16 bytes in base64, the spare bits behind the last one zero. */
const DIGEST = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const FORMAT = 1;
const FIELDS = ['wx', 'parts', 'salt', 'com'] as const;
/** The manifest where there are no parts. */
export const NO_PARTS: string = JSON.stringify({ wx: FORMAT, parts: '', salt: '', com: '' });

/** How many parts so many bytes make. */
export function countParts(bytes: number): number {
  return Math.ceil((bytes + TAG_BYTES) / PART_BYTES);
}

/** Seals bytes and cuts them. @param salt - 32 fresh random bytes */
export function sealParts(
  what: InParts,
  place: PartsPlace,
  plain: Uint8Array,
  dataKey: DataKey,
  salt: Uint8Array,
): SealedParts {
  const messageKey = deriveMessageKey(dataKey.key, salt, what);
  try {
    const ciphertext = encrypt(
      messageKey.key,
      partsAad(what, place, dataKey, salt, messageKey.commitment),
      plain,
    );
    const parts: string[] = [];
    for (let at = 0; at < ciphertext.byteLength; at += PART_BYTES) {
      parts.push(encodeBase64(ciphertext.subarray(at, at + PART_BYTES)));
    }
    const manifest = JSON.stringify({
      wx: FORMAT,
      parts: parts.map(partDigest).join(' '),
      salt: encodeBase64(salt),
      com: encodeBase64(messageKey.commitment),
    });
    return { manifest, parts };
  } finally {
    messageKey.wipe();
  }
}

/** Reads a manifest. @throws WaxsealError `malformed` */
export function parseManifestText(what: InParts, text: string): Manifest {
  const read = parseFlat(text, FIELDS);
  if (read.number('wx') !== FORMAT)
    throw malformed(what, 'has an unknown version; a newer waxseal may read it');
  const parts = read.string('parts');
  const manifest = {
    parts: parts === '' ? [] : parts.split(' '),
    salt: decodeBase64(read.string('salt'), 'salt'),
    commitment: decodeBase64(read.string('com'), 'com'),
  };
  expectExactly(
    text,
    JSON.stringify({ wx: FORMAT, parts, salt: read.string('salt'), com: read.string('com') }),
  );
  if (!manifest.parts.every((digest) => DIGEST.test(digest)))
    throw malformed(what, 'has digests of another form');
  const lengths = manifest.parts.length > 0 ? [SALT_BYTES, COMMITMENT_BYTES] : [0, 0];
  if (manifest.salt.byteLength !== lengths[0] || manifest.commitment.byteLength !== lengths[1]) {
    throw malformed(what, 'has a salt or commitment of another length');
  }
  return manifest;
}

/**
 * Opens what lies in parts.
 * @param parts - which the manifest names, as their digests prove
 * @throws WaxsealError `decrypt_failed`, `malformed`
 */
export function openParts(
  what: InParts,
  place: PartsPlace,
  manifest: Manifest,
  parts: readonly string[],
  dataKey: DataKey,
): Uint8Array {
  const { salt, commitment } = manifest;
  const pieces = parts.map((part, i) => decodeBase64(part, `part ${i + 1}`));
  // One spelling: the same ciphertext cut elsewhere is another writer's work.
  const isCutRight = pieces.every(({ byteLength }, i) =>
    i === pieces.length - 1 ? byteLength > 0 && byteLength <= PART_BYTES : byteLength === PART_BYTES,
  );
  if (!isCutRight) throw malformed(what, 'has a part of another length');
  const messageKey = deriveMessageKey(dataKey.key, salt, what);
  try {
    if (!sameCommitment(messageKey.commitment, commitment)) throw decryptFailed();
    const ciphertext = Buffer.concat(pieces);
    return decrypt(messageKey.key, partsAad(what, place, dataKey, salt, commitment), ciphertext);
  } finally {
    messageKey.wipe();
  }
}

/** What a manifest calls a part by: the first 16 bytes of its text's SHA-256. The tag of the whole proves it. */
export function partDigest(text: string): string {
  return encodeBase64(createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES));
}

function partsAad(
  what: InParts,
  { path, number }: PartsPlace,
  { id }: DataKey,
  salt: Uint8Array,
  commitment: Uint8Array,
): Uint8Array {
  return lengthPrefixed([
    `waxseal ${what}`,
    String(FORMAT),
    String(SUITE),
    path,
    String(number),
    formatDataKeyId(id),
    salt,
    commitment,
  ]);
}

/** An error about the content of a release or a large secret. */
export function malformed(what: InParts, why: string): WaxsealError {
  return what === 'release'
    ? new WaxsealError('malformed', `the release ${why}`, {
        hint: 'publish it again: waxseal release publish',
      })
    : new WaxsealError('malformed', `the large secret ${why}`, { hint: 'set it again' });
}
