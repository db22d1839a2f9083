/** Clients of all services that an examination asks, made when they are first needed. */
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { Observe } from '../observe.ts';
import { createClients, type RegionClients } from '../sdk/clients.ts';
import { type AnyClient, observeClient } from '../sdk/observe.ts';

type Credentials = RegionClients['kms']['config']['credentials'];

/** The clients. */
export interface AccountClients {
  /** KMS and Parameter Store. */
  of(region: string): RegionClients;
  sts(region: string): STSClient;
  /** What only an account has. */
  iam(region: string): IAMClient;
  cloudTrail(region: string): CloudTrailClient;
  destroy(): void;
}

/**
 * Makes them; no call is made.
 * @param endpoint - the server that stands in for AWS, if one does
 * @param observe - told of each call
 */
export function createAccountClients(endpoint: string | undefined, observe?: Observe): AccountClients {
  const local = endpoint === undefined ? undefined : { url: () => endpoint };
  const all = new Map<string, { destroy(): void }>();
  const once = <T extends { destroy(): void }>(name: string, make: () => T): T => {
    const found = (all.get(name) as T | undefined) ?? make();
    all.set(name, found);
    return found;
  };
  let credentials: Credentials | undefined;
  const of = (region: string): RegionClients =>
    once(`aws ${region}`, () => {
      const made = createClients(region, local, observe);
      credentials ??= made.kms.config.credentials;
      // Looked for once: it may take a program, a sign-in or another role, and each client would do it again.
      for (const { config } of [made.kms, made.ssm.reader, made.ssm.writer]) config.credentials = credentials;
      return made;
    });
  const common = (region: string) => ({
    region,
    maxAttempts: 2,
    credentials: credentials ?? of(region).kms.config.credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const watched = <T extends AnyClient>(client: T, region: string): T => {
    if (observe !== undefined) observeClient(client, region, observe);
    return client;
  };
  return {
    of,
    sts: (region) => once(`sts ${region}`, () => watched(new STSClient(common(region)), region)),
    iam: (region) => once(`iam ${region}`, () => watched(new IAMClient(common(region)), region)),
    cloudTrail: (region) =>
      once(`cloudtrail ${region}`, () => watched(new CloudTrailClient(common(region)), region)),
    destroy: () => {
      for (const client of all.values()) client.destroy();
    },
  };
}
