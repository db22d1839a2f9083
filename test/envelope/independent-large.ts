/** A reader of large secrets written from docs/FORMAT.md alone; shares no code with src. */
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import {
  type Asked,
  decode,
  type Groups,
  hkdf,
  inflate,
  list,
  openParameter,
  parse,
  Refused,
  type Stage,
  type ToyKmsKey,
} from './independent.ts';

/** A stage of opening that an entry alone does not have. */
export type LargeStage = Stage | 'manifest' | 'parts' | 'value';

/** A refusal of what lies beside the entry. */
export class RefusedLarge extends Error {
  readonly code: string;
  readonly stage: LargeStage;

  constructor(stage: LargeStage, code: string) {
    super(`${stage}: ${code}`);
    this.stage = stage;
    this.code = code;
  }
}

const BASE64 = '[A-Za-z0-9+/]*={0,2}';
const DIGEST = '[A-Za-z0-9+/]{21}[AQgw]==';
const MANIFEST = new RegExp(
  `^\\{"wx":1,"parts":"(?<parts>${DIGEST}(?: ${DIGEST}){0,98})","salt":"(?<salt>${BASE64})","com":"(?<com>${BASE64})"\\}$`,
);
const PART = 3072;

/**
 * Opens an entry, and its parts where it has some.
 * @param stored - what else Parameter Store holds, by full name
 */
export function openSecret(
  text: string,
  asked: Asked,
  kmsKey: ToyKmsKey,
  stored: Readonly<Record<string, string>>,
): Buffer {
  const { value, entry, dataKey } = openParameter(text, asked, kmsKey);
  if (!entry.fl?.includes('c')) return value;
  const manifest = at('manifest', () => readManifest(value));
  const digests = (manifest.parts ?? '').split(' ');
  const id = decode(entry, 'salt').subarray(0, 8).toString('hex');
  const texts = digests.map((digest, i) => {
    const name = `${asked.vault}/.waxseal/large/${asked.name}/${entry.rev}.${id}.${i + 1}`;
    const part = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (part === undefined || nameOf(part) !== digest) throw new RefusedLarge('parts', 'large_incomplete');
    return part;
  });
  const ct = at('parts', () => joined(texts));
  try {
    const [salt, com] = [decode(manifest, 'salt'), decode(manifest, 'com')];
    const okm = hkdf(dataKey, salt, list('waxseal', '1', 'large'));
    if (!timingSafeEqual(okm.subarray(32), com)) throw new Error('commitment');
    const decipher = createDecipheriv('aes-256-gcm', okm.subarray(0, 32), Buffer.alloc(12), {
      authTagLength: 16,
    });
    const fullName = `${asked.vault}/${asked.name}`;
    decipher.setAAD(list('waxseal large', '1', '1', fullName, entry.rev ?? '', entry.dk ?? '', salt, com));
    decipher.setAuthTag(ct.subarray(-16));
    const plain = Buffer.concat([decipher.update(ct.subarray(0, -16)), decipher.final()]);
    return entry.fl.includes('z') ? inflate(plain) : plain;
  } catch {
    throw new RefusedLarge('value', 'decrypt_failed');
  }
}

function readManifest(value: Buffer): Groups {
  // A manifest is ASCII: Latin-1 lets no other byte pass for a character of it.
  const manifest = parse(MANIFEST, value.toString('latin1'));
  if (decode(manifest, 'salt').length !== 32 || decode(manifest, 'com').length !== 32)
    throw new Refused('parse', 'malformed');
  return manifest;
}

function nameOf(part: string): string {
  return createHash('sha256').update(part).digest().subarray(0, 16).toString('base64');
}

function joined(texts: readonly string[]): Buffer {
  const pieces = texts.map((text) => decode({ text }, 'text'));
  const fine = pieces.every(({ length }, i) =>
    i < pieces.length - 1 ? length === PART : length > 0 && length <= PART,
  );
  if (!fine) throw new Refused('parse', 'malformed');
  return Buffer.concat(pieces);
}

/** A refusal of the parser is this stage's. */
function at<T>(stage: LargeStage, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) throw new RefusedLarge(stage, error.code);
    throw error;
  }
}
