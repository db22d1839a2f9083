/** Bytes in and out of the format: base64 in one spelling only, lengths in front of fields. */
import { WaxsealError } from '../errors.ts';

/** Standard base64 with padding (RFC 4648 §4): what `base64 -d` and the AWS CLI read as it is. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * Decodes base64 and refuses any other spelling of the same bytes (RFC 4648 §3.5).
 * @throws WaxsealError `malformed`
 */
export function decodeBase64(text: string, field: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) {
    throw new WaxsealError('malformed', `field "${field}" is not canonical base64`);
  }
  // A copy of its own: Buffer.from may hand out a slice of a pool that other values share.
  return new Uint8Array(bytes);
}

/** The text of bytes that are UTF-8; no copy of them is left behind but the text. */
export function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Fields one after the other, each behind its length as a 32-bit big-endian number: no two lists give the same bytes. */
export function lengthPrefixed(fields: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = fields.map((field) => (typeof field === 'string' ? Buffer.from(field, 'utf8') : field));
  const out = Buffer.alloc(parts.reduce((sum, part) => sum + 4 + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    at = out.writeUInt32BE(part.byteLength, at);
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
