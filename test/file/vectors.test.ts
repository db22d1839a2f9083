/** Each vector of a file through decryptStream, and through a reader that was written from FORMAT.md alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import { decryptStream } from '../../src/index.ts';
import type { FileVector } from '../envelope/craft-file.ts';
import { Refused } from '../envelope/independent.ts';
import { openWholeFile } from '../envelope/independent-file.ts';
import { rounds, tried } from '../support/seed.ts';
import { inPieces, outcome, toyVault } from './support.ts';

const FOLDER = join(import.meta.dirname, '..', 'vectors', 'file');
const vectors = readdirSync(FOLDER).map((file) => [file.replace(/\.json$/, ''), read(file)] as const);
const whole = vectors.filter(([, { cuts }]) => cuts === undefined);
const cut = vectors.filter(([, { cuts }]) => cuts !== undefined);

function read(file: string): FileVector {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as FileVector;
}

/** What src makes of bytes: the value, or a code with the number of bytes that came out before. */
async function bySrc(bytes: Buffer, { asked, kmsKey }: FileVector, size = bytes.length): Promise<unknown> {
  const options = { context: asked.context, name: asked.as };
  const stream = decryptStream(inPieces(bytes, size), toyVault(asked.vault, kmsKey), options);
  const { bytes: out, error } = await outcome(stream);
  if (error === undefined) return out.toString('base64');
  if (!isWaxsealError(error)) throw error;
  return error.code;
}

function independently(bytes: Buffer, { asked, kmsKey }: FileVector): unknown {
  try {
    return openWholeFile(bytes, asked, kmsKey).toString('base64');
  } catch (error) {
    if (error instanceof Refused) return `${error.stage}: ${error.code}`;
    throw error;
  }
}

it('there are enough of them, each another case', () => {
  expect(vectors.length).toBeGreaterThan(80);
  const cases = vectors.map(([, { file, asked, kmsKey, cuts }]) =>
    JSON.stringify([file, asked, kmsKey, cuts]),
  );
  expect(new Set(cases).size).toBe(cases.length);
});

test.each(whole)('%s', async (_name, vector) => {
  const { expect: expected, stage, value } = vector;
  const bytes = Buffer.from(vector.file, 'base64');
  expect(independently(bytes, vector)).toBe(expected === 'opens' ? value : `${stage}: ${expected}`);
  for (const size of [bytes.length || 1, 1000, 1]) {
    expect(await bySrc(bytes, vector, size)).toBe(expected === 'opens' ? value : expected);
  }
});

test.each(cut)('%s', async (_name, vector) => {
  const { expect: expected, stage, cuts: [from, to] = [0, 0] } = vector;
  const bytes = Buffer.from(vector.file, 'base64');
  let count = 0;
  for (let length = from; length <= to; length += rounds(7, 1)) {
    expect(await bySrc(bytes.subarray(0, length), vector), `${length} bytes`).toBe(expected);
    expect(independently(bytes.subarray(0, length), vector), `${length} bytes`).toBe(`${stage}: ${expected}`);
    count += 1;
  }
  tried(`cuts from ${from} to ${to}`, count);
});
