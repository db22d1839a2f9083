/** Much work, a few pieces of it at once. */

/**
 * Does the work for all items, in any order.
 * @returns the results in the order of the items
 * @throws the first failure, when what was begun has ended; nothing is begun after it
 */
export async function overAll<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.map((item, index) => ({ item, index }));
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && failures.length === 0; next = left.shift()) {
      try {
        results[next.index] = await work(next.item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
