/** Much work, a few pieces of it at once. */

/**
 * Works through all items, in any order.
 * @throws the first failure, when what was begun has ended; nothing is begun after it
 */
export async function aFewAtOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const under = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    if (failure !== undefined) break;
    const one: Promise<void> = work(item)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => under.delete(one));
    under.add(one);
    if (under.size >= atOnce) await Promise.race(under);
  }
  await Promise.all(under);
  if (failure !== undefined) throw failure.error;
}

/** The same for a list, with what each piece of work gave. @returns the results in the order of the items */
export async function overAll<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  await aFewAtOnce(items.entries(), atOnce, async ([index, item]) => {
    results[index] = await work(item);
  });
  return results;
}
