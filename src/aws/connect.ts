/** From settings to a vault's ports: which AWS, which regions, which key. */
import { existsSync } from 'node:fs';
import { type Config, checkConfig, planVault, regionsOf, type Settings } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { vaultAlias } from '../secret-name.ts';
import type { Region } from '../vault/index.ts';
import { EMBEDDED_ACCOUNT, type Embedded, openEmbedded } from './embedded.ts';
import { provisionVault } from './provision.ts';
import { createClients, type LocalEndpoint, type RegionClients } from './sdk/clients.ts';
import { sdkKeyWrapper } from './sdk/key-wrapper.ts';
import { sdkParameterStore } from './sdk/parameter-store.ts';

/** An open way to AWS. */
export interface Connection {
  /** Home first. */
  readonly regions: readonly [Region, ...Region[]];
  /** Which AWS it is, for a person. */
  readonly which: string;
  /** The endpoint that stands in for AWS, if one does. */
  readonly endpoint: string | undefined;
  /** What the embedded AWS had to make first, in words. */
  readonly made: readonly string[];
  close(): Promise<void>;
}

/** How the way is opened. */
export interface ConnectOptions {
  /** Make what the embedded AWS lacks; default: for a vault that waxseal.json names. */
  readonly create?: boolean | undefined;
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
    aws.kind === 'embedded' ? await openEmbedded(aws.stateDir, allRegions(settings)) : undefined;
  const local: LocalEndpoint | undefined =
    embedded?.endpoint ?? (aws.kind === 'endpoint' ? standing(aws.url) : undefined);
  const clients = new Map(settings.regions.map((region) => [region, createClients(region, local)]));
  const close = async (): Promise<void> => {
    for (const client of clients.values()) client.destroy();
    await embedded?.close();
  };
  try {
    return {
      regions: settings.regions.map((region) =>
        toRegion(settings, region, clients),
      ) as unknown as Connection['regions'],
      which: describe(settings, embedded),
      get endpoint() {
        return local?.url();
      },
      made: embedded !== undefined && create ? await provision(settings, local) : [],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function toRegion(settings: Settings, name: string, clients: ReadonlyMap<string, RegionClients>): Region {
  const client = clients.get(name) as RegionClients;
  return {
    name,
    parameters: sdkParameterStore(name, client.ssm),
    keys: sdkKeyWrapper(name, settings.kmsKey ?? vaultAlias(settings.vault), client.kms),
  };
}

/** The embedded AWS serves every region that the file names, so that another vault's command finds its own too. */
function allRegions(settings: Settings): readonly string[] {
  return [...new Set([...settings.regions, ...(settings.file ? regionsOf(settings.file.config) : [])])];
}

/** Makes what the vault lacks, after the vault whose key it uses. */
async function provision(settings: Settings, local: LocalEndpoint | undefined): Promise<readonly string[]> {
  if (settings.kmsKey !== undefined) return [];
  const [home, ...replicas] = settings.regions;
  const config = settings.file?.config ?? defaultConfig(settings);
  const known = config.vaults[settings.vault] ?? defaultConfig(settings).vaults[settings.vault];
  if (known === undefined) return [];
  const plan = planVault(settings.vault, { ...known, home, replicas }, config);
  const owner = plan.sharesKeyWith === undefined ? undefined : config.vaults[plan.sharesKeyWith];
  const plans = owner === undefined ? [plan] : [planVault(plan.sharesKeyWith ?? '', owner, config), plan];
  const made: string[] = [];
  for (const one of plans) {
    const clients = new Map(one.regions.map((region) => [region, createClients(region, local)]));
    try {
      made.push(...(await provisionVault({ plan: one, config, clients, account: EMBEDDED_ACCOUNT })));
    } finally {
      for (const client of clients.values()) client.destroy();
    }
  }
  return made;
}

/** What waxseal.json would say of a vault that only variables name. */
function defaultConfig({ vault, regions: [home, ...replicas] }: Settings): Config {
  const checked = checkConfig({ vaults: { [vault]: { home, replicas } } });
  if ('config' in checked) return checked.config;
  throw new WaxsealError('config_invalid', `vault ${vault}: ${checked.problem.message}`, {
    hint: checked.problem.hint,
  });
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
