/** From settings to a vault's ports: which AWS, which client, which regions, which key. */
import { existsSync } from 'node:fs';
import type { Settings } from '../config/index.ts';
import { regionsOf } from '../config/regions.ts';
import { WaxsealError } from '../errors.ts';
import { vaultAlias } from '../secret-name.ts';
import type { KeyWrapper, Region } from '../vault/index.ts';
import { type Embedded, openEmbedded } from './embedded.ts';
import { type ClientChoice, chooseClient } from './lean/choose.ts';
import { readSharedFiles } from './lean/shared-files.ts';
import type { Observe } from './observe.ts';
import type { LocalEndpoint, RegionClients } from './sdk/clients.ts';

/** An open way to AWS. */
export interface Connection {
  /** Home first. */
  readonly regions: readonly [Region, ...Region[]];
  /** Which AWS it is, for a person. */
  readonly which: string;
  /** Who makes the calls, and why. */
  readonly client: ClientChoice;
  /** The endpoint that stands in for AWS, if one does. */
  readonly endpoint: string | undefined;
  /**
   * Another KMS key than the vault's, in the home region: that of the vault that a backup is of.
   * @param keyId - alias, id or ARN, as somebody named it
   */
  keys(keyId: string): KeyWrapper;
  /** What the embedded AWS had to make first, in words. */
  readonly made: readonly string[];
  /** What the embedded AWS changed because waxseal.json names another key for the vault now, in words. */
  readonly followed: readonly string[];
  close(): Promise<void>;
}

/** How the way is opened. */
export interface ConnectOptions {
  /** Make what the embedded AWS lacks; default: for a vault that waxseal.json names. */
  readonly create?: boolean | undefined;
  /** For the start of an application: reads by the lean client where it knows the credentials. Default: the SDK. */
  readonly boot?: boolean | undefined;
  /** Told of each call when it is over. */
  readonly observe?: Observe | undefined;
}

/**
 * Opens the way. Only the embedded AWS is called here: it makes the vault's keys when they are not there.
 * @throws WaxsealError `local_state`, `port_in_use`
 */
export async function connect(settings: Settings, options: ConnectOptions = {}): Promise<Connection> {
  const { aws } = settings;
  const create = options.create ?? settings.file?.config.vaults[settings.vault] !== undefined;
  if (aws.kind === 'embedded' && !create && !existsSync(aws.stateDir)) {
    throw new WaxsealError('local_state', `there is no embedded AWS in ${aws.stateDir}`, {
      hint: 'check WAXSEAL_EMBEDDED; "waxseal env" prints it where the vault is',
    });
  }
  const embedded =
    aws.kind === 'embedded'
      ? await openEmbedded(aws.stateDir, allRegions(settings), settings.regions)
      : undefined;
  const local = embedded?.endpoint ?? (aws.kind === 'endpoint' ? standing(aws.url) : undefined);
  const client = chosen(settings, options.boot);
  let ports: Ports | undefined;
  const close = async (): Promise<void> => {
    await ports?.close();
    await embedded?.close();
  };
  try {
    const open = client.client === 'lean' ? overLean : overSdk;
    const opened = await open(settings, local, options.observe);
    ports = opened;
    const [home, ...replicas] = settings.regions;
    const started =
      embedded !== undefined && create ? await firstStart(settings, embedded.endpoint, options) : NOTHING;
    return {
      regions: [opened.region(home), ...replicas.map((name) => opened.region(name))],
      keys: (keyId) => opened.region(home, keyId).keys,
      which: describe(settings, embedded),
      client,
      get endpoint() {
        return local?.url();
      },
      ...started,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function chosen(settings: Settings, boot = false): ClientChoice {
  if (!boot) return { client: 'sdk', why: 'not the start of an application' };
  const shared = settings.aws.kind === 'account' ? readSharedFiles(process.env) : {};
  return chooseClient(process.env, settings, shared);
}

/** A client's regions. Each client is loaded by whoever needs it: loading one takes longer than a start's calls. */
interface Ports {
  /** @param keyId - another KMS key than the vault's */
  readonly region: (name: string, keyId?: string) => Region;
  close(): Promise<void> | void;
}

type OpenPorts = (
  settings: Settings,
  local: LocalEndpoint | undefined,
  observe: Observe | undefined,
) => Promise<Ports>;

const overLean: OpenPorts = async (settings, local, observe) => {
  const { createLean, leanKeyWrapper, leanParameterStore } = await import('./lean/index.ts');
  const client = createLean({ local, observe });
  return {
    region: (name, keyId) => ({
      name,
      parameters: leanParameterStore(name, client),
      keys: leanKeyWrapper(name, keyId ?? keyOf(settings), client, acceptedBeside(settings, keyId)),
    }),
    close: () => client.close(),
  };
};

const overSdk: OpenPorts = async (settings, local, observe) => {
  const [{ createClients }, { sdkKeyWrapper }, { sdkParameterStore }] = await Promise.all([
    import('./sdk/clients.ts'),
    import('./sdk/key-wrapper.ts'),
    import('./sdk/parameter-store.ts'),
  ]);
  const clients: RegionClients[] = [];
  return {
    region: (name, keyId) => {
      const client = createClients(name, local, observe);
      clients.push(client);
      return {
        name,
        parameters: sdkParameterStore(name, client.ssm),
        keys: sdkKeyWrapper(name, keyId ?? keyOf(settings), client.kms, acceptedBeside(settings, keyId)),
      };
    },
    close: () => {
      for (const client of clients) client.destroy();
    },
  };
};

function keyOf(settings: Settings): string {
  return settings.kmsKey ?? vaultAlias(settings.vault);
}

/** What is accepted beside the vault's own key; nothing beside one that was named instead of it. */
function acceptedBeside({ acceptedKeys }: Settings, instead: string | undefined): readonly string[] {
  return instead === undefined ? (acceptedKeys ?? []) : [];
}

/** The embedded AWS serves every region that the file names, so that another vault's command finds its own too. */
function allRegions(settings: Settings): readonly string[] {
  return [...new Set([...settings.regions, ...(settings.file ? regionsOf(settings.file.config) : [])])];
}

type Started = Pick<Connection, 'made' | 'followed'>;

const NOTHING: Started = { made: [], followed: [] };

async function firstStart(
  settings: Settings,
  local: LocalEndpoint,
  { boot }: ConnectOptions,
): Promise<Started> {
  if (settings.kmsKey !== undefined) {
    // The start of an application asks with the key that was named; moving an alias is not its work.
    if (boot === true) return NOTHING;
    const { followKeyId } = await import('./named-key.ts');
    return { ...NOTHING, followed: await followKeyId(settings, local) };
  }
  const { provision } = await import('./first-start.ts');
  return { ...NOTHING, made: await provision(settings, local) };
}

function standing(url: string): LocalEndpoint {
  return { url: () => url };
}

function describe({ aws }: Settings, embedded: Embedded | undefined): string {
  if (embedded !== undefined && aws.kind === 'embedded') return `embedded AWS in ${aws.stateDir}`;
  if (aws.kind === 'endpoint') return `AWS at ${aws.url}`;
  const profile = process.env.AWS_PROFILE;
  return profile === undefined ? 'AWS by the SDK configuration' : `AWS by profile ${profile}`;
}
