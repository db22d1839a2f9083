/** An entry: one secret in one `String` parameter. docs/FORMAT.md specifies every byte of it. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { decodeBase64, encodeBase64, lengthPrefixed } from './bytes.ts';
import { deflate, inflate } from './compress.ts';
import { type DataKeyId, formatDataKeyId, parseDataKeyId } from './data-key.ts';
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

/** The format's version. */
export const FORMAT = 1;

/** What an entry says of its value. Written as the letters `z`, `b`, `t`, `c` in this order. */
export interface EntryFlags {
  /** `z`: the value was deflated (RFC 1951) because that was smaller. */
  readonly compressed: boolean;
  /** `b`: the value is not UTF-8 text. */
  readonly binary: boolean;
  /** `t`: a tombstone; the secret was deleted at this revision. */
  readonly tombstone: boolean;
  /** `c`: the value lies in parts of its own, deflated there where `z` says so; the entry seals their manifest. */
  readonly chunked: boolean;
}

/** The sealed core: all of it is bound to the ciphertext. */
export interface EntryCore {
  /** The full parameter name. */
  readonly name: string;
  /** 1 for the first, one more at each write; the same in all regions. */
  readonly revision: number;
  /** The digest of the revision before; no bytes for the first, and for one that follows a purge. */
  readonly parent: Uint8Array;
  readonly dataKeyId: DataKeyId;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  /** Seconds since 1970, UTC, by the writer's clock. */
  readonly sealedAt: number;
  /** Seconds since 1970, UTC; 0 for never. */
  readonly expiresAt: number;
  readonly flags: EntryFlags;
}

/** Which write an entry claims to be: the parameter's `Version` in the region that decided it. */
export interface Slot {
  readonly region: string;
  readonly version: number;
}

/** What may be replaced without touching the core: how the data key is wrapped, and the slot. */
export interface EntryWrapping {
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key that wrapped the data key. */
  readonly kmsKeyId: string;
  readonly slot: Slot;
}

/** A whole entry. */
export interface Entry {
  readonly core: EntryCore;
  /** The ciphertext, its tag of 16 bytes behind it. */
  readonly ciphertext: Uint8Array;
  readonly wrapping: EntryWrapping;
}

/** A data key in the clear, and who it is. */
export interface DataKey {
  readonly id: DataKeyId;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What is to be sealed. */
export interface SealInput {
  readonly name: string;
  readonly revision: number;
  /** The entry before this one, if there is one. */
  readonly parent?: Entry | undefined;
  readonly dataKey: DataKey;
  readonly wrapping: EntryWrapping;
  /** Seconds since 1970, UTC. */
  readonly sealedAt: number;
  /** Seconds since 1970, UTC; 0 for never. */
  readonly expiresAt?: number | undefined;
  /** The value; `undefined` writes a tombstone. */
  readonly value: Uint8Array | undefined;
  /** 32 fresh random bytes. */
  readonly salt: Uint8Array;
}

/** ASCII without anything that JSON escapes, so that there is one spelling in any language. */
const NAME = /^(?=.{2,1011}$)(?:\/[A-Za-z0-9_.-]+)+$/;

const DIGEST_BYTES = 32;
const NO_PARENT = new Uint8Array(0);
const FIELDS = [
  'wx',
  'suite',
  'name',
  'rev',
  'prev',
  'dk',
  'salt',
  'com',
  'at',
  'exp',
  'fl',
  'ct',
  'wk',
  'kms',
  'slot',
] as const;

/** Seals a value. Pure: the same input gives the same entry. */
export function sealEntry(input: SealInput): Entry {
  const value = input.value ?? new Uint8Array(0);
  const smaller = deflate(value);
  const compressed = smaller.byteLength < value.byteLength;
  try {
    const flags = {
      compressed,
      binary: !isText(value),
      tombstone: input.value === undefined,
      chunked: false,
    };
    return sealContent(input, flags, compressed ? smaller : value);
  } finally {
    if (compressed) smaller.fill(0);
  }
}

/** Seals what stands for a value. @param content - the value, deflated or not, or the manifest of its parts */
export function sealContent(input: Omit<SealInput, 'value'>, flags: EntryFlags, content: Uint8Array): Entry {
  const messageKey = deriveMessageKey(input.dataKey.key, input.salt, 'entry');
  try {
    const core: EntryCore = {
      name: input.name,
      revision: input.revision,
      parent: input.parent === undefined ? NO_PARENT : entryDigest(input.parent),
      dataKeyId: input.dataKey.id,
      salt: Uint8Array.from(input.salt),
      commitment: messageKey.commitment,
      sealedAt: input.sealedAt,
      expiresAt: input.expiresAt ?? 0,
      flags,
    };
    const ciphertext = encrypt(messageKey.key, entryAad(core, core.name), content);
    return { core, ciphertext, wrapping: input.wrapping };
  } finally {
    messageKey.wipe();
  }
}

/**
 * Whether an entry claims the place that it was read from. It may claim what it likes: only opening it proves that.
 * @throws WaxsealError `misplaced`
 */
export function checkPlace(entry: Entry, name: string): void {
  if (entry.core.name === name) return;
  throw new WaxsealError('misplaced', 'the entry was sealed for another parameter', {
    hint: 'somebody copied it there; set the secret again',
  });
}

/**
 * Opens an entry that was read under `name`.
 * @returns the value's bytes; none for a tombstone. Where `core.flags.chunked` says that it is a large secret, its
 *   manifest and not its value: `parseLargeManifest` reads it, `openLarge` opens the parts that it names
 * @throws WaxsealError `misplaced` when it says itself that it belongs elsewhere (nothing was decrypted),
 *   `decrypt_failed` when it is not what was sealed for this name
 */
export function openEntry(entry: Entry, name: string, dataKey: DataKey): Uint8Array {
  checkPlace(entry, name);
  const { core } = entry;
  const messageKey = deriveMessageKey(dataKey.key, core.salt, 'entry');
  try {
    if (!sameCommitment(messageKey.commitment, core.commitment)) throw decryptFailed();
    const opened = decrypt(messageKey.key, entryAad(core, name), entry.ciphertext);
    if (!core.flags.compressed || core.flags.chunked) return opened;
    try {
      return inflate(opened);
    } finally {
      opened.fill(0);
    }
  } finally {
    messageKey.wipe();
  }
}

/** The one spelling of an entry. */
export function encodeEntry(entry: Entry): string {
  const { core, wrapping } = entry;
  return JSON.stringify({
    wx: FORMAT,
    suite: SUITE,
    name: core.name,
    rev: core.revision,
    prev: encodeBase64(core.parent),
    dk: formatDataKeyId(core.dataKeyId),
    salt: encodeBase64(core.salt),
    com: encodeBase64(core.commitment),
    at: core.sealedAt,
    exp: core.expiresAt,
    fl: formatFlags(core.flags),
    ct: encodeBase64(entry.ciphertext),
    wk: encodeBase64(wrapping.wrappedKey),
    kms: wrapping.kmsKeyId,
    slot: formatSlot(wrapping.slot),
  });
}

/** Reads an entry; nothing of it is trusted yet. @throws WaxsealError `malformed` */
export function parseEntry(text: string): Entry {
  const fields = parseFlat(text, FIELDS);
  if (fields.number('wx') !== FORMAT) refuse('the format is not known; a newer waxseal may read it');
  if (fields.number('suite') !== SUITE) refuse('the suite is not known; a newer waxseal may read it');
  const entry: Entry = {
    core: {
      name: fields.string('name', NAME),
      revision: fields.number('rev'),
      parent: decodeBase64(fields.string('prev'), 'prev'),
      dataKeyId: parseDataKeyId(fields.string('dk')),
      salt: decodeBase64(fields.string('salt'), 'salt'),
      commitment: decodeBase64(fields.string('com'), 'com'),
      sealedAt: fields.number('at'),
      expiresAt: fields.number('exp'),
      flags: parseFlags(fields.string('fl')),
    },
    ciphertext: decodeBase64(fields.string('ct'), 'ct'),
    wrapping: {
      wrappedKey: decodeBase64(fields.string('wk'), 'wk'),
      kmsKeyId: fields.string('kms', /^[A-Za-z0-9-]{1,64}$/),
      slot: parseSlot(fields.string('slot')),
    },
  };
  const { core } = entry;
  if (core.revision < 1) refuse('the revision is below 1');
  // A name that was purged is born again above its last revision: nothing is left to be its parent.
  if (core.parent.byteLength !== 0 && (core.revision === 1 || core.parent.byteLength !== DIGEST_BYTES)) {
    refuse('field "prev" does not fit the revision');
  }
  if (core.salt.byteLength !== SALT_BYTES) refuse(`field "salt" is not ${SALT_BYTES} bytes`);
  if (core.commitment.byteLength !== COMMITMENT_BYTES) refuse(`field "com" is not ${COMMITMENT_BYTES} bytes`);
  if (entry.ciphertext.byteLength < TAG_BYTES) refuse('the ciphertext is shorter than its tag');
  if (entry.wrapping.wrappedKey.byteLength === 0) refuse('the wrapped key is missing');
  if (
    core.flags.tombstone &&
    (core.flags.compressed ||
      core.flags.binary ||
      core.flags.chunked ||
      entry.ciphertext.byteLength !== TAG_BYTES)
  ) {
    refuse('a tombstone has no value');
  }
  expectExactly(text, encodeEntry(entry));
  return entry;
}

/** The same of a text that may be none, which is `undefined`. */
export function entryIn(text: string): Entry | undefined {
  try {
    return parseEntry(text);
  } catch (error) {
    if (!isWaxsealError(error, 'malformed')) throw error;
    return undefined;
  }
}

/**
 * The SHA-256 over core and ciphertext: what makes two entries equal, whatever their wrapping, and what the next
 * revision carries as its parent.
 */
export function entryDigest(entry: Entry): Uint8Array {
  const bytes = lengthPrefixed([entryAad(entry.core, entry.core.name), entry.ciphertext]);
  return Uint8Array.from(createHash('sha256').update(bytes).digest());
}

/** Whether two entries have the same core and ciphertext. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return Buffer.compare(entryDigest(a), entryDigest(b)) === 0;
}

/** Whether bytes are UTF-8 text that a string carries without loss, and hold no NUL. */
export function isText(bytes: Uint8Array): boolean {
  // Not by decoding it: a string could not be wiped.
  return isUtf8(bytes) && !bytes.includes(0);
}

/** The additional authenticated data: the whole core, under the name that was asked for. */
function entryAad(core: EntryCore, name: string): Uint8Array {
  return lengthPrefixed([
    'waxseal entry',
    String(FORMAT),
    String(SUITE),
    name,
    String(core.revision),
    core.parent,
    formatDataKeyId(core.dataKeyId),
    core.salt,
    core.commitment,
    String(core.sealedAt),
    String(core.expiresAt),
    formatFlags(core.flags),
  ]);
}

function formatFlags({ compressed, binary, tombstone, chunked }: EntryFlags): string {
  return `${compressed ? 'z' : ''}${binary ? 'b' : ''}${tombstone ? 't' : ''}${chunked ? 'c' : ''}`;
}

function parseFlags(text: string): EntryFlags {
  if (!/^z?b?t?c?$/.test(text)) refuse('field "fl" has unknown flags');
  const [compressed, binary, tombstone, chunked] = ['z', 'b', 't', 'c'].map((flag) => text.includes(flag));
  return {
    compressed: compressed === true,
    binary: binary === true,
    tombstone: tombstone === true,
    chunked: chunked === true,
  };
}

/** The text of a slot, such as `us-east-1:7`. */
function formatSlot(slot: Slot): string {
  return `${slot.region}:${slot.version}`;
}

function parseSlot(text: string): Slot {
  const match = /^([a-z0-9-]{1,32}):([1-9]\d{0,14})$/.exec(text);
  if (match === null) return refuse('field "slot" is not region:version');
  return { region: match[1] ?? '', version: Number(match[2]) };
}

function refuse(why: string): never {
  throw new WaxsealError('malformed', why, {
    hint: 'it is not an entry that waxseal wrote; set the secret again',
  });
}
