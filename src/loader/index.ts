export {
  allowedByEnvironment,
  type EnvironmentRules,
  isRefused,
  mergeEnvironment,
  toVariables,
  variableName,
} from './environment.ts';
export { type LoadOptions, loadSecrets, type Secrets } from './load.ts';
