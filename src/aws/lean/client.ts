/** Calls to AWS without the SDK: the few that an application makes at its start. */
import { fromAws } from '../errors.ts';
import type { Observe } from '../observe.ts';
import type { LocalEndpoint, RegionClients } from '../sdk/clients.ts';
import type { Json } from './answer.ts';
import { type LeanCall, type Parts, type Progress, perform } from './call.ts';
import { createClock } from './clock.ts';
import { credentialProvider } from './credentials.ts';
import { endpointOf, type Service } from './endpoint.ts';
import type { Environment } from './environment.ts';
import { STAND_IN_CREDENTIALS } from './identity.ts';
import { createTransport, type TimeLimits } from './transport.ts';

/** As the SDK's clients have them here. */
const LIMITS: TimeLimits = { connect: 2_000, request: 5_000 };

/** What a client is made of. */
export interface LeanOptions {
  /** AWS_* variables; default process.env. */
  readonly env?: Environment | undefined;
  /** A server that stands in for AWS. */
  readonly local?: LocalEndpoint | undefined;
  readonly observe?: Observe | undefined;
  /** How long an attempt may take; default 2 s to connect and 5 s in all. */
  readonly limits?: TimeLimits | undefined;
}

/** A client for all regions; sockets, credentials and what it knows of the time are shared. */
export interface LeanClient {
  /**
   * Makes a call, with up to three attempts: it must be one that changes nothing.
   * @throws WaxsealError as {@link fromAws} says it
   */
  call(call: LeanCall): Promise<Json>;
  /** Opens the connection that the first call of a service in a region needs, beside whatever else is under way. */
  prepare(service: Service, region: string): void;
  /** The SDK's clients for the same AWS, loaded when they are first asked for. */
  sdk(region: string): Promise<RegionClients>;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Makes a client; no call is made. */
export function createLean(options: LeanOptions = {}): LeanClient {
  const { env = process.env, local, observe, limits = LIMITS } = options;
  const parts: Parts = {
    transport: createTransport(limits),
    credentials: local === undefined ? credentialProvider(env) : async () => STAND_IN_CREDENTIALS,
    clock: createClock(),
    env,
    local,
  };
  const loaded = new Map<string, Promise<RegionClients>>();
  return {
    call: (call) => observed(parts, call, observe),
    prepare(service, region) {
      parts.transport.prepare(local === undefined ? endpointOf(env, service, region) : new URL(local.url()));
    },
    sdk(region) {
      const clients = loaded.get(region) ?? loadSdk(region, local, observe);
      loaded.set(region, clients);
      return clients;
    },
    async close() {
      parts.transport.close();
      for (const clients of loaded.values()) (await clients).destroy();
    },
  };
}

async function loadSdk(
  region: string,
  local: LocalEndpoint | undefined,
  observe: Observe | undefined,
): Promise<RegionClients> {
  const { createClients } = await import('../sdk/clients.ts');
  return createClients(region, local, observe);
}

async function observed(parts: Parts, call: LeanCall, observe: Observe | undefined): Promise<Json> {
  const { region, signal } = call;
  const operation = `${call.service}:${call.operation}`;
  const progress: Progress = { attempts: 0, bytes: 0, status: 0 };
  // Only where somebody asks: the first look at the clock loads all of Node's performance hooks.
  const began = observe === undefined ? 0 : performance.now();
  try {
    return await perform(parts, call, progress);
  } catch (error) {
    throw fromAws(error, { action: operation, region }, signal);
  } finally {
    observe?.({ operation, region, ms: performance.now() - began, ...progress });
  }
}
