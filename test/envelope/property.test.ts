import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Entry,
  type EntryCore,
  encodeDataKeyRecord,
  encodeEntry,
  entryDigest,
  formatDataKeyId,
  isText,
  openEntry,
  parseDataKeyRecord,
  parseEntry,
  sameEntry,
  sealEntry,
} from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { checkProperty, rounds, tried } from '../support/seed.ts';
import { lies, NAME, type Sealed, sealedEntries, values } from './seal.ts';
import { vector } from './vector.ts';

const RUNS = { small: 300, full: 20_000 };

/** The value in hexadecimal, or the code of the refusal. Anything else that is thrown fails the test. */
function opened(entry: Entry, { dataKey }: Pick<Sealed, 'dataKey'>, name: string = NAME): string {
  try {
    return Buffer.from(openEntry(entry, name, dataKey)).toString('hex');
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error.code;
  }
}

function parsed(text: string): Entry | string {
  try {
    return parseEntry(text);
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error.code;
  }
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
};

it('what is sealed opens to the same bytes, by way of its text', () =>
  checkProperty(
    'round trips of entries',
    fc.property(sealedEntries, (sealed) => {
      const entry = parseEntry(sealed.text);
      expect(encodeEntry(entry)).toBe(sealed.text);
      expect(sameEntry(entry, sealed.entry)).toBe(true);
      expect(opened(entry, sealed)).toBe(Buffer.from(sealed.value).toString('hex'));
      expect(entry.core.flags.binary).toBe(!isText(sealed.value));
      expect(/^[\x20-\x7e]*$/.test(sealed.text) && !sealed.text.includes('{{')).toBe(true);
    }),
    RUNS,
  ));

it('a data key record comes back as it was written', () =>
  checkProperty(
    'round trips of data key records',
    fc.property(sealedEntries, ({ entry: { core, wrapping } }) => {
      const { wrappedKey, kmsKeyId } = wrapping;
      const record = { vault: '/acme/prod', id: core.dataKeyId, wrappedKey, kmsKeyId };
      expect(parseDataKeyRecord(encodeDataKeyRecord(record), '/acme/prod')).toEqual(record);
    }),
    RUNS,
  ));

/** The core with one bit of one field turned, where the field has bits; else with the next value. */
const coreChanges: readonly ((core: EntryCore, bit: number) => EntryCore)[] = [
  (core, bit) => ({ ...core, name: Buffer.from(flip(Buffer.from(core.name), bit)).toString('latin1') }),
  (core, bit) => ({ ...core, revision: Number(BigInt(core.revision) ^ (1n << BigInt(bit % 52))) }),
  (core, bit) => ({
    ...core,
    parent: core.parent.length === 0 ? new Uint8Array(32) : flip(core.parent, bit),
  }),
  (core, bit) => ({
    ...core,
    dataKeyId: { ...core.dataKeyId, generation: core.dataKeyId.generation ^ (1 << (bit % 29)) },
  }),
  (core, bit) => ({
    ...core,
    dataKeyId: {
      ...core.dataKeyId,
      createdAt: Number(BigInt(core.dataKeyId.createdAt) ^ (1n << BigInt(bit % 39))),
    },
  }),
  (core, bit) => ({
    ...core,
    dataKeyId: {
      ...core.dataKeyId,
      random: Buffer.from(flip(Buffer.from(core.dataKeyId.random, 'hex'), bit)).toString('hex'),
    },
  }),
  (core, bit) => ({ ...core, salt: flip(core.salt, bit) }),
  (core, bit) => ({ ...core, commitment: flip(core.commitment, bit) }),
  (core, bit) => ({ ...core, sealedAt: Number(BigInt(core.sealedAt) ^ (1n << BigInt(bit % 53))) }),
  (core, bit) => ({ ...core, expiresAt: Number(BigInt(core.expiresAt) ^ (1n << BigInt(bit % 53))) }),
  (core) => ({ ...core, flags: { ...core.flags, compressed: !core.flags.compressed } }),
  (core) => ({ ...core, flags: { ...core.flags, binary: !core.flags.binary } }),
  (core) => ({ ...core, flags: { ...core.flags, tombstone: !core.flags.tombstone } }),
  (core) => ({ ...core, flags: { ...core.flags, chunked: !core.flags.chunked } }),
];

it('no bit of core or ciphertext can be turned', () =>
  checkProperty(
    'turned bits',
    fc.property(sealedEntries, fc.nat(), fc.nat(coreChanges.length), (sealed, bit, which) => {
      const { core, ciphertext } = sealed.entry;
      const change = coreChanges[which];
      const changed: Entry =
        change === undefined
          ? { ...sealed.entry, ciphertext: flip(ciphertext, bit) }
          : { ...sealed.entry, core: change(core, bit) };
      expect(['misplaced', 'decrypt_failed']).toContain(opened(changed, sealed));
      // Asked for under the name that it now bears, it gets past the comparison and fails all the same.
      expect(opened(changed, sealed, changed.core.name)).toBe('decrypt_failed');
      expect(sameEntry(changed, sealed.entry)).toBe(false);
    }),
    RUNS,
  ));

const edits = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'delete'),
  at: fc.nat(),
  character: fc.oneof(
    fc.constantFrom(...'0123456789abcxyzABCZ+/=-_."\\{}[],: \n\0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

function edit(
  text: string,
  { kind, at, character }: { kind: string; at: number; character: string },
): [string, number] {
  const place = at % text.length;
  const [skip, put] = kind === 'replace' ? [1, character] : kind === 'insert' ? [0, character] : [1, ''];
  return [text.slice(0, place) + put + text.slice(place + skip), place];
}

/** An edit of the text is refused, unless it lies in the wrapping and leaves core and ciphertext alone. */
function checkEdit(sealed: Sealed, edited: string, place: number): void {
  if (edited === sealed.text) return;
  const entry = parsed(edited);
  const result = typeof entry === 'string' ? entry : opened(entry, sealed);
  if (['malformed', 'misplaced', 'decrypt_failed'].includes(result)) return;
  expect(result).toBe(Buffer.from(sealed.value).toString('hex'));
  expect(sameEntry(entry as Entry, sealed.entry)).toBe(true);
  // An insertion right behind the last character of a field belongs to the field too.
  const inWrapping = (['wk', 'kms', 'slot'] as const).some(
    (part) => lies(sealed.text, place, part) || lies(sealed.text, place - 1, part),
  );
  expect(inWrapping, `an edit at ${place} opened: ${edited}`).toBe(true);
}

it('an edit of one character is refused, or lies in the wrapping and changes nothing', () =>
  checkProperty(
    'edits of one character',
    fc.property(sealedEntries, edits, (sealed, how) => checkEdit(sealed, ...edit(sealed.text, how))),
    RUNS,
  ));

it('every position of one entry, replaced, doubled and deleted', () => {
  const { parameter, dataKey, value = '' } = vector('second-revision');
  const entry = parseEntry(parameter);
  const sealed: Sealed = {
    entry,
    text: parameter,
    dataKey: { id: entry.core.dataKeyId, key: Buffer.from(dataKey, 'hex') },
    value: Buffer.from(value, 'base64'),
  };
  const characters = '019aAzZ+/=-:."\\ {}\n'.slice(0, rounds(6, 20));
  let count = 0;
  for (let at = 0; at < parameter.length; at += 1) {
    for (const character of [...characters, parameter[at] ?? '']) {
      for (const kind of ['replace', 'insert', 'delete']) {
        checkEdit(sealed, ...edit(parameter, { kind, at, character }));
        count += 1;
      }
    }
  }
  tried('edits of every position', count);
});

it('parsing arbitrary text throws nothing but a WaxsealError', () =>
  checkProperty(
    'arbitrary texts',
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.json(),
        fc.tuple(sealedEntries, fc.string(), fc.nat()).map(([{ text }, other, at]) => {
          const place = at % text.length;
          return text.slice(0, place) + other + text.slice(place);
        }),
        fc.tuple(sealedEntries, fc.jsonValue(), fc.nat(14)).map(([{ text }, other, field]) => {
          const fields = Object.entries(JSON.parse(text) as object);
          return JSON.stringify(
            Object.fromEntries(fields.map(([key, old], i) => [key, i === field ? other : old])),
          );
        }),
      ),
      (text) => {
        const entry = parsed(text);
        // What is accepted has one spelling only.
        if (typeof entry !== 'string') expect(encodeEntry(entry)).toBe(text);
        else expect(entry).toBe('malformed');
        try {
          parseDataKeyRecord(text, '/acme/prod');
        } catch (error) {
          if (!isWaxsealError(error, 'malformed', 'misplaced')) throw error;
        }
      },
    ),
    RUNS,
  ));

it.each([
  [
    'a ciphertext of 64 million characters',
    vector('plain').parameter.replace(/"ct":"/, `$&${'A'.repeat(64e6)}`),
  ],
  [
    'a name of 64 million characters',
    vector('plain').parameter.replace(/"name":"/, `$&${'/a'.repeat(32e6)}`),
  ],
  ['a million open brackets', '['.repeat(1e6)],
])('%s is refused like any other', (_what, text) => {
  const entry = parsed(text);
  const result = typeof entry === 'string' ? entry : opened(entry, { dataKey: keyOf(entry) });
  expect(['malformed', 'misplaced', 'decrypt_failed']).toContain(result);
});

function keyOf({ core }: Entry): Sealed['dataKey'] {
  return { id: core.dataKeyId, key: Buffer.from(vector('plain').dataKey, 'hex') };
}

it('the same value under two salts gives two entries that share nothing', () =>
  checkProperty(
    'values sealed twice',
    fc.property(
      sealedEntries,
      values,
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (sealed, value, salt) => {
        const { core, wrapping } = sealed.entry;
        fc.pre(Buffer.compare(core.salt, salt) !== 0);
        const again = (fresh: Uint8Array): Entry =>
          sealEntry({
            name: NAME,
            revision: core.revision,
            dataKey: sealed.dataKey,
            wrapping,
            sealedAt: core.sealedAt,
            value,
            salt: fresh,
          });
        const [one, other] = [again(core.salt), again(salt)];
        expect(Buffer.compare(one.ciphertext, other.ciphertext)).not.toBe(0);
        expect(Buffer.compare(one.core.commitment, other.core.commitment)).not.toBe(0);
        expect(sameEntry(one, other)).toBe(false);
        expect(encodeEntry(again(salt))).toBe(encodeEntry(other));
      },
    ),
    RUNS,
  ));

it('digests are equal exactly where core and ciphertext are', () =>
  checkProperty(
    'pairs of entries',
    fc.property(
      fc.array(sealedEntries, { minLength: 2, maxLength: 2 }),
      fc.subarray(['core', 'ciphertext', 'wrapping'] as const),
      (pair, taken) => {
        const [{ entry: one }, { entry: other }] = pair as [Sealed, Sealed];
        const mixed: Entry = { ...one, ...Object.fromEntries(taken.map((part) => [part, other[part]])) };
        const same = inner(mixed) === inner(one);
        expect(Buffer.compare(entryDigest(mixed), entryDigest(one)) === 0).toBe(same);
        expect(sameEntry(mixed, one)).toBe(same);
      },
    ),
    RUNS,
  ));

/** Core and ciphertext in full, without hashing. */
function inner({ core, ciphertext }: Entry): string {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const { parent, salt, commitment, dataKeyId, ...rest } = core;
  return JSON.stringify([
    rest,
    formatDataKeyId(dataKeyId),
    ...[parent, salt, commitment, ciphertext].map(hex),
  ]);
}
