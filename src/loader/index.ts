export type { ObservedCall } from '../aws/index.ts';
export { type BootedVault, type BootVaultOptions, bootVault } from './boot.ts';
export {
  type EnvironmentRules,
  isRefused,
  mergeEnvironment,
  namesIn,
  toVariables,
  variableName,
} from './environment.ts';
export type { ExpiringSecret } from './expiring.ts';
export type { Explain } from './explain.ts';
export type { LastKnownGood } from './last-known-good.ts';
export {
  type LoadOptions,
  loadSecrets,
  refreshSecrets,
  type Secrets,
  type SecretsOrigin,
  secretsOrigin,
} from './load.ts';
export type { StandardSchema } from './schema.ts';
