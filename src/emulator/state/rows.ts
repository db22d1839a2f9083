import type { TableName, Tables } from '../records.ts';
import { createSortedKeys } from './sorted.ts';

export type Doc = Tables[TableName];

/** The documents of one table in one region. */
export interface Rows {
  readonly docs: ReadonlyMap<string, Doc>;
  /** Sets a document or, with null, removes it. */
  set(id: string, value: Doc | null): void;
  /** In the order of the ids. */
  from(id: string): Iterable<Doc>;
  countOf(kind: string): number;
}

// Both tiers have a quota of their own: counting them by looking at all parameters would cost every write.
const kindOf = (doc: Doc): string | undefined => ('oldest' in doc ? doc.tier : undefined);

export function createRows(): Rows {
  const docs = new Map<string, Doc>();
  const keys = createSortedKeys(() => docs.keys());
  const kinds = new Map<string, number>();
  const count = (doc: Doc | undefined, by: 1 | -1): void => {
    const kind = doc === undefined ? undefined : kindOf(doc);
    if (kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + by);
  };
  return {
    docs,
    set: (id, value) => {
      const old = docs.get(id);
      count(old, -1);
      if (value === null) {
        if (docs.delete(id)) keys.remove(id);
        return;
      }
      count(value, 1);
      docs.set(id, value);
      if (old === undefined) keys.add(id);
    },
    *from(id) {
      for (const key of keys.from(id)) {
        const doc = docs.get(key);
        if (doc !== undefined) yield doc;
      }
    },
    countOf: (kind) => kinds.get(kind) ?? 0,
  };
}
