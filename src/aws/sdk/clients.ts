/** SDK clients of one region, made when they are first needed. */
import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Observe } from '../observe.ts';
import { observeClient } from './observe.ts';
import type { SsmClients } from './parameter-store.ts';

/** A server that stands in for AWS, and how to find it again when it has moved. */
export interface LocalEndpoint {
  /** Its URL now. */
  url(): string;
  /** Finds or starts it again after it stopped answering; the URL from then on. */
  renew?(): Promise<string>;
}

/** Clients of one region. */
export interface RegionClients {
  readonly ssm: SsmClients;
  readonly kms: KMSClient;
  destroy(): void;
}

/** Real credentials are never sent to a server on this machine: its answers need none. */
const LOCAL_CREDENTIALS = { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' };

/** In ms. requestTimeout alone would only warn. */
const TIMEOUTS = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  // A body that stalls behind its headers is a time-out of the socket, not of the request.
  socketTimeout: 5_000,
  throwOnRequestTimeout: true,
};

/**
 * Makes clients; no call is made.
 * @param local - the server that stands in for AWS, if one does
 * @param observe - told of each call
 */
export function createClients(region: string, local?: LocalEndpoint, observe?: Observe): RegionClients {
  const common = {
    region,
    requestHandler: { ...TIMEOUTS },
    ...(local === undefined ? {} : { endpoint: local.url(), credentials: LOCAL_CREDENTIALS }),
  };
  const reader = new SSMClient({ ...common, maxAttempts: 3 });
  // PutParameter is sent once: sent again by the SDK after a lost answer it would look like a second writer.
  const writer = new SSMClient({ ...common, maxAttempts: 1 });
  const kms = new KMSClient({ ...common, maxAttempts: 3 });
  for (const client of [reader, writer, kms]) {
    if (local?.renew !== undefined) followEndpoint(client, local);
    if (observe !== undefined) observeClient(client, region, observe);
  }
  return {
    ssm: { reader, writer },
    kms,
    destroy: () => {
      for (const client of [reader, writer, kms]) client.destroy();
    },
  };
}

/**
 * The embedded AWS lives in whichever process opened it first. When that one ends, the next call finds nobody: it
 * opens the state itself, or finds the new owner, and goes on. A refused connection did nothing, so sending again is
 * safe for writes too.
 */
function followEndpoint(client: SSMClient | KMSClient, local: LocalEndpoint): void {
  type Handler = typeof client.config.requestHandler;
  const inner: Handler = client.config.requestHandler;
  const handle: Handler['handle'] = async (request, options) => {
    pointTo(request, local.url());
    try {
      return await inner.handle(request, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || local.renew === undefined) throw error;
      pointTo(request, await local.renew());
      return inner.handle(request, options);
    }
  };
  client.config.requestHandler = new Proxy(inner, {
    get: (target, property) => (property === 'handle' ? handle : Reflect.get(target, property, target)),
  });
}

function pointTo(
  request: { hostname: string; port?: number; headers: Record<string, string> },
  url: string,
): void {
  const { hostname, port } = new URL(url);
  request.hostname = hostname;
  request.port = Number(port);
  request.headers.host = `${hostname}:${port}`;
}
