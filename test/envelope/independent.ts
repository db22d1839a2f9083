/**
 * A reader written from docs/FORMAT.md alone. It shares no code with src, and goes another way where there is one: the
 * canonical form is regular, so that one expression stands for parsing.
 */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';

/** The stage of opening that refused. */
export type Stage = 'parse' | 'version' | 'place' | 'unwrap' | 'open';

/** A refusal. */
export class Refused extends Error {
  readonly code: string;
  readonly stage: Stage;

  constructor(stage: Stage, code: string) {
    super(`${stage}: ${code}`);
    this.stage = stage;
    this.code = code;
  }
}

/** The toy KMS's one key: its id, and 32 bytes in hexadecimal. */
export interface ToyKmsKey {
  readonly id: string;
  readonly kek: string;
}

/** What a reader asked for, where, and which Version it got. */
export interface Asked {
  readonly vault: string;
  readonly name: string;
  readonly region: string;
  readonly version: number;
}

/** What an entry opens to. */
export interface Opened {
  /** Where its flags have a `c`, the manifest of its parts. */
  readonly value: Buffer;
  readonly tombstone: boolean;
  /** Its fields. */
  readonly entry: Groups;
  readonly dataKey: Uint8Array;
}

/** Fields by name, as they are spelled. */
export type Groups = Readonly<Record<string, string>>;

const NUMBER = '0|[1-9][0-9]{0,15}';
const BASE64 = '[A-Za-z0-9+/]*={0,2}';
const DATA_KEY_ID = '[1-9][0-9]{0,8}\\.[1-9][0-9]{8,11}\\.[0-9a-f]{16}';
const ENTRY = new RegExp(
  `^\\{"wx":1,"suite":1,"name":"(?<name>(?:/[A-Za-z0-9_.-]+)+)","rev":(?<rev>[1-9][0-9]{0,15}),` +
    `"prev":"(?<prev>${BASE64})","dk":"(?<dk>${DATA_KEY_ID})","salt":"(?<salt>${BASE64})","com":"(?<com>${BASE64})",` +
    `"at":(?<at>${NUMBER}),"exp":(?<exp>${NUMBER}),"fl":"(?<fl>z?b?c?|t)","ct":"(?<ct>${BASE64})",` +
    `"wk":"(?<wk>${BASE64})","kms":"(?<kms>[A-Za-z0-9-]{1,64})",` +
    '"slot":"(?<region>[a-z0-9-]{1,32}):(?<version>[1-9][0-9]{0,14})"\\}$',
);
const RECORD = new RegExp(
  `^\\{"wx":1,"vault":"(?<vault>(?:/[A-Za-z0-9_-]+)+)","dk":"(?<dk>${DATA_KEY_ID})","wk":"(?<wk>${BASE64})",` +
    '"kms":"(?<kms>[A-Za-z0-9-]{1,64})"\\}$',
);
const MAX_INFLATED = 8_454_144;

/** Opens an entry as a reader that has the vault's KMS key does. */
export function openParameter(text: string, asked: Asked, kmsKey: ToyKmsKey): Opened {
  const entry = parse(ENTRY, text);
  checkEntry(entry);
  if (entry.region === asked.region && Number(entry.version) !== asked.version)
    throw new Refused('version', 'never_valid');
  checkName(entry, asked);
  const dataKey = unwrap(entry, asked.vault, kmsKey);
  return open(entry, `${asked.vault}/${asked.name}`, dataKey);
}

/** Opens an entry with its data key in hand, as the recipe of FORMAT.md does: no KMS, no Version. */
export function openWithDataKey(
  text: string,
  asked: Pick<Asked, 'vault' | 'name'>,
  dataKey: Uint8Array,
): Opened {
  const entry = parse(ENTRY, text);
  checkEntry(entry);
  checkName(entry, asked);
  return open(entry, `${asked.vault}/${asked.name}`, dataKey);
}

/** Opens a data key record. */
export function openRecord(text: string, vault: string, kmsKey: ToyKmsKey): Buffer {
  const record = parse(RECORD, text);
  if (decode(record, 'wk').length === 0) throw new Refused('parse', 'malformed');
  if (record.vault !== vault) throw new Refused('place', 'misplaced');
  return unwrap(record, vault, kmsKey);
}

/** A list as FORMAT.md writes it: each field behind its length. */
export function list(...fields: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The AAD of an entry that was asked for as `name`. */
export function aadOf(text: string, name: string): Buffer {
  return aad(parse(ENTRY, text), name);
}

/** Matches a text. */
export function parse(grammar: RegExp, text: string): Groups {
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) throw new Refused('parse', 'malformed');
  return groups;
}

/** Decodes a field that is base64. */
export function decode(groups: Groups, field: string): Buffer {
  const bytes = Buffer.from(groups[field] ?? '', 'base64');
  if (bytes.toString('base64') !== groups[field]) throw new Refused('parse', 'malformed');
  return bytes;
}

function checkEntry(entry: Groups): void {
  const [prev, salt, com, ct, wk] = ['prev', 'salt', 'com', 'ct', 'wk'].map(
    (field) => decode(entry, field).length,
  );
  const numbers = ['rev', 'at', 'exp'].map((field) => BigInt(entry[field] ?? ''));
  const fine =
    salt === 32 &&
    com === 32 &&
    (prev === 0 || (prev === 32 && entry.rev !== '1')) &&
    (entry.fl === 't' ? ct === 16 : (ct ?? 0) >= 16) &&
    wk !== 0 &&
    (entry.name ?? '').length <= 1011 &&
    numbers.every((number) => number < 2n ** 53n);
  if (!fine) throw new Refused('parse', 'malformed');
}

function checkName(entry: Groups, asked: Pick<Asked, 'vault' | 'name'>): void {
  if (entry.name !== `${asked.vault}/${asked.name}`) throw new Refused('place', 'misplaced');
}

/** The toy KMS of test/vectors/README.md, and the comparison with field `kms`. */
function unwrap(groups: Groups, vault: string, kmsKey: ToyKmsKey): Buffer {
  const [generation = '', created = '', random = ''] = (groups.dk ?? '').split('.');
  const context = list(
    ...['waxseal:created', created, 'waxseal:data-key', random],
    ...['waxseal:generation', generation, 'waxseal:vault', vault],
  );
  const dataKey = toyUnwrap(decode(groups, 'wk'), context, kmsKey);
  if (groups.kms !== kmsKey.id) throw new Refused('unwrap', 'foreign_key');
  if (dataKey.length !== 32) throw new Refused('unwrap', 'malformed');
  return dataKey;
}

/** The toy KMS's Decrypt. */
export function toyUnwrap(blob: Buffer, context: Uint8Array, kmsKey: ToyKmsKey): Buffer {
  if (blob.subarray(0, 36).toString('latin1') !== kmsKey.id) throw new Refused('unwrap', 'foreign_key');
  try {
    const nonce = blob.subarray(36, 48);
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(kmsKey.kek, 'hex'), nonce, {
      authTagLength: 16,
    });
    decipher.setAAD(context);
    decipher.setAuthTag(blob.subarray(-16));
    return Buffer.concat([decipher.update(blob.subarray(48, -16)), decipher.final()]);
  } catch {
    throw new Refused('unwrap', 'decrypt_failed');
  }
}

function aad(entry: Groups, name: string): Buffer {
  return list(
    ...['waxseal entry', '1', '1', name, entry.rev ?? ''],
    decode(entry, 'prev'),
    entry.dk ?? '',
    ...[decode(entry, 'salt'), decode(entry, 'com')],
    ...[entry.at ?? '', entry.exp ?? '', entry.fl ?? ''],
  );
}

function open(entry: Groups, name: string, dataKey: Uint8Array): Opened {
  try {
    const okm = hkdf(dataKey, decode(entry, 'salt'), list('waxseal', '1', 'entry'));
    if (!timingSafeEqual(okm.subarray(32), decode(entry, 'com'))) throw new Error('commitment');
    const ct = decode(entry, 'ct');
    const decipher = createDecipheriv('aes-256-gcm', okm.subarray(0, 32), Buffer.alloc(12), {
      authTagLength: 16,
    });
    decipher.setAAD(aad(entry, name));
    decipher.setAuthTag(ct.subarray(-16));
    const plain = Buffer.concat([decipher.update(ct.subarray(0, -16)), decipher.final()]);
    return {
      // With parts it is they that were deflated.
      value: entry.fl?.startsWith('z') && !entry.fl.endsWith('c') ? inflate(plain) : plain,
      tombstone: entry.fl === 't',
      entry,
      dataKey,
    };
  } catch {
    throw new Refused('open', 'decrypt_failed');
  }
}

/** RFC 5869 by HMAC, 64 bytes of output: one block. */
export function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer {
  const prk = createHmac('sha512', salt).update(key).digest();
  return createHmac('sha512', prk).update(info).update(Uint8Array.of(1)).digest();
}

/** Inflates one whole stream. */
export function inflate(bytes: Buffer): Buffer {
  const options = { maxOutputLength: MAX_INFLATED, info: true } as const;
  const { buffer, engine } = inflateRawSync(bytes, options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (engine.bytesWritten !== bytes.length) throw new Error('bytes behind the end');
  return buffer;
}
