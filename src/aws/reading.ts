/** How Parameter Store is read, whoever makes the calls: ten names at a time, page by page. */
import type { StoredParameter } from '../vault/index.ts';

/** GetParameters takes ten names, GetParametersByPath gives ten parameters. */
export const BATCH = 10;
/** Batches under way at once; the default quota of 40 reads a second is shared by all readers. */
const BATCHES_AT_ONCE = 4;

/** A parameter in AWS's words. */
export interface AwsParameter {
  readonly Name?: string | undefined;
  readonly Value?: string | undefined;
  readonly Version?: number | undefined;
  /** Such as `:3`, where a version was asked for. */
  readonly Selector?: string | undefined;
  readonly LastModifiedDate?: Date | undefined;
  readonly LastModifiedUser?: string | undefined;
}

/** One page of a listing. */
export interface AwsPage {
  readonly Parameters?: readonly AwsParameter[] | undefined;
  readonly NextToken?: string | undefined;
}

/** Reads any number of parameters by name or `name:version`; what is missing is missing. */
export async function readInBatches(
  names: readonly string[],
  fetch: (batch: readonly string[]) => Promise<readonly AwsParameter[]>,
): Promise<ReadonlyMap<string, StoredParameter>> {
  const found = new Map<string, StoredParameter>();
  const batches: (readonly string[])[] = [];
  for (let at = 0; at < names.length; at += BATCH) batches.push(names.slice(at, at + BATCH));
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      for (const parameter of await fetch(batch)) {
        found.set(`${parameter.Name}${parameter.Selector ?? ''}`, toStored(parameter));
      }
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
  return found;
}

/** Walks through all pages of a listing. A page may be empty and still not be the last: only a missing token ends it. */
export async function* throughPages(
  fetch: (next: { readonly NextToken?: string }) => Promise<AwsPage>,
): AsyncGenerator<StoredParameter, void, undefined> {
  let token: string | undefined;
  do {
    const page = await fetch(token === undefined ? {} : { NextToken: token });
    for (const parameter of page.Parameters ?? []) yield toStored(parameter);
    token = page.NextToken;
  } while (token !== undefined && token !== '');
}

function toStored(parameter: AwsParameter): StoredParameter {
  return {
    name: parameter.Name ?? '',
    value: parameter.Value ?? '',
    version: parameter.Version ?? 0,
    modifiedAt: parameter.LastModifiedDate?.getTime(),
    modifiedBy: parameter.LastModifiedUser,
  };
}
