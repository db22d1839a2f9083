/** Raw deflate (RFC 1951), which any language has at hand. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decryptFailed } from './suite.ts';

/** A parameter holds at most 8,192 characters, and deflate grows nothing by more than 1,032 times. */
const MAX_INFLATED = 8192 * 1032;

/** As node:zlib documents it; its types leave "info" out. */
const inflateWithInfo = inflateRawSync as unknown as (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly info: true },
) => { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };

/** Deflates as far as it goes: a character saved is one more that fits. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(deflateRawSync(bytes, { level: 9, memLevel: 9 }));
}

/** Inflates what was authentic. @throws WaxsealError `decrypt_failed` when it is not deflate's work */
export function inflate(bytes: Uint8Array): Uint8Array {
  try {
    const { buffer, engine } = inflateWithInfo(bytes, { maxOutputLength: MAX_INFLATED, info: true });
    // zlib stops at the end of the stream and says nothing of what stands behind it.
    if (engine.bytesWritten !== bytes.byteLength) throw new Error('bytes behind the end of the stream');
    return Uint8Array.from(buffer);
  } catch (cause) {
    throw decryptFailed(cause);
  }
}
