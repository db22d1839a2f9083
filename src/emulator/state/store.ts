import { type TableName, type Tables, tableNames } from '../records.ts';

/** One document set (or, with null, removed) by a transaction. */
export type Change = readonly [table: TableName, region: string, id: string, value: Tables[TableName] | null];

/** Reading and writing documents inside one transaction. Documents are replaced, never changed. */
export interface Tx {
  get<T extends TableName>(table: T, region: string, id: string): Tables[T] | undefined;
  list<T extends TableName>(table: T, region: string): Iterable<Tables[T]>;
  count(table: TableName, region: string): number;
  put<T extends TableName>(table: T, region: string, id: string, value: Tables[T]): void;
  delete(table: TableName, region: string, id: string): void;
}

export interface Store {
  /**
   * Runs an action to its end with nothing in between. What it wrote is handed to `save` before the caller
   * goes on; when the action or `save` throws, nothing of it remains.
   */
  transact<R>(action: (tx: Tx) => R): R;
  /** Applies changes that were saved earlier. */
  replay(changes: readonly Change[]): void;
  /** Every document, as changes that would make it anew. */
  contents(): Iterable<Change>;
}

type Doc = Tables[TableName];

/** The documents in memory. `save` makes a transaction's changes durable, synchronously, or throws. */
export function createStore(save: (changes: readonly Change[]) => void): Store {
  const tables = new Map(tableNames.map((name) => [name, new Map<string, Map<string, Doc>>()]));
  const rows = (table: TableName, region: string): Map<string, Doc> => {
    const regions = tables.get(table);
    if (regions === undefined) throw new Error(`no table ${table}`);
    const found = regions.get(region);
    if (found !== undefined) return found;
    const made = new Map<string, Doc>();
    regions.set(region, made);
    return made;
  };
  const apply = ([table, region, id, value]: Change): void => {
    if (value === null) rows(table, region).delete(id);
    else rows(table, region).set(id, value);
  };

  const transact = <R>(action: (tx: Tx) => R): R => {
    const changes: Change[] = [];
    const undo: Change[] = [];
    const change = (made: Change): void => {
      const [table, region, id] = made;
      undo.push([table, region, id, rows(table, region).get(id) ?? null]);
      changes.push(made);
      apply(made);
    };
    const tx: Tx = {
      get: <T extends TableName>(table: T, region: string, id: string) =>
        rows(table, region).get(id) as Tables[T] | undefined,
      list: <T extends TableName>(table: T, region: string) =>
        [...rows(table, region).values()] as unknown as Tables[T][],
      count: (table, region) => rows(table, region).size,
      put: (table, region, id, value) => change([table, region, id, value]),
      delete: (table, region, id) => change([table, region, id, null]),
    };
    try {
      const result = action(tx);
      if (changes.length > 0) save(changes);
      return result;
    } catch (error) {
      for (const made of undo.reverse()) apply(made);
      throw error;
    }
  };

  return {
    transact,
    replay: (changes) => changes.forEach(apply),
    *contents() {
      for (const [table, regions] of tables)
        for (const [region, docs] of regions)
          for (const [id, value] of docs) yield [table, region, id, value] as const;
    },
  };
}
