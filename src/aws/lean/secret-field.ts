/**
 * A secret out of an answer without ever being a string: a string stays in memory until it is overwritten by chance,
 * bytes can be wiped.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BASE64 = new Int8Array(128).fill(-1);
Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').forEach((code, value) => {
  BASE64[code] = value;
});

/**
 * Takes the base64 value of a field out of AWS's JSON, in which spaces are left there as an empty string.
 * @param body - changed in place
 * @returns the bytes, for whoever asked to wipe; undefined where there is no such field, or its value is not base64
 */
export function takeSecretField(body: Buffer, field: string): Uint8Array<ArrayBuffer> | undefined {
  const key = Buffer.from(`"${field}"`);
  for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at + 1)) {
    const colon = skipSpaces(body, at + key.byteLength);
    if (body[at - 1] === BACKSLASH || body[colon] !== 0x3a) continue;
    const open = skipSpaces(body, colon + 1);
    const end = body.indexOf(QUOTE, open + 1);
    if (body[open] !== QUOTE || end < 0) return undefined;
    const text = body.subarray(open + 1, end);
    const bytes = fromBase64(text);
    // Behind the closing quote spaces may stand: what is left is the same JSON with nothing in it.
    text.fill(0x20);
    body[open + 1] = QUOTE;
    body[end] = end === open + 1 ? QUOTE : 0x20;
    return bytes;
  }
  return undefined;
}

function skipSpaces(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0a || body[at] === 0x0d) at += 1;
  return at;
}

/** Padded base64 as AWS writes it; a solidus may be escaped. */
function fromBase64(text: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(Math.ceil((text.byteLength * 3) / 4));
  let [length, bits, held] = [0, 0, 0];
  for (let at = 0; at < text.byteLength; at += 1) {
    const code = text[at] ?? 0;
    if (code === 0x3d) continue;
    if (code === BACKSLASH && text[at + 1] === 0x2f) continue;
    const value = BASE64[code] ?? -1;
    if (value < 0) {
      bytes.fill(0);
      return undefined;
    }
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = (held >> bits) & 0xff;
    length += 1;
  }
  const exact = bytes.slice(0, length);
  bytes.fill(0);
  return exact;
}
