/** Much work, a few pieces of it at once. */

/** Does the work for all items, in any order. @returns the results in the order of the items */
export async function overAll<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.map((item, index) => ({ item, index }));
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      results[next.index] = await work(next.item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
