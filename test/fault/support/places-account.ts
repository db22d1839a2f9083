/** The emulator over HTTP with one multi-region key, and vaults in all its regions. */
import { setTimeout as wait } from 'node:timers/promises';
import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { sdkKeyWrapper } from '../../../src/aws/sdk/key-wrapper.ts';
import { sdkParameterStore } from '../../../src/aws/sdk/parameter-store.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import { createVault, type KeyWrapper, type Region, type Vault } from '../../../src/vault/index.ts';

/** Home first. */
export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;

/** A region of {@link REGIONS}. */
export type RegionName = (typeof REGIONS)[number];

/** Clients of one region: `once` sends once, `patient` sends reads up to three times, without a wait. */
interface Clients {
  readonly once: SSM;
  readonly patient: SSM;
  readonly kms: KMS;
}

/** A way to AWS. */
export interface Way {
  readonly clients: Readonly<Record<RegionName, Clients>>;
  /** Another process's vault: data keys and memory of its own. @param regions - those that it knows, home first */
  open(path: string, regions?: readonly [RegionName, ...RegionName[]]): Vault;
  /** The one key there is, at home. */
  keys(): KeyWrapper;
  close(): void;
}

/** An AWS account. */
export interface Account {
  readonly endpoint: string;
  readonly kmsKey: string;
  /** Straight to it. */
  readonly direct: Way;
  /** Over another endpoint. */
  by(endpoint: string): Way;
  close(): Promise<void>;
}

/** Starts one. */
export async function startAccount(): Promise<Account> {
  const emulator = await startEmulator({ regions: REGIONS });
  const first = wayTo(emulator.endpoint, '');
  const { kms } = first.clients[REGIONS[0]];
  const { KeyMetadata } = await kms.createKey({ MultiRegion: true });
  const kmsKey = KeyMetadata?.KeyId ?? '';
  for (const ReplicaRegion of REGIONS.slice(1)) await kms.replicateKey({ KeyId: kmsKey, ReplicaRegion });
  // A replica takes a moment until it is enabled, on the emulator's own clock.
  emulator.advance(60_000);
  first.close();
  const direct = wayTo(emulator.endpoint, kmsKey);
  return {
    endpoint: emulator.endpoint,
    kmsKey,
    direct,
    by: (endpoint) => wayTo(endpoint, kmsKey),
    async close() {
      direct.close();
      await emulator.close();
    },
  };
}

function wayTo(endpoint: string, kmsKey: string): Way {
  const credentials = { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' };
  const clientsOf = (region: string): Clients => ({
    once: new SSM({ region, endpoint, credentials, maxAttempts: 1 }),
    patient: new SSM({ region, endpoint, credentials, retryStrategy: atOnce }),
    kms: new KMS({ region, endpoint, credentials, retryStrategy: atOnce }),
  });
  const clients = {
    'us-east-1': clientsOf('us-east-1'),
    'eu-west-1': clientsOf('eu-west-1'),
    'ap-south-1': clientsOf('ap-south-1'),
  };
  const regionOf = (name: RegionName): Region => {
    const { once, patient, kms } = clients[name];
    return {
      name,
      parameters: sdkParameterStore(name, { reader: patient, writer: once }),
      keys: sdkKeyWrapper(name, kmsKey, kms),
    };
  };
  return {
    clients,
    open: (path, [home, ...others] = REGIONS) =>
      createVault({
        path,
        regions: [regionOf(home), ...others.map(regionOf)],
        // A turn of the event loop: what times are waited for is tried elsewhere.
        pause: () => wait(0),
      }),
    keys: () => regionOf(REGIONS[0]).keys,
    close() {
      for (const { once, patient, kms } of Object.values(clients)) {
        for (const client of [once, patient, kms]) client.destroy();
      }
    },
  };
}

/** How often a call was sent again. */
interface Token {
  getRetryCount(): number;
  /** In ms. */
  getRetryDelay(): number;
}

/** The SDK's own rule of three attempts, without its waits. */
const atOnce = {
  acquireInitialRetryToken: async (): Promise<Token> => tokenAfter(0),
  async refreshRetryTokenForRetry(
    token: Token,
    { errorType }: { readonly errorType: string },
  ): Promise<Token> {
    const mayPass = errorType === 'THROTTLING' || errorType === 'TRANSIENT';
    if (token.getRetryCount() >= 2 || !mayPass) throw new Error('no further attempt');
    return tokenAfter(token.getRetryCount() + 1);
  },
  recordSuccess: (): void => {},
};

function tokenAfter(retries: number): Token {
  return { getRetryCount: () => retries, getRetryDelay: () => 0 };
}
