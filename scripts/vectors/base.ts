/** What all vectors share: one vault, two KMS keys, two data keys, and one entry to start from. */
import { contextOf, type Fields, fixedBytes, seal, toyWrap } from '../../test/envelope/craft.ts';
import type { ToyKmsKey } from '../../test/envelope/independent.ts';
import type { Vector } from '../../test/envelope/vector.ts';

/** Fields that are not as usual. */
export type Change = Partial<Fields>;
/** What a vector says besides its text. */
export type Outcome = Partial<Omit<Vector, 'description' | 'parameter'>>;

export const VAULT: string = '/acme/prod';
export const NAME: string = 'DATABASE_URL';
export const OTHER_VAULT: string = '/acme/dev';
export const HOME: string = 'us-east-1';
export const DK: string = '1.1763788000.9f86d081884c7d65';
export const OTHER_DK: string = '2.1795324000.2c26b46b68ffc68f';
export const dataKey: Buffer = fixedBytes('data key', 32);
export const otherDataKey: Buffer = fixedBytes('other data key', 32);
export const kmsKey: ToyKmsKey = toyKey('KMS key');
export const otherKmsKey: ToyKmsKey = toyKey('other KMS key');
export const wk: string = toyWrap(kmsKey, contextOf(VAULT, DK), dataKey, 'wk');
export const text: Buffer = Buffer.from('postgres://app:correct-horse@db.internal.example:5432/app');
export const asked: Vector['asked'] = { vault: VAULT, name: NAME, region: HOME, version: 1 };

function toyKey(label: string): ToyKmsKey {
  return {
    id: `mrk-${fixedBytes(`${label} id`, 16).toString('hex')}`,
    kek: fixedBytes(label, 32).toString('hex'),
  };
}

function fields(label: string, change: Change = {}): Fields {
  return {
    wx: 1,
    suite: 1,
    name: `${VAULT}/${NAME}`,
    rev: 1,
    prev: '',
    dk: DK,
    salt: fixedBytes(`salt ${label}`, 32).toString('base64'),
    com: '',
    at: 1763788100,
    exp: 0,
    fl: '',
    ct: '',
    wk,
    kms: kmsKey.id,
    slot: `${HOME}:1`,
    ...change,
  };
}

/** A sealed entry; the label makes its salt. */
export function sealed(
  label: string,
  plaintext: Uint8Array,
  change: Change = {},
  how: Partial<Parameters<typeof seal>[2]> = {},
): Fields {
  return seal(fields(label, change), plaintext, { dataKey, ...how });
}

/** All vectors so far. */
export const vectors: Map<string, Vector> = new Map<string, Vector>();

/** Adds a vector. */
export function add(name: string, description: string, parameter: Fields | string, outcome: Outcome): void {
  if (vectors.has(name)) throw new Error(`two vectors are called ${name}`);
  const { expect = 'opens', stage, asked: where, ...rest } = outcome;
  vectors.set(name, {
    description,
    expect,
    ...(stage === undefined ? {} : { stage }),
    asked: where ?? asked,
    kmsKey,
    dataKey: dataKey.toString('hex'),
    ...rest,
    parameter: typeof parameter === 'string' ? parameter : JSON.stringify(parameter),
  });
}

/** What opens to a value. */
export function opens(
  name: string,
  description: string,
  entry: Fields,
  value: Uint8Array,
  outcome: Outcome = {},
): void {
  add(name, description, entry, { value: Buffer.from(value).toString('base64'), ...outcome });
}

/** What is refused for its spelling. */
export function malformed(name: string, description: string, parameter: Fields | string): void {
  add(name, description, parameter, { expect: 'malformed', stage: 'parse' });
}

/** What does not decrypt. */
export function closed(name: string, description: string, entry: Fields, outcome: Outcome = {}): void {
  add(name, description, entry, { expect: 'decrypt_failed', stage: 'open', ...outcome });
}

/** The entry that most vectors start from. */
export const plain: Fields = sealed('plain', text);
export const plainText: string = JSON.stringify(plain);
export const none: Buffer = Buffer.alloc(0);
