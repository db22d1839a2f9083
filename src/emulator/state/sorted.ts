/** The keys of a map in the order of their characters, found by halving. Listings page through it. */
export interface SortedKeys {
  add(key: string): void;
  remove(key: string): void;
  /** The keys from `from` on, `from` itself included when it is one. Good until the next change. */
  from(from: string): Iterable<string>;
}

/**
 * Sorted when it is first asked for, and kept in order from then on: loading does not pay for an order that nobody
 * lists in. The order is that of UTF-16, which is that of UTF-8 for the ASCII names that AWS allows.
 */
export function createSortedKeys(keys: () => Iterable<string>): SortedKeys {
  let sorted: string[] | undefined;
  const place = (list: readonly string[], key: string): number => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: (key) => {
      if (sorted === undefined) return;
      const at = place(sorted, key);
      if (sorted[at] !== key) sorted.splice(at, 0, key);
    },
    remove: (key) => {
      if (sorted === undefined) return;
      const at = place(sorted, key);
      if (sorted[at] === key) sorted.splice(at, 1);
    },
    *from(from) {
      sorted ??= [...keys()].sort();
      for (let at = place(sorted, from); at < sorted.length; at++) yield sorted[at] ?? '';
    },
  };
}
