/** Parameter Store by AWS's own SDK. */
import {
  GetParameterHistoryCommand,
  type GetParameterHistoryCommandOutput,
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  type ParameterHistory,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { ParameterStore, StoredParameter, WriteOptions } from '../../vault/index.ts';
import { fromAws } from '../errors.ts';

/** GetParameters takes ten names. */
const BATCH = 10;
/** Batches under way at once; the default quota of 40 reads a second is shared by all readers. */
const BATCHES_AT_ONCE = 4;
const STANDARD_CHARACTERS = 4096;

/** The two clients of one region: reads are retried, writes are sent once. */
export interface SsmClients {
  readonly reader: SSMClient;
  readonly writer: SSMClient;
}

/** Parameter Store in `region` over `clients`. */
export function sdkParameterStore(region: string, clients: SsmClients): ParameterStore {
  return {
    async read(names, signal) {
      const found = new Map<string, StoredParameter>();
      const batches: (readonly string[])[] = [];
      for (let at = 0; at < names.length; at += BATCH) batches.push(names.slice(at, at + BATCH));
      const worker = async (): Promise<void> => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
          for (const parameter of await readBatch(clients.reader, region, batch, signal)) {
            found.set(`${parameter.Name}${parameter.Selector ?? ''}`, toStored(parameter));
          }
        }
      };
      await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
      return found;
    },

    async *list(path, signal) {
      let token: string | undefined;
      // A page may be empty and still not be the last: only a missing token ends the list.
      do {
        const input = { Path: path, Recursive: true, MaxResults: BATCH, ...(token && { NextToken: token }) };
        const page = await guard('ssm:GetParametersByPath', region, signal, () =>
          clients.reader.send(new GetParametersByPathCommand(input), options(signal)),
        );
        for (const parameter of page.Parameters ?? []) yield toStored(parameter);
        token = page.NextToken;
      } while (token !== undefined && token !== '');
    },

    async *history(name, signal) {
      let token: string | undefined;
      do {
        const input = { Name: name, MaxResults: 50, ...(token && { NextToken: token }) };
        const page = await guard('ssm:GetParameterHistory', region, signal, () =>
          clients.reader
            .send(new GetParameterHistoryCommand(input), options(signal))
            .catch((error: Error): Pick<GetParameterHistoryCommandOutput, 'Parameters' | 'NextToken'> => {
              if (error.name === 'ParameterNotFound') return {};
              throw error;
            }),
        );
        for (const parameter of page.Parameters ?? []) yield toStored(parameter);
        token = page.NextToken;
      } while (token !== undefined && token !== '');
    },

    async write(name, value, { create, tier, signal }: WriteOptions) {
      const answer = await guard('ssm:PutParameter', region, signal, () =>
        clients.writer.send(
          new PutParameterCommand({
            Name: name,
            Value: value,
            Type: 'String',
            DataType: 'text',
            Overwrite: !create,
            // Always said: the account's default tier may be a billed one. Once advanced, a parameter stays so, which
            // Intelligent-Tiering takes and Standard does not.
            Tier:
              tier === 'standard'
                ? 'Standard'
                : value.length > STANDARD_CHARACTERS
                  ? 'Advanced'
                  : 'Intelligent-Tiering',
          }),
          options(signal),
        ),
      );
      return answer.Version ?? 0;
    },
  };
}

async function readBatch(
  client: SSMClient,
  region: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Parameter[]> {
  const answer = await guard('ssm:GetParameters', region, signal, () =>
    client.send(new GetParametersCommand({ Names: [...names] }), options(signal)),
  );
  return answer.Parameters ?? [];
}

function toStored(parameter: Parameter & ParameterHistory): StoredParameter {
  return {
    name: parameter.Name ?? '',
    value: parameter.Value ?? '',
    version: parameter.Version ?? 0,
    modifiedAt: parameter.LastModifiedDate?.getTime(),
    modifiedBy: parameter.LastModifiedUser,
  };
}

function options(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

async function guard<T>(
  action: string,
  region: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromAws(error, { action, region }, signal);
  }
}
