import { type TableName, type Tables, tableNames } from '../records.ts';
import { createRows, type Doc, type Rows } from './rows.ts';

/** One document set (or, with null, removed) by a transaction. */
export type Change = readonly [table: TableName, region: string, id: string, value: Tables[TableName] | null];

/** Reading and writing documents inside one transaction. Documents are replaced, never changed. */
export interface Tx {
  get<T extends TableName>(table: T, region: string, id: string): Tables[T] | undefined;
  list<T extends TableName>(table: T, region: string): Iterable<Tables[T]>;
  /** The documents from the id `from` on, in the order of their ids. Writing ends it: read first. */
  sorted<T extends TableName>(table: T, region: string, from: string): Iterable<Tables[T]>;
  count(table: TableName, region: string): number;
  /** How many documents there are of a kind; parameters count by their tier. */
  countOf(table: TableName, region: string, kind: string): number;
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
  /** How many documents `contents` has. */
  readonly size: number;
  /** Another number after every change of a table. */
  revision(table: TableName): number;
}

/** The documents in memory. `save` makes a transaction's changes durable, synchronously, or throws. */
export function createStore(save: (changes: readonly Change[]) => void): Store {
  const tables = new Map(tableNames.map((name) => [name, new Map<string, Rows>()]));
  const revisions = new Map<TableName, number>();
  const rows = (table: TableName, region: string): Rows => {
    const regions = tables.get(table);
    if (regions === undefined) throw new Error(`no table ${table}`);
    const found = regions.get(region);
    if (found !== undefined) return found;
    const made = createRows();
    regions.set(region, made);
    return made;
  };
  const apply = ([table, region, id, value]: Change): void => {
    revisions.set(table, (revisions.get(table) ?? 0) + 1);
    rows(table, region).set(id, value);
  };

  const transact = <R>(action: (tx: Tx) => R): R => {
    const changes: Change[] = [];
    const undo: Change[] = [];
    const change = (made: Change): void => {
      const [table, region, id] = made;
      undo.push([table, region, id, rows(table, region).docs.get(id) ?? null]);
      changes.push(made);
      apply(made);
    };
    const tx: Tx = {
      get: <T extends TableName>(table: T, region: string, id: string) =>
        rows(table, region).docs.get(id) as Tables[T] | undefined,
      list: <T extends TableName>(table: T, region: string) =>
        [...rows(table, region).docs.values()] as unknown as Tables[T][],
      sorted: <T extends TableName>(table: T, region: string, from: string) =>
        rows(table, region).from(from) as Iterable<Doc> as Iterable<Tables[T]>,
      count: (table, region) => rows(table, region).docs.size,
      countOf: (table, region, kind) => rows(table, region).countOf(kind),
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
        for (const [region, { docs }] of regions)
          for (const [id, value] of docs) yield [table, region, id, value] as const;
    },
    get size() {
      let size = 0;
      for (const regions of tables.values()) for (const { docs } of regions.values()) size += docs.size;
      return size;
    },
    revision: (table) => revisions.get(table) ?? 0,
  };
}
