/** What the embedded AWS lacks at the first start of a vault, made from the vault's plan. */
import { type Config, checkConfig, planVault, type Settings } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';
import { EMBEDDED_ACCOUNT } from './embedded.ts';
import { provisionVault } from './provision.ts';
import { createClients, type LocalEndpoint } from './sdk/clients.ts';

/**
 * Makes what the vault lacks, after the vault whose key it uses.
 * @returns what was made, in words
 * @throws WaxsealError `config_invalid`
 */
export async function provision(settings: Settings, local: LocalEndpoint): Promise<readonly string[]> {
  const [home, ...replicas] = settings.regions;
  const config = configOf(settings);
  const known = config.vaults[settings.vault];
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

/** waxseal.json, with the vault that is meant in it. @throws WaxsealError `config_invalid` */
export function configOf(settings: Settings): Config {
  const config = settings.file?.config;
  if (config?.vaults[settings.vault] !== undefined) return config;
  const made = defaultConfig(settings);
  return config === undefined ? made : { ...config, vaults: { ...config.vaults, ...made.vaults } };
}

/** What waxseal.json would say of a vault that only variables name. */
function defaultConfig({ vault, regions: [home, ...replicas] }: Settings): Config {
  const checked = checkConfig({ vaults: { [vault]: { home, replicas } } });
  if ('config' in checked) return checked.config;
  throw new WaxsealError('config_invalid', `vault ${vault}: ${checked.problem.message}`, {
    hint: checked.problem.hint,
  });
}
