/** Parameter Store over the lean client. It reads; history, writes and removals are the SDK's, which is loaded for them. */
import type { ParameterStore } from '../../vault/index.ts';
import { type AwsPage, type AwsParameter, BATCH, readInBatches, throughPages } from '../reading.ts';
import type { Json } from './answer.ts';
import type { LeanClient } from './client.ts';
import { parametersIn, tokenIn } from './decode.ts';

/** Parameter Store in `region` over `client`. */
export function leanParameterStore(region: string, client: LeanClient): ParameterStore {
  const get = async (
    batch: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly AwsParameter[]> => {
    const input = { Names: batch };
    return parametersIn(
      await client.call({ service: 'ssm', operation: 'GetParameters', region, input, signal }),
    );
  };
  const page = async (input: Json, signal: AbortSignal | undefined): Promise<AwsPage> => {
    const answer = await client.call({
      service: 'ssm',
      operation: 'GetParametersByPath',
      region,
      input,
      signal,
    });
    return { Parameters: parametersIn(answer), NextToken: tokenIn(answer) };
  };
  const sdk = async (): Promise<ParameterStore> => {
    const [{ sdkParameterStore }, { ssm }] = await Promise.all([
      import('../sdk/parameter-store.ts'),
      client.sdk(region),
    ]);
    return sdkParameterStore(region, ssm);
  };
  return {
    read: (names, signal) => readInBatches(names, (batch) => get(batch, signal)),
    list: (path, signal) =>
      throughPages((next) => page({ Path: path, Recursive: true, MaxResults: BATCH, ...next }, signal)),
    async *history(name, signal) {
      yield* (await sdk()).history(name, signal);
    },
    write: async (name, value, options) => (await sdk()).write(name, value, options),
    remove: async (name, signal) => (await sdk()).remove(name, signal),
  };
}
