/** Any value in parts comes back; nothing else that parts and manifest could be changed to does. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  countParts,
  type DataKey,
  encodeEntry,
  isText,
  MAX_LARGE_BYTES,
  openEntry,
  openLarge,
  parseEntry,
  parseLargeManifest,
  type SealedLarge,
  sealLarge,
} from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { checkProperty, randomNumbers, rounds, tried } from '../support/seed.ts';
import { bytes, dataKeys, NAME } from './seal.ts';

const RUNS = { small: 60, full: 1_500 };
const PART = 3072;

/** A sealed value, and what it was sealed from. */
interface Sealed extends SealedLarge {
  readonly value: Uint8Array;
  readonly dataKey: DataKey;
  readonly name: string;
  readonly revision: number;
  readonly manifest: Uint8Array;
}

/** Lengths around those where a part begins, and any other. */
const lengths: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: MAX_LARGE_BYTES }),
  fc
    .tuple(fc.integer({ min: 0, max: 21 }), fc.integer({ min: -18, max: 18 }))
    .map(([parts, more]) => Math.max(0, parts * PART + more)),
  fc.constantFrom(0, 1, MAX_LARGE_BYTES - 1, MAX_LARGE_BYTES),
);

/** Bytes that do not deflate, text that does a little, and what deflates well. */
const values: fc.Arbitrary<Uint8Array> = fc
  .tuple(lengths, fc.nat(), fc.constantFrom<'bytes' | 'text' | 'stripes'>('bytes', 'text', 'stripes'))
  .map(([length, from, kind]) => {
    const random = randomNumbers(from);
    if (kind === 'bytes') return Uint8Array.from({ length }, () => Math.floor(random() * 256));
    if (kind === 'text') return Uint8Array.from({ length }, () => 32 + Math.floor(random() * 95));
    return Uint8Array.from({ length }, (_, i) => i % 7);
  });

const sealed = (of: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Sealed> =>
  fc
    .record({
      value: of,
      dataKey: dataKeys,
      name: fc.constantFrom(NAME, '/v/N', '/acme/prod/smtp/tls.key'),
      revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      salt: bytes(32),
      partsSalt: bytes(32),
    })
    .map(({ salt, partsSalt, ...rest }) => {
      const large = sealLarge(
        {
          ...rest,
          wrapping: {
            wrappedKey: new Uint8Array(184),
            kmsKeyId: 'mrk-0123456789abcdef',
            slot: { region: 'us-east-1', version: 1 },
          },
          sealedAt: 1_763_788_100,
          salt,
        },
        partsSalt,
      );
      return { ...large, ...rest, manifest: openEntry(large.entry, rest.name, rest.dataKey) };
    });

/** Few parts and many. */
const anySealed = sealed(values);
/** More than one part: bytes that do not deflate. */
const inSeveral = sealed(
  fc.tuple(fc.integer({ min: PART, max: 6 * PART }), fc.nat()).map(([length, from]) => {
    const random = randomNumbers(from);
    return Uint8Array.from({ length }, () => Math.floor(random() * 256));
  }),
);

/** The code of the refusal, or `opens`. Anything else that is thrown fails the test. */
function opened(
  { entry, dataKey }: Pick<Sealed, 'entry' | 'dataKey'>,
  manifest: Uint8Array,
  parts: readonly string[],
): string {
  return codeOf(() => openLarge(entry, parseLargeManifest(manifest), parts, dataKey));
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'opens';
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error.code;
  }
}

it('any value comes back as it was, from as many standard parameters as the format says', () =>
  checkProperty(
    'round trips of large secrets',
    fc.property(anySealed, ({ entry, parts, dataKey, name, value }) => {
      const read = parseEntry(encodeEntry(entry));
      const { flags } = read.core;
      const manifest = parseLargeManifest(openEntry(read, name, dataKey));
      expect(Buffer.compare(openLarge(read, manifest, parts, dataKey), value)).toBe(0);
      expect(flags).toMatchObject({ chunked: true, tombstone: false, binary: !isText(value) });
      if (!flags.compressed) expect(parts.length).toBe(countParts(value.byteLength));
      expect(parts.length).toBeLessThanOrEqual(22);
      expect(encodeEntry(entry).length).toBeLessThanOrEqual(4096);
      expect(parts.slice(0, -1).every((text) => text.length === 4096)).toBe(true);
      expect(parts.at(-1)?.length).toBeLessThanOrEqual(4096);
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
): string {
  const place = at % text.length;
  const [skip, put] = kind === 'replace' ? [1, character] : kind === 'insert' ? [0, character] : [1, ''];
  return text.slice(0, place) + put + text.slice(place + skip);
}

it('an edit of one character of a part is refused', () =>
  checkProperty(
    'edits of parts',
    fc.property(anySealed, fc.nat(), edits, (large, which, how) => {
      const at = which % large.parts.length;
      const parts = large.parts.map((text, i) => (i === at ? edit(text, how) : text));
      fc.pre(parts[at] !== large.parts[at]);
      expect(opened(large, large.manifest, parts)).toBe('large_incomplete');
    }),
    RUNS,
  ));

it('an edit of one character of the manifest is refused, though nobody vouched for it', () =>
  checkProperty(
    'edits of manifests',
    fc.property(anySealed, edits, (large, how) => {
      const text = Buffer.from(large.manifest).toString();
      const edited = edit(text, how);
      fc.pre(edited !== text);
      expect(['malformed', 'large_incomplete', 'decrypt_failed']).toContain(
        opened(large, Buffer.from(edited), large.parts),
      );
    }),
    { small: 300, full: 20_000 },
  ));

it('every position of one manifest, replaced, doubled and deleted', () => {
  const [large = expect.fail()] = fc.sample(inSeveral, { numRuns: 1, seed: 1 });
  const text = Buffer.from(large.manifest).toString();
  const characters = '0aAgQwZ+/= "\\{}\n'.slice(0, rounds(6, 16));
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    for (const character of [...characters, text[at] ?? '']) {
      for (const kind of ['replace', 'insert', 'delete']) {
        const edited = edit(text, { kind, at, character });
        if (edited === text) continue;
        expect(opened(large, Buffer.from(edited), large.parts), edited).not.toBe('opens');
        count += 1;
      }
    }
  }
  tried('edits of every position', count);
});

it('no choice of the parts opens but all of them in their order', () =>
  checkProperty(
    'choices of parts',
    fc.property(inSeveral, fc.array(fc.nat(), { maxLength: 8 }), (large, choice) => {
      const { parts, manifest } = large;
      const chosen = choice.map((at) => parts[at % parts.length] ?? '');
      fc.pre(chosen.join() !== parts.join());
      expect(opened(large, manifest, chosen)).toBe('large_incomplete');
      // Whoever has the data key can name them in that order; they were not sealed so.
      const { parts: digests, ...rest } = parseLargeManifest(manifest);
      const renamed = choice.map((at) => digests[at % digests.length] ?? '');
      const refused = codeOf(() =>
        openLarge(large.entry, { ...rest, parts: renamed }, chosen, large.dataKey),
      );
      expect(['malformed', 'decrypt_failed']).toContain(refused);
    }),
    RUNS,
  ));

it('parts open for their name, revision and data key alone', () =>
  checkProperty(
    'places',
    fc.property(
      anySealed,
      anySealed,
      fc.constantFrom('name', 'revision', 'id', 'key'),
      (large, other, field) => {
        const { entry, dataKey, manifest, parts } = large;
        const { core } = entry;
        const moved = {
          entry: {
            ...entry,
            core: {
              ...core,
              ...(field === 'name' ? { name: `${core.name}x` } : {}),
              ...(field === 'revision' ? { revision: other.revision } : {}),
            },
          },
          dataKey: {
            id: field === 'id' ? other.dataKey.id : dataKey.id,
            key: field === 'key' ? other.dataKey.key : dataKey.key,
          },
        };
        fc.pre(JSON.stringify(moved) !== JSON.stringify({ entry, dataKey }));
        expect(opened(moved, manifest, parts)).toBe('decrypt_failed');
      },
    ),
    RUNS,
  ));

it('reading arbitrary bytes as a manifest throws nothing but malformed; what is read has one spelling', () =>
  checkProperty(
    'arbitrary manifests',
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
        fc.tuple(anySealed, fc.string(), fc.nat()).map(([{ manifest }, other, at]) => {
          const place = at % manifest.length;
          return Buffer.concat([manifest.slice(0, place), Buffer.from(other), manifest.slice(place)]);
        }),
        fc.tuple(anySealed, fc.jsonValue(), fc.nat(3)).map(([{ manifest }, other, field]) => {
          const fields = Object.entries(JSON.parse(Buffer.from(manifest).toString()) as object);
          return Buffer.from(
            JSON.stringify(
              Object.fromEntries(fields.map(([key, old], i) => [key, i === field ? other : old])),
            ),
          );
        }),
        fc.tuple(anySealed, fc.integer({ min: 0, max: 120 })).map(([{ manifest }, count]) =>
          Buffer.from(
            Buffer.from(manifest)
              .toString()
              .replace(
                /"parts":"[^"]*"/,
                () =>
                  `"parts":"${Array(count)
                    .fill(`${'A'.repeat(22)}==`)
                    .join(' ')}"`,
              ),
          ),
        ),
      ),
      (content) => {
        try {
          const { parts, salt, commitment } = parseLargeManifest(content);
          expect(parts.length).toBeGreaterThan(0);
          expect(parts.length).toBeLessThan(100);
          const [inBase64, com] = [salt, commitment].map((one) => Buffer.from(one).toString('base64'));
          const text = JSON.stringify({ wx: 1, parts: parts.join(' '), salt: inBase64, com });
          expect(Buffer.from(content).toString('latin1')).toBe(text);
        } catch (error) {
          if (!isWaxsealError(error, 'malformed')) throw error;
        }
      },
    ),
    { small: 300, full: 20_000 },
  ));

it.each([
  ['64 million digits', `{"wx":1,"parts":"${'A'.repeat(64e6)}","salt":"","com":""}`],
  ['a million spaces', `{"wx":1,"parts":"${' '.repeat(1e6)}","salt":"","com":""}`],
  ['a million digests', `{"wx":1,"parts":"${`${'A'.repeat(22)}== `.repeat(1e6).trim()}","salt":"","com":""}`],
])('a manifest of %s is refused like any other', (_what, text) => {
  expect(() => parseLargeManifest(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'malformed' }));
});
