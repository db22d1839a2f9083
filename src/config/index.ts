export {
  ACCESS_PURPOSE,
  type AccessSubject,
  accessPolicy,
  accountName,
  breakGlassPolicy,
  trustPolicy,
} from './access.ts';
export {
  breakGlassArn,
  CONTEXT_CONDITION,
  keyPolicy,
  type PolicyAccount,
  type PolicyDocument,
} from './key-policy.ts';
export { checkConfig, parseConfig } from './parse.ts';
export {
  descriptorText,
  type KeyPlan,
  planVault,
  planVaults,
  RETIRED_TAG,
  tagsIn,
  VAULT_TAG,
  type VaultPlan,
} from './plan.ts';
export { CONFIG_FILE, type ConfigFile, findConfig, readConfig } from './read.ts';
export { partitionOf, REGION_NAME, regionsOf } from './regions.ts';
export {
  ACCESS_LEVELS,
  type AccessLevel,
  BREAK_GLASS_ROLE,
  type Config,
  configSchema,
  type StateConfig,
  type VaultConfig,
} from './schema.ts';
export {
  type AwsTarget,
  resolveSettings,
  type Settings,
  type SettingsInput,
  STATE_FOLDER,
} from './settings.ts';
