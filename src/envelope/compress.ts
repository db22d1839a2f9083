/** Raw deflate (RFC 1951), which any language has at hand. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decryptFailed } from './suite.ts';

/** A parameter holds at most 8,192 characters, and deflate grows nothing by more than 1,032 times. */
const MAX_INFLATED = 8192 * 1032;

/** As node:zlib documents it; its types leave "info" out. */
type InflateWithInfo = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly info: true },
) => { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };

/** Deflate's stream of nothing. */
const NOTHING = Uint8Array.of(3, 0);

/** Deflates as far as it goes: a character saved is one more that fits. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, { level: 9, memLevel: 9 }));
}

/** Inflates what was authentic. @throws WaxsealError `decrypt_failed` when it is not deflate's work */
export function inflate(bytes: Uint8Array): Uint8Array {
  try {
    const inflateRaw = inflateRawSync as unknown as InflateWithInfo;
    const { buffer, engine } = inflateRaw(bytes, { maxOutputLength: MAX_INFLATED, info: true });
    // zlib stops at the end of the stream and says nothing of what stands behind it.
    if (engine.bytesWritten !== bytes.byteLength) throw new Error('bytes behind the end of the stream');
    const inflated = new Uint8Array(buffer);
    buffer.fill(0);
    return inflated;
  } catch (cause) {
    throw decryptFailed(cause);
  }
}

/** Has what the first call of {@link inflate} takes longer than the next ones behind it. */
export function prepareInflate(): void {
  inflate(NOTHING);
}
