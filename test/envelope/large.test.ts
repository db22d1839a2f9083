/** Each vector of a large secret through what src gives to library users, and through a reader written from FORMAT.md alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { entryDigest, packItems, unpackItems } from '../../src/envelope/index.ts';
import {
  encodeEntry,
  isWaxsealError,
  largePartNames,
  openEntry,
  openLarge,
  parseEntry,
  parseLargeManifest,
  sealLarge,
} from '../../src/index.ts';
import type { LargeVector } from './craft-large.ts';
import { Refused } from './independent.ts';
import { openSecret, RefusedLarge } from './independent-large.ts';
import { expectedHex, largeVectors } from './vector.ts';

/** A code, or the stage and code, or the value in hexadecimal. */
function outcome(work: () => Uint8Array): string {
  try {
    return Buffer.from(work()).toString('hex');
  } catch (error) {
    if (error instanceof Refused || error instanceof RefusedLarge) return `${error.stage}: ${error.code}`;
    if (isWaxsealError(error)) return error.code;
    throw error;
  }
}

function bySrc({ parameter, parts, asked, dataKey }: LargeVector): Uint8Array {
  const entry = parseEntry(parameter);
  const key = { id: entry.core.dataKeyId, key: Buffer.from(dataKey, 'hex') };
  const content = openEntry(entry, `${asked.vault}/${asked.name}`, key);
  if (!entry.core.flags.chunked) return content;
  const manifest = parseLargeManifest(content);
  const names = largePartNames(asked.vault, entry, manifest.parts.length);
  const texts = names.flatMap((name) => parts[name] ?? []);
  return openLarge(entry, manifest, texts, key);
}

it('there are enough of them, each another case, and a stage exactly where they are refused', () => {
  expect(largeVectors.length).toBeGreaterThan(110);
  const cases = largeVectors.map(([, { parameter, parts, asked, kmsKey }]) =>
    JSON.stringify([parameter, parts, asked, kmsKey]),
  );
  expect(new Set(cases).size).toBe(cases.length);
  for (const [name, { expect: expected, stage, value }] of largeVectors) {
    expect(stage === undefined, name).toBe(expected === 'opens');
    expect(value !== undefined, name).toBe(expected === 'opens');
  }
  const refusals = new Set(largeVectors.map(([, { stage, expect: code }]) => `${stage}: ${code}`));
  expect([...refusals].sort()).toEqual([
    'manifest: malformed',
    'open: decrypt_failed',
    'parse: malformed',
    'parts: large_incomplete',
    'parts: malformed',
    'undefined: opens',
    'value: decrypt_failed',
  ]);
});

describe('src', () => {
  it.each(largeVectors)('%s', (_name, one) => {
    expect(outcome(() => bySrc(one))).toBe(one.expect === 'opens' ? expectedHex(one) : one.expect);
  });

  it('tells which values are binary', () => {
    for (const [name, { expect: expected, value = '', parameter }] of largeVectors) {
      const bytes = Buffer.from(value, 'base64');
      const binary = !Buffer.from(bytes.toString()).equals(bytes) || bytes.includes(0);
      if (expected === 'opens') expect(parseEntry(parameter).core.flags.binary, name).toBe(binary);
    }
  });

  it.each(['plain', 'empty', 'whole-part', 'tag-in-its-own-part', 'largest', 'second-revision'])(
    'seals %s to the same texts again',
    (name) => {
      const of = (wanted: string): LargeVector =>
        largeVectors.find(([one]) => one === wanted)?.[1] ?? expect.fail();
      const { parameter, parts, dataKey, value } = of(name);
      const { core, wrapping } = parseEntry(parameter);
      const key = { id: core.dataKeyId, key: Buffer.from(dataKey, 'hex') };
      const { salt } = parseLargeManifest(openEntry(parseEntry(parameter), core.name, key));
      const input = {
        ...{ name: core.name, revision: core.revision, dataKey: key, wrapping, sealedAt: core.sealedAt },
        parent: core.revision === 1 ? undefined : parseEntry(of('plain').parameter),
        value: Buffer.from(value ?? '', 'base64'),
        salt: core.salt,
      };
      const sealed = sealLarge(input, salt);
      expect(encodeEntry(sealed.entry)).toBe(parameter);
      const names = largePartNames('/acme/prod', sealed.entry, sealed.parts.length);
      expect(parts).toMatchObject(Object.fromEntries(names.map((one, i) => [one, sealed.parts[i]])));
    },
  );
});

it('what is above the limit is not sealed', () => {
  const { parameter, dataKey } = largeVectors.find(([name]) => name === 'plain')?.[1] ?? expect.fail();
  const { core, wrapping } = parseEntry(parameter);
  const input = {
    ...{ name: core.name, revision: 1, wrapping, sealedAt: core.sealedAt, salt: core.salt },
    dataKey: { id: core.dataKeyId, key: Buffer.from(dataKey, 'hex') },
    value: new Uint8Array(65_537),
  };
  expect(outcome(() => Buffer.from(sealLarge(input, core.commitment).parts.join()))).toBe('value_too_large');
});

describe('an item of a release', () => {
  const digest = entryDigest(
    parseEntry(largeVectors.find(([name]) => name === 'plain')?.[1].parameter ?? ''),
  );
  const item = { name: 'CERT', revision: 3, sealedAt: 1_763_788_100, expiresAt: 0 };
  const rows = (packed: Uint8Array): unknown => JSON.parse(inflateRawSync(packed).toString());

  it('has the digest of a large secret for a value, and comes back with it', () => {
    const items = [false, true].map((binary) => ({ ...item, binary, value: undefined, large: digest }));
    const packed = packItems(items);
    const inBase64 = Buffer.from(digest).toString('base64');
    expect(rows(packed)).toEqual([
      ['CERT', 3, 1_763_788_100, 0, 'c', inBase64],
      ['CERT', 3, 1_763_788_100, 0, 'bc', inBase64],
    ]);
    expect(unpackItems(packed)).toEqual(items);
  });

  it.each([
    ['tc', ''],
    ['cb', Buffer.alloc(32).toString('base64')],
    ['cc', Buffer.alloc(32).toString('base64')],
    ['zc', Buffer.alloc(32).toString('base64')],
    ['c', ''],
    ['c', Buffer.alloc(31).toString('base64')],
    ['c', Buffer.alloc(33).toString('base64')],
    ['bc', Buffer.alloc(32).toString('hex')],
    ['c', Buffer.alloc(32).toString('base64').replace('A=', 'B=')],
  ])('is refused with the flags %s and %j', (flags, value) => {
    const packed = deflateRawSync(JSON.stringify([['CERT', 3, 1_763_788_100, 0, flags, value]]));
    expect(outcome(() => Buffer.from(String(unpackItems(packed).length)))).toBe('malformed');
  });
});

describe('the independent reader', () => {
  it.each(largeVectors)('%s', (_name, one) => {
    const { parameter, asked, kmsKey, parts, expect: expected, stage } = one;
    const opened = outcome(() => openSecret(parameter, asked, kmsKey, parts));
    expect(opened).toBe(expected === 'opens' ? expectedHex(one) : `${stage}: ${expected}`);
  });

  it('imports nothing of src', () => {
    const source = readFileSync(join(import.meta.dirname, 'independent-large.ts'), 'utf8');
    const imports = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from);
    expect(imports).toEqual(['node:crypto', './independent.ts']);
  });
});
