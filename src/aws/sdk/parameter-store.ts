/** Parameter Store by AWS's own SDK. */
import {
  DeleteParameterCommand,
  GetParameterHistoryCommand,
  type GetParameterHistoryCommandOutput,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { ParameterStore, WriteOptions } from '../../vault/index.ts';
import { fromAws } from '../errors.ts';
import { BATCH, readInBatches, throughPages } from '../reading.ts';

const STANDARD_CHARACTERS = 4096;

/** The two clients of one region: reads are retried, writes are sent once. */
export interface SsmClients {
  readonly reader: SSMClient;
  readonly writer: SSMClient;
}

/** Parameter Store in `region` over `clients`. */
export function sdkParameterStore(region: string, clients: SsmClients): ParameterStore {
  return {
    read(names, signal) {
      return readInBatches(names, async (batch) => {
        const answer = await guard('ssm:GetParameters', region, signal, () =>
          clients.reader.send(new GetParametersCommand({ Names: [...batch] }), options(signal)),
        );
        return answer.Parameters ?? [];
      });
    },

    list(path, signal) {
      return throughPages((next) => {
        const input = { Path: path, Recursive: true, MaxResults: BATCH, ...next };
        return guard('ssm:GetParametersByPath', region, signal, () =>
          clients.reader.send(new GetParametersByPathCommand(input), options(signal)),
        );
      });
    },

    history(name, signal) {
      return throughPages((next) => {
        const input = { Name: name, MaxResults: 50, ...next };
        return guard('ssm:GetParameterHistory', region, signal, () =>
          clients.reader
            .send(new GetParameterHistoryCommand(input), options(signal))
            .catch((error: Error): Pick<GetParameterHistoryCommandOutput, 'Parameters' | 'NextToken'> => {
              if (error.name === 'ParameterNotFound') return {};
              throw error;
            }),
        );
      });
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

    remove(name, signal) {
      return guard('ssm:DeleteParameter', region, signal, () =>
        clients.writer.send(new DeleteParameterCommand({ Name: name }), options(signal)).then(
          () => true,
          (error: Error) => {
            if (error.name === 'ParameterNotFound') return false;
            throw error;
          },
        ),
      );
    },
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
