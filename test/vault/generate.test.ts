/** Generated values: every character as likely as any other, and no figure better than it is. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generateValue,
  type RandomBytes,
  type Recipe,
  readAlphabet,
  USUAL_RECIPE,
} from '../../src/vault/generate.ts';
import { checkProperty, rounds, seed, tried } from '../support/seed.ts';
import { rejection, text } from '../support/world.ts';

/** Bytes of a stream that a seed decides. */
function stream(from: string): RandomBytes {
  let count = 0;
  let left: Buffer = Buffer.alloc(0);
  return (length) => {
    const blocks = [left];
    for (let have = left.byteLength; have < length; have += 64) {
      count += 1;
      blocks.push(createHash('sha512').update(`${from} ${count}`).digest());
    }
    const all = Buffer.concat(blocks);
    left = all.subarray(length);
    return Uint8Array.from(all.subarray(0, length));
  };
}

/** Bytes from a list, which must not run out. */
function given(...bytes: number[]): RandomBytes {
  return (length) => {
    expect(bytes.length, 'bytes asked for').toBeGreaterThanOrEqual(length);
    return Uint8Array.from(bytes.splice(0, length));
  };
}

function characters(alphabet: string, length: number): Recipe {
  return { kind: 'characters', alphabet: readAlphabet(alphabet), length };
}

/** How far counts are from even: the sum of squared deviations over what is expected. */
function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * What chi-squared stays below but once in ten million times (Wilson and Hilferty's approximation), so that a
 * generator that is even hardly ever fails, whatever the seed.
 */
function limit(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 5.2 * Math.sqrt(spread)) ** 3;
}

function countsOf(drawn: readonly string[], alphabet: readonly string[]): readonly number[] {
  const counts = new Map(alphabet.map((character) => [character, 0]));
  for (const character of drawn) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(alphabet.length);
  return [...counts.values()];
}

/** Code points that are printed, in order. */
function manyCharacters(count: number): string {
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
}

describe('characters', () => {
  it.each([
    ['two', 'ab'],
    ['ten', 'digits'],
    ['sixty-two', 'alnum'],
    ['ninety-four', 'ascii'],
    ['a power of two', 'abcdefghijklmnop'],
    ['just above one', 'abcdefghijklmnopq'],
    ['more than a byte can tell apart', manyCharacters(300)],
  ])('are all as likely as each other, and in each place: %s', (_, named) => {
    const alphabet = readAlphabet(named);
    const wanted = rounds(60_000, 2_000_000);
    const length = 50;
    const random = stream(`${named} ${seed}`);
    const drawn = Array.from({ length: Math.ceil(wanted / length) }, () => [
      ...text(generateValue({ kind: 'characters', alphabet, length }, random).value),
    ]);
    tried('characters drawn', drawn.length * length);
    expect(chiSquared(countsOf(drawn.flat(), alphabet))).toBeLessThan(limit(alphabet.length - 1));
    if (alphabet.length > 100) return;
    for (const place of [0, length - 1]) {
      const there = drawn.map((value) => value[place] ?? '');
      expect(chiSquared(countsOf(there, alphabet))).toBeLessThan(limit(alphabet.length - 1));
    }
  });

  it('the test of evenness sees a remainder', () => {
    // As a generator would draw that takes each byte modulo 62.
    const alphabet = readAlphabet('alnum');
    const drawn = [...stream(`biased ${seed}`)(60_000)].map((byte) => alphabet[byte % alphabet.length] ?? '');
    expect(chiSquared(countsOf(drawn, alphabet))).toBeGreaterThan(limit(alphabet.length - 1));
  });

  it('what lies beyond the alphabet is drawn anew', () => {
    // Four bits a digit: 10 to 15 are none.
    expect(
      text(generateValue(characters('digits', 3), given(0x0f, 0x0a, 0x09, 0xff, 0x10, 0x37)).value),
    ).toBe('907');
    // Two bytes where one is not enough.
    const many = manyCharacters(300);
    const value = text(generateValue(characters(many, 2), given(0x01, 0x2c, 0x01, 0x2b, 0xfe, 0x00)).value);
    expect([...value]).toEqual([many[299], many[0]]);
  });

  it('are code points: one outside the first plane is one', async () => {
    const alphabet = ['🔑', '𝄞', 'é', 'a', '中'];
    await checkProperty(
      'values of code points',
      fc.property(fc.integer({ min: 1, max: 200 }), fc.string(), (length, from) => {
        const { value } = generateValue(characters(alphabet.join(''), length), stream(from));
        const drawn = [...text(value)];
        expect(drawn).toHaveLength(length);
        expect(drawn.filter((character) => !alphabet.includes(character))).toEqual([]);
      }),
      { small: 100, full: 5000 },
    );
  });
});

describe('alphabets', () => {
  it.each([
    ['alnum', 62],
    ['letters', 52],
    ['digits', 10],
    ['ascii', 94],
    ['abc', 3],
    ['🔑𝄞', 2],
    ['toString', 8],
  ])('%s', async (named, size) => {
    if (named === 'toString') await rejection((async () => readAlphabet(named))(), 'usage');
    else expect(new Set(readAlphabet(named)).size).toBe(size);
  });

  it.each([
    ['', 'the alphabet needs at least two characters'],
    ['a', 'the alphabet needs at least two characters'],
    ['🔑', 'the alphabet needs at least two characters'],
    ['abca', 'the alphabet holds a more than once'],
    ['🔑a🔑a', 'the alphabet holds 🔑 a more than once'],
    ['ab\n', 'the alphabet holds a control character, or half of a character'],
    ['ab\u{D83D}', 'the alphabet holds a control character, or half of a character'],
  ])('%j is none', async (named, why) => {
    const refused = await rejection((async () => readAlphabet(named))(), 'usage');
    expect(refused.message).toBe(why);
    expect(refused.hint).toContain('alnum');
  });

  it('ASCII is all that is printed but the space', () => {
    const ascii = readAlphabet('ascii');
    expect([ascii[0], ascii.at(-1), ascii.includes(' ')]).toEqual(['!', '~', false]);
  });
});

describe('entropy', () => {
  it.each<[Recipe, number]>([
    [USUAL_RECIPE, 32 * Math.log2(62)],
    [characters('ab', 80), 80],
    [characters('abcdefgh', 10), 30],
    [characters('0123456789abcdef', 32), 128],
    [characters('digits', 6), 6 * Math.log2(10)],
    [{ kind: 'hex', bytes: 32 }, 256],
    [{ kind: 'base64', bytes: 1 }, 8],
    [{ kind: 'uuid' }, 122],
  ])('of $kind is %d bits', (recipe, bits) => {
    expect(generateValue(recipe, stream('any')).entropy).toBe(bits);
  });
});

describe('bytes', () => {
  it('are spelled out', () => {
    const bytes = [0xfb, 0xff, 0x00, 0x10];
    expect(text(generateValue({ kind: 'hex', bytes: 4 }, given(...bytes)).value)).toBe('fbff0010');
    expect(text(generateValue({ kind: 'base64', bytes: 4 }, given(...bytes)).value)).toBe('+/8AEA==');
  });

  it('a UUID is random but for what says that it is', () => {
    const most = Array.from({ length: 16 }, () => 0xff);
    expect(text(generateValue({ kind: 'uuid' }, given(...most)).value)).toBe(
      'ffffffff-ffff-4fff-bfff-ffffffffffff',
    );
    const least = Array.from({ length: 16 }, () => 0);
    expect(text(generateValue({ kind: 'uuid' }, given(...least)).value)).toBe(
      '00000000-0000-4000-8000-000000000000',
    );
    const random = stream(`uuid ${seed}`);
    const made = Array.from({ length: 200 }, () => text(generateValue({ kind: 'uuid' }, random).value));
    expect(new Set(made).size).toBe(200);
    for (const one of made)
      expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('what was drawn is wiped', () => {
    for (const recipe of [USUAL_RECIPE, { kind: 'hex', bytes: 8 }, { kind: 'uuid' }] as const) {
      const all: Uint8Array[] = [];
      const random = stream('wiped');
      generateValue(recipe, (length) => {
        const bytes = random(length);
        all.push(bytes);
        return bytes;
      });
      expect(all.length).toBeGreaterThan(0);
      for (const bytes of all) expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  });
});
