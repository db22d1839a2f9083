export {
  descriptorText,
  keyPolicy,
  type PolicyDocument,
  planVault,
  planVaults,
  type VaultPlan,
} from './plan.ts';
export { CONFIG_FILE, type ConfigFile, findConfig, parseConfig, readConfig } from './read.ts';
export { type Config, configSchema, REGION_NAME, regionsOf, type VaultConfig } from './schema.ts';
export {
  type AwsTarget,
  resolveSettings,
  type Settings,
  type SettingsInput,
  STATE_FOLDER,
} from './settings.ts';
