/** Marks: what values are told apart by while a vault is verified. */
import { createHmac } from 'node:crypto';

/** Tells values apart without keeping them; `undefined` for a tombstone. */
export type Marker = (value: Uint8Array | undefined) => string;

/** Marks of one run: without its key, which is random and never leaves it, a mark says nothing of a value. */
export function createMarker(key: Uint8Array): Marker {
  return (value) => (value === undefined ? '' : createHmac('sha256', key).update(value).digest('base64'));
}
