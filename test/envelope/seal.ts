/** Any entry, for properties. */
import * as fc from 'fast-check';
import { type DataKey, type Entry, encodeEntry, parseEntry, sealEntry } from '../../src/envelope/index.ts';

/** The name that the entries below are sealed for. */
export const NAME = '/acme/prod/DATABASE_URL';

/** So many bytes. */
export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** Data keys. */
export const dataKeys: fc.Arbitrary<DataKey> = fc.record({
  id: fc.record({
    generation: fc.integer({ min: 1, max: 999_999_999 }),
    createdAt: fc.integer({ min: 100_000_000, max: 999_999_999_999 }),
    random: bytes(8).map((random) => Buffer.from(random).toString('hex')),
  }),
  key: bytes(32),
});

/** Values of all kinds: bytes, text, and what deflates well. */
export const values: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 200 }))
    .map(([part, times]) => Uint8Array.from(Buffer.concat(Array<Uint8Array>(times).fill(part)))),
);

/** A sealed entry, what it was sealed from, and its text. */
export interface Sealed {
  readonly entry: Entry;
  readonly text: string;
  readonly dataKey: DataKey;
  /** No bytes for a tombstone. */
  readonly value: Uint8Array;
}

const PARENT = sealEntry({
  name: NAME,
  revision: 1,
  dataKey: {
    id: { generation: 1, createdAt: 1_763_788_000, random: '0'.repeat(16) },
    key: new Uint8Array(32),
  },
  wrapping: { wrappedKey: Uint8Array.of(1), kmsKeyId: 'mrk-0', slot: { region: 'us-east-1', version: 1 } },
  sealedAt: 1_763_788_000,
  value: new Uint8Array(0),
  salt: new Uint8Array(32),
});

/** Sealed entries with everything in them drawn. */
export const sealedEntries: fc.Arbitrary<Sealed> = fc
  .record({
    dataKey: dataKeys,
    value: fc.option(values, { nil: undefined, freq: 20 }),
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    linked: fc.boolean(),
    salt: bytes(32),
    sealedAt: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    expiresAt: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    wrappedKey: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    version: fc.integer({ min: 1, max: 999_999_999_999_999 }),
  })
  .map(({ linked, wrappedKey, version, ...rest }) => {
    const entry = sealEntry({
      ...rest,
      name: NAME,
      parent: linked && rest.revision > 1 ? PARENT : undefined,
      wrapping: { wrappedKey, kmsKeyId: 'mrk-0123456789abcdef', slot: { region: 'us-east-1', version } },
    });
    const { dataKey, value = new Uint8Array(0) } = rest;
    return { entry, text: encodeEntry(entry), dataKey, value };
  });

/** Whether `part` of the text holds position `at`. */
export function lies(text: string, at: number, part: 'wk' | 'kms' | 'slot'): boolean {
  const entry = parseEntry(text);
  const [from, to] =
    part === 'wk'
      ? ['","wk":"', '","kms":"']
      : part === 'kms'
        ? ['","kms":"', '","slot":"']
        : ['","slot":"', '"}'];
  if (encodeEntry(entry) !== text) throw new Error('not an entry');
  return at >= text.lastIndexOf(from) + from.length && at < text.lastIndexOf(to);
}
