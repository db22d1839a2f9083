/** Data keys: their identity, the encryption context that binds it in KMS, and the record that a vault keeps. */
import { WaxsealError } from '../errors.ts';
import { VAULT_CONTEXT_KEY } from '../secret-name.ts';
import { decodeBase64, encodeBase64 } from './bytes.ts';
import { expectExactly, parseFlat } from './json.ts';

/** Who a data key is. Written `<generation>.<created-at>.<random>`, such as `1.1763788000.9f86d081884c7d65`. */
export interface DataKeyId {
  /** 1 for a vault's first data key, one more at each rotation. */
  readonly generation: number;
  /** Seconds since 1970, UTC. */
  readonly createdAt: number;
  /** 16 hexadecimal digits. */
  readonly random: string;
}

const DATA_KEY_ID = /^([1-9]\d{0,8})\.([1-9]\d{8,11})\.([0-9a-f]{16})$/;

/** The canonical text of a data key's id. */
export function formatDataKeyId(id: DataKeyId): string {
  return `${id.generation}.${id.createdAt}.${id.random}`;
}

/** Reads a data key's id. @throws WaxsealError `malformed` */
export function parseDataKeyId(text: string): DataKeyId {
  const match = DATA_KEY_ID.exec(text);
  if (match === null) throw new WaxsealError('malformed', 'field "dk" is not a data key id');
  return { generation: Number(match[1]), createdAt: Number(match[2]), random: match[3] ?? '' };
}

/**
 * The KMS encryption context of a data key. It is made from the vault that is meant and the id, never read, so that
 * a wrapped key cannot be passed off as another vault's or as a newer one. It shows in CloudTrail: nothing secret.
 */
export function encryptionContext(vault: string, id: DataKeyId): Readonly<Record<string, string>> {
  return {
    [VAULT_CONTEXT_KEY]: vault,
    'waxseal:data-key': id.random,
    'waxseal:generation': String(id.generation),
    'waxseal:created': String(id.createdAt),
  };
}

/** A vault's current data key as it stands in `.waxseal/data-key`. */
export interface DataKeyRecord {
  readonly vault: string;
  readonly id: DataKeyId;
  /** The data key, wrapped by KMS. */
  readonly wrappedKey: Uint8Array;
  /** The bare id of the KMS key. */
  readonly kmsKeyId: string;
}

const VAULT = /^(?=.{2,256}$)(?:\/[A-Za-z0-9_-]+)+$/;

const FIELDS = ['wx', 'vault', 'dk', 'wk', 'kms'] as const;

/** The one spelling of a record. */
export function encodeDataKeyRecord(record: DataKeyRecord): string {
  return JSON.stringify({
    wx: 1,
    vault: record.vault,
    dk: formatDataKeyId(record.id),
    wk: encodeBase64(record.wrappedKey),
    kms: record.kmsKeyId,
  });
}

/** Reads a record as it was found in `vault`. @throws WaxsealError `malformed`, `misplaced` */
export function parseDataKeyRecord(text: string, vault: string): DataKeyRecord {
  const fields = parseFlat(text, FIELDS);
  if (fields.number('wx') !== 1)
    throw new WaxsealError('malformed', 'the data key record has an unknown version');
  const record: DataKeyRecord = {
    vault: fields.string('vault', VAULT),
    id: parseDataKeyId(fields.string('dk')),
    wrappedKey: decodeBase64(fields.string('wk'), 'wk'),
    kmsKeyId: fields.string('kms', /^[A-Za-z0-9-]{1,64}$/),
  };
  if (record.wrappedKey.byteLength === 0) throw new WaxsealError('malformed', 'the wrapped key is missing');
  expectExactly(text, encodeDataKeyRecord(record));
  if (record.vault !== vault) {
    throw new WaxsealError('misplaced', 'the data key record belongs to another vault');
  }
  return record;
}
