/** Lean client or SDK: whatever the lean client does not know is left to the SDK, so that both mean the same AWS. */
import type { Settings } from '../../config/index.ts';
import { credentialSource } from './credentials.ts';
import { endpointVariable } from './endpoint.ts';
import { type Environment, isOn, variable } from './environment.ts';
import { type SharedFiles, settingThatCounts } from './shared-files.ts';

/** Which client makes the calls of a start, and why. */
export interface ClientChoice {
  readonly client: 'lean' | 'sdk';
  /** A few words for a person. */
  readonly why: string;
}

/** Variables that the SDK obeys and the lean client does not. */
const SDK_ONLY = [
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_DISABLE_CLOCK_SKEW_CORRECTION',
  'AWS_CA_BUNDLE',
] as const;

/**
 * Chooses. Neither network nor disk is asked.
 * @param env - AWS_* variables
 * @param settings - which AWS is meant
 * @param shared - what `~/.aws` holds; it does not count where a server stands in for AWS
 */
export function chooseClient(
  env: Environment,
  { aws }: Pick<Settings, 'aws'>,
  shared: SharedFiles = {},
): ClientChoice {
  if (aws.kind !== 'account') return { client: 'lean', why: `${aws.kind}: no credentials are needed` };
  const source = credentialSource(env);
  const reason = reasonForSdk(env, shared, source === 'the environment');
  if (reason !== undefined) return { client: 'sdk', why: reason };
  return source === undefined
    ? { client: 'sdk', why: 'no credentials that the lean client knows' }
    : { client: 'lean', why: `credentials from ${source}` };
}

function reasonForSdk(env: Environment, shared: SharedFiles, inEnvironment: boolean): string | undefined {
  const name = SDK_ONLY.find((one) => isOn(env, one));
  if (name !== undefined) return `${name} is set`;
  // Even over keys in the environment, as the SDK has it.
  if (variable(env, 'AWS_PROFILE') !== undefined) return 'AWS_PROFILE is set';
  const mode = variable(env, 'AWS_RETRY_MODE');
  if (mode !== undefined && mode !== 'standard') return `AWS_RETRY_MODE is ${mode}`;
  const service = (['kms', 'ssm'] as const).find((one) => !isPlainOrigin(endpointVariable(env, one)));
  if (service !== undefined) return `the endpoint of ${service} is not a plain origin`;
  const setting = settingThatCounts(shared, inEnvironment);
  return setting === undefined ? undefined : `the shared AWS files hold ${setting}`;
}

/** A path, a query or a user in an endpoint's URL has rules of its own. */
function isPlainOrigin(text: string | undefined): boolean {
  if (text === undefined) return true;
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === '/' && `${search}${username}${password}` === '';
}
