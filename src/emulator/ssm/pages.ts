import { AwsError } from '../errors.ts';
import { type Page, paginate } from '../paging.ts';

/** A page of a Parameter Store listing. @throws AwsError InvalidNextToken */
export function tokenPage<T>(
  sorted: readonly (readonly [key: string, item: T])[],
  scope: readonly string[],
  size: number,
  token: string | undefined,
): Page<T> {
  const bad = (): AwsError => new AwsError('InvalidNextToken', 'The specified token is not valid.');
  return paginate(sorted, scope, size, token, bad);
}
