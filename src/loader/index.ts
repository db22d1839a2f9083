export {
  type EnvironmentRules,
  isRefused,
  mergeEnvironment,
  namesIn,
  toVariables,
  variableName,
} from './environment.ts';
export { type LoadOptions, loadSecrets, type Secrets } from './load.ts';
