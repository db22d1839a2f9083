/** Whose calls they are: from the environment, or from who gives roles to processes (STS, ECS, EKS, EC2). */
import { type Environment, isOn, variable } from './environment.ts';
import { named } from './failure.ts';
import type { Credentials } from './identity.ts';

/** Where credentials come from, in words. */
export type CredentialSource = 'the environment' | 'web identity' | 'the container' | 'the instance';

/** Credentials that are good now, for calls in `region`. */
export type CredentialProvider = (region: string) => Promise<Credentials>;

/** How long before they expire new ones are asked for, in ms; the SDK's figure. */
const EARLY = 5 * 60 * 1000;

/** The first place in the SDK's order that has credentials, as far as the lean client knows it; undefined: none. */
export function credentialSource(env: Environment): CredentialSource | undefined {
  const has = (name: string): boolean => variable(env, name) !== undefined;
  if (has('AWS_ACCESS_KEY_ID') && has('AWS_SECRET_ACCESS_KEY')) return 'the environment';
  if (has('AWS_WEB_IDENTITY_TOKEN_FILE') && has('AWS_ROLE_ARN')) return 'web identity';
  if (has('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI') || has('AWS_CONTAINER_CREDENTIALS_FULL_URI')) {
    return 'the container';
  }
  return isOn(env, 'AWS_EC2_METADATA_DISABLED') ? undefined : 'the instance';
}

/**
 * A provider that asks once and keeps what it got until shortly before it expires.
 * @throws Error `CredentialsProviderError`, when asked, where there are none
 */
export function credentialProvider(env: Environment): CredentialProvider {
  const source = credentialSource(env);
  const kept = new Map<string, () => Promise<Credentials>>();
  return (region) => {
    // STS is asked in the region that the call goes to: when home is down, the replica must not need it.
    const key = source === 'web identity' ? region : '';
    const provider = kept.get(key) ?? keep(() => ask(source, env, region).catch(noneFound));
    kept.set(key, provider);
    return provider();
  };
}

/** Asks when there are none, or those there are end soon; while these are still good, a failure is no harm. */
export function keep(provide: () => Promise<Credentials>): () => Promise<Credentials> {
  let current: Credentials | undefined;
  let asking: Promise<Credentials> | undefined;
  const leftOf = ({ expiration }: Credentials): number =>
    expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - Date.now();
  return async () => {
    if (current !== undefined && leftOf(current) > EARLY) return current;
    asking ??= provide().finally(() => {
      asking = undefined;
    });
    try {
      current = await asking;
    } catch (error) {
      if (current === undefined || leftOf(current) <= 0) throw error;
    }
    return current;
  };
}

/** AWS's own providers are loaded when their turn comes: each takes longer to load than a start may take. */
async function ask(
  source: CredentialSource | undefined,
  env: Environment,
  region: string,
): Promise<Credentials> {
  switch (source) {
    case 'the environment':
      return fromEnvironment(env);
    case 'web identity':
      return (await import('./from/web-identity.ts')).fromWebIdentity(env, region);
    case 'the container':
      return (await import('./from/container.ts')).fromContainer(env);
    case 'the instance':
      return (await import('./from/instance.ts')).fromInstance();
    case undefined:
      throw named('CredentialsProviderError', 'no credentials in the environment, and nobody to ask');
  }
}

/** A provider that has nothing says so in an error of its own, marked for the next one in line; here there is none. */
function noneFound(error: unknown): never {
  const { tryNextLink } = error as { readonly tryNextLink?: boolean };
  if (tryNextLink !== true) throw error;
  const { message } = error as Error;
  throw Object.assign(named('CredentialsProviderError', message), { cause: error });
}

function fromEnvironment(env: Environment): Credentials {
  const sessionToken = variable(env, 'AWS_SESSION_TOKEN');
  return {
    accessKeyId: variable(env, 'AWS_ACCESS_KEY_ID') ?? '',
    secretAccessKey: variable(env, 'AWS_SECRET_ACCESS_KEY') ?? '',
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}
