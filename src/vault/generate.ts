/** Values that nobody has to think of. Pure: randomness is passed in, and what is drawn evenly is drawn by rejection. */
import { WaxsealError } from '../errors.ts';

/** Random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

/** What to make. Lengths in characters (of the alphabet) or bytes (before they are spelled out). */
export type Recipe =
  | { readonly kind: 'characters'; readonly alphabet: readonly string[]; readonly length: number }
  | { readonly kind: 'hex' | 'base64'; readonly bytes: number }
  | { readonly kind: 'uuid' };

/** A value that was made. */
export interface Generated {
  /** UTF-8. */
  readonly value: Uint8Array;
  /** How many bits somebody would have to guess: the logarithm of how many values are equally likely. */
  readonly entropy: number;
}

/** With less than this, in bits, a value that can be tried out offline is not safe. */
export const LEAST_ENTROPY = 80;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** ASCII that is printed, without the space. */
const ASCII = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).join('');

/** Alphabets that have a name. Each name but "alnum" repeats a letter, so that it is no alphabet itself. */
const ALPHABETS: Readonly<Record<string, string>> = {
  alnum: LETTERS + DIGITS,
  letters: LETTERS,
  digits: DIGITS,
  ascii: ASCII,
};

/**
 * An alphabet by its name, or the characters themselves, one code point each.
 * @throws WaxsealError `usage` when a character is there twice, alone, or none that a value should hold
 */
export function readAlphabet(text: string): readonly string[] {
  const characters = [...(Object.hasOwn(ALPHABETS, text) ? (ALPHABETS[text] ?? '') : text)];
  const refuse = (why: string): never => {
    throw new WaxsealError('usage', `the alphabet ${why}`, {
      hint: `${Object.keys(ALPHABETS).join(', ')}, or the characters themselves, such as abcdef0123456789`,
    });
  };
  if (characters.length < 2) return refuse('needs at least two characters');
  if (/[\p{Cc}\p{Cs}\uFFFD]/u.test(text)) return refuse('holds a control character, or half of a character');
  const twice = characters.filter((character, i) => characters.indexOf(character) !== i);
  if (twice.length > 0) return refuse(`holds ${[...new Set(twice)].join(' ')} more than once`);
  return characters;
}

/** What is made where nothing else is asked for: 190 bits that need no quoting anywhere. */
export const USUAL_RECIPE: Extract<Recipe, { readonly kind: 'characters' }> = {
  kind: 'characters',
  alphabet: [...(LETTERS + DIGITS)],
  length: 32,
};

/** Makes a value. */
export function generateValue(recipe: Recipe, random: RandomBytes): Generated {
  const entropy = entropyOf(recipe);
  switch (recipe.kind) {
    case 'characters':
      return { value: encode(drawCharacters(recipe.alphabet, recipe.length, random)), entropy };
    case 'uuid':
      return { value: encode(uuid(random(16))), entropy };
    case 'hex':
    case 'base64': {
      const bytes = random(recipe.bytes);
      const value = encode(Buffer.from(bytes).toString(recipe.kind));
      bytes.fill(0);
      return { value, entropy };
    }
  }
}

/** In bits. */
function entropyOf(recipe: Recipe): number {
  switch (recipe.kind) {
    case 'characters':
      return recipe.length * Math.log2(recipe.alphabet.length);
    // Of 128 bits six say that it is a random UUID.
    case 'uuid':
      return 122;
    case 'hex':
    case 'base64':
      return recipe.bytes * 8;
  }
}

/**
 * Each character as likely as any other: a number that is beyond the alphabet is drawn anew, for a remainder would
 * make the first ones more likely.
 */
function drawCharacters(alphabet: readonly string[], length: number, random: RandomBytes): string {
  const bits = Math.ceil(Math.log2(alphabet.length));
  const width = Math.ceil(bits / 8);
  const drawn: string[] = [];
  while (drawn.length < length) {
    const bytes = random((length - drawn.length) * width);
    for (let at = 0; at + width <= bytes.byteLength && drawn.length < length; at += width) {
      const number = bytes.subarray(at, at + width).reduce((sum, byte) => sum * 256 + byte, 0);
      const character = alphabet[number % 2 ** bits];
      if (character !== undefined) drawn.push(character);
    }
    bytes.fill(0);
  }
  return drawn.join('');
}

/** Version 4 (RFC 9562): random but for its version and variant. */
function uuid(bytes: Uint8Array): string {
  const marked = Buffer.from(bytes);
  marked[6] = ((marked[6] ?? 0) & 0x0f) | 0x40;
  marked[8] = ((marked[8] ?? 0) & 0x3f) | 0x80;
  const hex = marked.toString('hex');
  marked.fill(0);
  bytes.fill(0);
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join('-');
}

function encode(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}
