/** The files of test/vectors, as test/vectors/README.md describes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LargeVector } from './craft-large.ts';
import type { Asked, Stage, ToyKmsKey } from './independent.ts';

/** What must come of it. */
export type Expect = 'opens' | 'malformed' | 'never_valid' | 'misplaced' | 'foreign_key' | 'decrypt_failed';

/** One vector. */
export interface Vector {
  readonly description: string;
  readonly expect: Expect;
  /** The stage that must refuse; none where it opens. */
  readonly stage?: Stage;
  readonly asked: Asked;
  /** The vault's KMS key. */
  readonly kmsKey: ToyKmsKey;
  /** The data key that `dk` of "plain" names, in hexadecimal. */
  readonly dataKey: string;
  /** What comes of opening with `dataKey` in hand, where that is not what `expect` says. */
  readonly dataKeyAlone?: Expect;
  readonly tombstone?: true;
  /** The value in base64, where it opens in one way or the other. */
  readonly value?: string;
  readonly parameter: string;
}

const FOLDER = join(import.meta.dirname, '..', 'vectors');

/** All vectors by name. */
export const vectors: readonly (readonly [string, Vector])[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => [
    file.slice(0, -'.json'.length),
    JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Vector,
  ]);

/** Those that hold an entry. */
export const entries: typeof vectors = vectors.filter(([name]) => !name.startsWith('record-'));

/** Those that hold a data key record. */
export const records: typeof vectors = vectors.filter(([name]) => name.startsWith('record-'));

/** Those of large secrets. */
export const largeVectors: readonly (readonly [string, LargeVector])[] = readdirSync(
  join(FOLDER, 'large'),
).map((file) => [
  file.slice(0, -'.json'.length),
  JSON.parse(readFileSync(join(FOLDER, 'large', file), 'utf8')) as LargeVector,
]);

/** One vector by name. */
export function vector(name: string): Vector {
  const found = vectors.find(([one]) => one === name)?.[1];
  if (found === undefined) throw new Error(`there is no vector ${name}`);
  return found;
}

/** What a vector's value is, for comparison. */
export function expectedHex({ value }: Pick<Vector, 'value'>): string {
  if (value === undefined) throw new Error('the vector has no value');
  return Buffer.from(value, 'base64').toString('hex');
}
