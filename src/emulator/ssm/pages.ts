import { AwsError } from '../errors.ts';
import { type Page, paginate, type Step, walkPage } from '../paging.ts';

const bad = (): AwsError => new AwsError('InvalidNextToken', 'The specified token is not valid.');

/** A page of a Parameter Store listing. @throws AwsError InvalidNextToken */
export function tokenPage<T>(
  sorted: readonly (readonly [key: string, item: T])[],
  scope: readonly string[],
  size: number,
  token: string | undefined,
): Page<T> {
  return paginate(sorted, scope, size, token, bad);
}

/** Begins the token of an empty page; what follows is the token of the full one. Base64 does not hold it. */
const blankMark = '~';

/**
 * A page of a listing of parameters, which may be many. With `blank` an empty one comes before each: "The number of
 * items returned, however, can be between zero and the value of MaxResults" (GetParametersByPath).
 * @throws AwsError InvalidNextToken
 */
export function parameterPage<T>(
  walk: (from: string) => Iterable<Step<T>>,
  scope: readonly string[],
  size: number,
  token: string | undefined,
  blank = false,
): Page<T> {
  const marked = token?.startsWith(blankMark) === true;
  const place = marked ? token.slice(blankMark.length) || undefined : token;
  const page = walkPage(walk, scope, size, place, bad);
  return blank && !marked ? { items: [], next: `${blankMark}${token ?? ''}` } : page;
}
