/** A reader of sealed files written from docs/FORMAT.md alone, on all bytes at once; shares no code with src. */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { list, Refused, type ToyKmsKey, toyUnwrap } from './independent.ts';

/** What a reader asked for. */
export interface AskedFile {
  readonly vault: string;
  readonly context: Readonly<Record<string, string>>;
  readonly as: string;
}

type Groups = Readonly<Record<string, string>>;
type Pair = readonly [string, string];

const BASE64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';
const SAFE = '[ !#-\\[\\]-~]{0,256}';
const PAIR = `\\["[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,127}","${SAFE}"\\]`;
const WRAPPING = new RegExp(
  `^(?<text>\\{"wx":1,"is":"file","wk":"(?<wk>${BASE64})","kms":"(?<kms>[A-Za-z0-9-]{1,64})"\\}) *\\n$`,
);
const CORE = new RegExp(
  `^\\{"suite":1,"vault":"(?<vault>(?:/[A-Za-z0-9_-]+)+)","dk":"(?<created>[1-9][0-9]{8,11})\\.(?<random>[0-9a-f]{16})",` +
    `"ctx":(?<ctx>\\[(?:${PAIR}(?:,${PAIR})*)?\\]),"as":"(?<as>${SAFE})","salt":"(?<salt>${BASE64})",` +
    `"com":"(?<com>${BASE64})","at":(?<at>0|[1-9][0-9]{0,15}),"size":(?<size>[1-9][0-9]{3,6})\\}$`,
);

/** Opens a whole file, or a document. */
export function openWholeFile(bytes: Buffer, asked: AskedFile, kmsKey: ToyKmsKey): Buffer {
  const { wrapping, line, chunks } = bytes.toString('latin1').startsWith('{"wx":1,"is":"file",')
    ? takeApart(bytes)
    : takeDocument(bytes);
  const core = match(CORE, line);
  const [salt, com, wk] = [decode(core, 'salt'), decode(core, 'com'), decode(wrapping, 'wk')];
  const pairs = JSON.parse(core.ctx ?? '') as Pair[];
  const size = Number(core.size);
  const fine =
    salt.length === 32 &&
    com.length === 32 &&
    wk.length > 0 &&
    BigInt(core.at ?? 0) < 2n ** 53n &&
    size <= 1_048_576 &&
    (size & (size - 1)) === 0 &&
    arePairs(pairs);
  if (!fine) throw new Refused('parse', 'malformed');
  const wanted = Object.entries(asked.context).sort(ordered);
  if (core.vault !== asked.vault || core.as !== asked.as || core.ctx !== JSON.stringify(wanted)) {
    throw new Refused('place', 'misplaced');
  }
  const context = [
    ...wanted,
    ['waxseal:created', core.created ?? ''] as const,
    ['waxseal:data-key', core.random ?? ''] as const,
    ['waxseal:purpose', 'file'] as const,
    ['waxseal:vault', asked.vault] as const,
  ].sort(ordered);
  const dataKey = toyUnwrap(wk, list(...context.flat()), kmsKey);
  if (wrapping.kms !== kmsKey.id) throw new Refused('unwrap', 'foreign_key');
  if (dataKey.length !== 32) throw new Refused('unwrap', 'malformed');
  try {
    const okm = hkdf(dataKey, salt, list('waxseal', '1', 'file'));
    if (!timingSafeEqual(okm.subarray(32), com)) throw new Error('commitment');
    return openChunks(chunks, size, okm.subarray(0, 32), list('waxseal file', line));
  } catch {
    throw new Refused('open', 'decrypt_failed');
  }
}

function takeApart(bytes: Buffer): { wrapping: Groups; line: string; chunks: Buffer } {
  const first = bytes.indexOf(0x0a) + 1;
  const second = bytes.indexOf(0x0a, first) + 1;
  if (first === 0 || second === 0 || first > 8192 || second - first > 16_384)
    throw new Refused('parse', 'malformed');
  const wrapping = match(WRAPPING, bytes.toString('latin1', 0, first));
  const least = Math.ceil(((wrapping.text ?? '').length + 1) / 512) * 512;
  if (first !== least) throw new Refused('parse', 'malformed');
  return { wrapping, line: bytes.toString('latin1', first, second - 1), chunks: bytes.subarray(second) };
}

function takeDocument(bytes: Buffer): { wrapping: Groups; line: string; chunks: Buffer } {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(bytes.toString()) as Record<string, unknown>;
  } catch {
    throw new Refused('parse', 'malformed');
  }
  const { wx, is, suite, vault, dk, ctx, as, salt, com, at, size, ct, wk, kms } = fields;
  if (wx !== 1 || is !== 'envelope' || Object.keys(fields).length !== 14)
    throw new Refused('parse', 'malformed');
  const pairs = Object.entries(ctx as Record<string, string>).sort(ordered);
  const wrapping = match(WRAPPING, `${JSON.stringify({ wx: 1, is: 'file', wk, kms })}\n`);
  const line = JSON.stringify({ suite, vault, dk, ctx: pairs, as, salt, com, at, size });
  return { wrapping, line, chunks: decode({ ct: String(ct) }, 'ct') };
}

function openChunks(chunks: Buffer, size: number, key: Buffer, aad: Buffer): Buffer {
  const parts: Buffer[] = [];
  const count = Math.max(1, Math.ceil(chunks.length / (size + 16)));
  for (let i = 0; i < count; i += 1) {
    const chunk = chunks.subarray(i * (size + 16), (i + 1) * (size + 16));
    const last = i === count - 1;
    if (chunk.length < 16 || (chunk.length === 16 && i > 0)) throw new Error('an empty chunk');
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(BigInt(i), 3);
    nonce[11] = last ? 1 : 0;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(chunk.subarray(-16));
    parts.push(decipher.update(chunk.subarray(0, -16)), decipher.final());
  }
  return Buffer.concat(parts);
}

function arePairs(pairs: readonly Pair[]): boolean {
  const keys = pairs.map(([key]) => key.toLowerCase());
  const order = pairs.every((pair, i) => i === 0 || ordered(pairs[i - 1] ?? pair, pair) < 0);
  const ours = keys.some((key) => key.startsWith('aws:') || key.startsWith('waxseal:'));
  return order && !ours && pairs.length <= 16 && new Set(keys).size === keys.length;
}

function ordered([a]: Pair, [b]: Pair): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function match(grammar: RegExp, text: string): Groups {
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) throw new Refused('parse', 'malformed');
  return groups;
}

function decode(groups: Groups, field: string): Buffer {
  const bytes = Buffer.from(groups[field] ?? '', 'base64');
  if (bytes.toString('base64') !== groups[field]) throw new Refused('parse', 'malformed');
  return bytes;
}

/** RFC 5869 by HMAC, 64 bytes of output: one block. */
function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer {
  const prk = createHmac('sha512', salt).update(key).digest();
  return createHmac('sha512', prk).update(info).update(Uint8Array.of(1)).digest();
}
