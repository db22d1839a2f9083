/** `waxseal local` for a test, and plain SDK clients that talk to it. */
import { KMSClient } from '@aws-sdk/client-kms';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Running, Sandbox, StartOptions } from './sandbox.ts';

/** What Parameter Store holds under a name. */
export interface StoredParameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
}

/** An embedded AWS that serves. */
export interface Local {
  readonly endpoint: string;
  /** The variables that it printed. */
  readonly variables: Readonly<Record<string, string>>;
  readonly server: Running;
  ssm(region: string): SSMClient;
  kms(region: string): KMSClient;
  /** A parameter as it lies there. */
  read(region: string, name: string): Promise<StoredParameter>;
  /** Overwrites a parameter, as anybody with ssm:PutParameter may. */
  plant(region: string, name: string, value: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts `waxseal local` and waits until it says where it serves. */
export async function startLocal(
  box: Sandbox,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Local> {
  const server = box.startWaxseal(['local', ...args], options);
  let printed = '';
  await server.until('waxseal local prints its variables', (out) => {
    printed = out;
    return /^export WAXSEAL_ENDPOINT='[^']+'\n/m.test(out);
  });
  const variables = Object.fromEntries(
    [...printed.matchAll(/^export (\w+)='([^']*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const endpoint = variables.WAXSEAL_ENDPOINT ?? '';
  const credentials = { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' };
  const ssm = (region: string): SSMClient => new SSMClient({ region, endpoint, credentials });
  return {
    endpoint,
    variables,
    server,
    ssm,
    kms: (region) => new KMSClient({ region, endpoint, credentials }),
    async read(region, name) {
      const { Parameter } = await ssm(region).send(new GetParameterCommand({ Name: name }));
      return {
        value: Parameter?.Value ?? '',
        type: Parameter?.Type ?? '',
        version: Parameter?.Version ?? 0,
      };
    },
    async plant(region, name, value) {
      const { Version } = await ssm(region).send(
        new PutParameterCommand({
          Name: name,
          Value: value,
          Type: 'String',
          Tier: 'Standard',
          Overwrite: true,
        }),
      );
      return Version ?? 0;
    },
    async stop() {
      server.kill('SIGTERM');
      await server.ended;
    },
  };
}
