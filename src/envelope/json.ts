/** Flat JSON in one spelling: fixed field order, no spaces, nothing else beside. */
import { WaxsealError } from '../errors.ts';

/** Typed access to the fields of a flat object; each getter throws `malformed`. */
export interface FlatFields {
  string(field: string, pattern?: RegExp): string;
  /** A whole number, 0 or more. */
  number(field: string): number;
  /** What stands there, whatever it is. */
  value(field: string): unknown;
}

/** Reads a flat JSON object that has exactly `fields`. @throws WaxsealError `malformed` */
export function parseFlat(text: string, fields: readonly string[]): FlatFields {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes what it read.
    throw new WaxsealError('malformed', 'it is not JSON');
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new WaxsealError('malformed', 'it is not a JSON object');
  }
  const object = data as Record<string, unknown>;
  const missing = fields.find((field) => !Object.hasOwn(object, field));
  if (missing !== undefined) throw new WaxsealError('malformed', `field "${missing}" is missing`);
  if (Object.keys(object).length !== fields.length)
    throw new WaxsealError('malformed', 'it has unknown fields');
  return {
    string(field, pattern) {
      const value = object[field];
      if (typeof value !== 'string' || (pattern !== undefined && !pattern.test(value))) {
        throw new WaxsealError('malformed', `field "${field}" is not as the format has it`);
      }
      return value;
    },
    number(field) {
      const value = object[field];
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
        throw new WaxsealError('malformed', `field "${field}" is not a whole number`);
      }
      return value;
    },
    value: (field) => object[field],
  };
}

/** Refuses any spelling but the canonical one: other orders, spaces, escapes, doubled fields. */
export function expectExactly(text: string, canonical: string): void {
  if (text !== canonical) throw new WaxsealError('malformed', 'it is not in canonical form');
}
