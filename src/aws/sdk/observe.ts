/** Tells what the SDK's clients do, by a middleware around all attempts of a call. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Observe } from '../observe.ts';

/** What an answer or a failure of the SDK tells of its call. */
interface Told {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
  readonly $response?: unknown;
}

/** A client of any service. */
export interface AnyClient {
  readonly config: { readonly serviceId: string };
  readonly middlewareStack: unknown;
}

/** Has `observe` told of each call that `client` makes. */
export function observeClient(client: AnyClient, region: string, observe: Observe): void {
  const service = client.config.serviceId.toLowerCase();
  // All clients have the same stack; its type names the commands of one of them.
  const middlewareStack = client.middlewareStack as SSMClient['middlewareStack'];
  middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const operation = `${service}:${commandName.replace(/Command$/, '')}`;
        const began = performance.now();
        const tell = ({ $metadata = {} }: Told, response: unknown): void => {
          const { attempts = 1, httpStatusCode: status = 0 } = $metadata;
          observe({
            operation,
            region,
            ms: performance.now() - began,
            attempts,
            bytes: sizeOf(response),
            status,
          });
        };
        try {
          const result = await next(args);
          tell(result.output, result.response);
          return result;
        } catch (error) {
          tell(error as Told, (error as Told).$response);
          throw error;
        }
      },
    { step: 'initialize', name: 'waxsealObserve' },
  );
}

/** AWS says how long each answer is. */
function sizeOf(response: unknown): number {
  const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string>> };
  return Number(headers?.['content-length'] ?? 0);
}
