import { isObject } from './validate.ts';

/** Orders strings by their UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Pairs in the order of their keys' UTF-8 bytes. */
export function sortedByKey<T>(items: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return items
    .map(([key, item]) => ({ bytes: Buffer.from(key), key, item }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ key, item }) => [key, item] as const);
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

/**
 * One page of items in the order of their keys. A token names the last key given out, so that it stays good
 * while items come and go, and the listing it belongs to (`scope`), so that it is refused anywhere else.
 * @param bad makes the error for a token that is not ours
 */
export function paginate<T>(
  sorted: readonly (readonly [key: string, item: T])[],
  scope: readonly string[],
  size: number,
  token: string | undefined,
  bad: () => Error,
): Page<T> {
  const after = token === undefined ? undefined : readToken(token, scope, bad);
  const from = after === undefined ? 0 : sorted.findIndex(([key]) => byBytes(key, after) > 0);
  if (from < 0) return { items: [] };
  const page = sorted.slice(from, from + size);
  const last = page.at(-1);
  const items = page.map(([, item]) => item);
  if (last === undefined || from + size >= sorted.length) return { items };
  return { items, next: makeToken(scope, last[0]) };
}

/** One place of a listing that is walked through: what stands there, or nothing where it does not match. */
export type Step<T> = readonly [key: string, item: T | undefined];

/** So many places are looked at for one page. */
const walkLimit = 5000;

/**
 * One page of a listing that is too long to be put in order for each page. "If the service reaches an internal limit
 * while processing the results, it stops the operation and returns the matching values up to that point and a
 * NextToken" (GetParametersByPath, DescribeParameters): where few match, a page may be short, or empty, with a token.
 * @param walk gives the places in the order of their keys, from a key on
 */
export function walkPage<T>(
  walk: (from: string) => Iterable<Step<T>>,
  scope: readonly string[],
  size: number,
  token: string | undefined,
  bad: () => Error,
): Page<T> {
  const after = token === undefined ? undefined : readToken(token, scope, bad);
  const items: T[] = [];
  let [seen, last] = [0, after ?? ''];
  for (const [key, item] of walk(after ?? '')) {
    if (after !== undefined && key <= after) continue;
    // Looking one further keeps the last page from ending in a token for nothing.
    if (seen === walkLimit || (items.length === size && item !== undefined))
      return { items, next: makeToken(scope, last) };
    seen += 1;
    if (items.length === size) continue;
    last = key;
    if (item !== undefined) items.push(item);
  }
  return { items };
}

function makeToken(scope: readonly string[], after: string): string {
  return Buffer.from(JSON.stringify({ scope, after })).toString('base64');
}

function readToken(token: string, scope: readonly string[], bad: () => Error): string {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, 'base64').toString());
  } catch {
    throw bad();
  }
  if (!isObject(read) || typeof read.after !== 'string') throw bad();
  if (JSON.stringify(read.scope) !== JSON.stringify(scope)) throw bad();
  return read.after;
}
