/** `loadSecrets`: a vault's secrets as an object, at the start of an application. */
import { WaxsealError } from '../errors.ts';
import { type OpenVaultOptions, openVault } from '../open-vault.ts';
import { type EnvironmentRules, mergeEnvironment, namesIn, toVariables } from './environment.ts';

/** How secrets are loaded. */
export interface LoadOptions extends OpenVaultOptions, EnvironmentRules {
  /** Also set them in process.env; what is set there already stays, unless this is `override`. Default: not. */
  readonly assign?: boolean | 'override' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Secrets by the name of their variable. Printing or serialising it shows the names alone. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * Loads all secrets of a vault, from home or the first region that can give them all. One that is not to be trusted
 * fails the whole: an application never starts with half of its secrets.
 * @throws WaxsealError with a stable `code`; see docs/ERRORS.md
 */
export async function loadSecrets(options: LoadOptions = {}): Promise<Secrets> {
  const env = options.env ?? process.env;
  const open = await openVault(options);
  try {
    const loaded = await open.vault.load(options.signal === undefined ? {} : { signal: options.signal });
    const allow = [...(options.allow ?? []), ...namesIn(env.WAXSEAL_ALLOW)];
    const except = [...(options.except ?? []), ...namesIn(env.WAXSEAL_EXCEPT)];
    const variables = toVariables(loaded, { allow, except });
    for (const { value } of loaded.values()) value.fill(0);
    if (options.assign !== undefined && options.assign !== false) {
      Object.assign(process.env, mergeEnvironment(process.env, variables, options.assign === 'override').env);
    }
    return redacted(variables);
  } finally {
    await open.close();
  }
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An object that gives a value to whoever asks for it by name, and to no log. */
function redacted(variables: ReadonlyMap<string, string>): Secrets {
  if (variables.has('toJSON')) {
    throw new WaxsealError('name_clash', 'toJSON is what keeps loaded secrets out of JSON', {
      hint: 'rename the secret, or use exec or register',
    });
  }
  const secrets: Record<string, string> = Object.create(null);
  // Accessors: console.dir goes past the custom inspection below and would print plain properties.
  for (const [name, value] of variables) {
    Object.defineProperty(secrets, name, { enumerable: true, configurable: true, get: () => value });
  }
  const hidden = (): Record<string, string> =>
    Object.fromEntries([...variables.keys()].map((name) => [name, '[redacted]']));
  Object.defineProperty(secrets, INSPECT, { value: hidden });
  Object.defineProperty(secrets, 'toJSON', { value: hidden });
  // Without it a template string in a log line would throw: the object has no prototype.
  Object.defineProperty(secrets, Symbol.toPrimitive, { value: () => '[redacted]' });
  return Object.freeze(secrets);
}
