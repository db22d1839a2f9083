/** `loadSecrets`: a vault's secrets as an object, at the start of an application. */
import { EXPIRED_RULES, type ExpiredRule } from '../config/settings.ts';
import { WaxsealError } from '../errors.ts';
import { openBootVault } from '../open-vault.ts';
import { createHealth } from '../vault/health.ts';
import type { RegionHealth, SealedTexts, Secret } from '../vault/index.ts';
import { answeredElsewhere, type BootVaultOptions, bootVault, bothTold } from './boot.ts';
import { isChosen, wantsLarge, withPrefix } from './chosen.ts';
import { type EnvironmentRules, mergeEnvironment, namesIn, toVariables } from './environment.ts';
import type { ExpiringSecret, Lease } from './expiring.ts';
import type { Explain, Explainer } from './explain.ts';
import { redacted } from './redacted.ts';
import { applySchema, checkRequired, type StandardSchema } from './schema.ts';

/** How secrets are loaded. */
export interface LoadOptions<
  Output = unknown,
  Required extends string = string,
  Optional extends string = string,
> extends Omit<BootVaultOptions, 'vault' | 'health' | 'large'>,
    EnvironmentRules {
  /** The vault's path; of several, a later one wins over those before it. Default WAXSEAL_VAULT, then waxseal.json. */
  readonly vault?: string | readonly string[] | undefined;
  /** Only secrets whose names begin so; the prefix is taken off: with `smtp/` the secret `smtp/password` is `password`. */
  readonly prefix?: string | undefined;
  /** Variables that must be there; all that are missing are told at once. */
  readonly required?: readonly Required[] | undefined;
  /** Variables that may be there; for the type of what is returned. */
  readonly optional?: readonly Optional[] | undefined;
  /**
   * Large secrets, which lie in several parameters and take a few calls more: `true` loads them all, `false` none.
   * Default WAXSEAL_LARGE; without either those are loaded that `required` or `optional` name, and a warning names the
   * rest. `WAXSEAL_LARGE=0` takes the warning away.
   */
  readonly large?: boolean | undefined;
  /** What the secrets must look like, and become: a schema of zod, valibot, arktype or another Standard Schema library. */
  readonly schema?: StandardSchema<Output> | undefined;
  /** Also set them in process.env; what is set there already stays, unless this is `override`. Default: not. */
  readonly assign?: boolean | 'override' | undefined;
  /** Told of secrets that have expired or soon will, what expires first at the head; not called when there are none. */
  readonly onExpiring?: ((secrets: readonly ExpiringSecret[]) => void) | undefined;
  /** How long before its expiry a secret is told of, in ms or as in `30d`. Default 30 days. */
  readonly expiringWithin?: number | string | undefined;
  /**
   * What is done about secrets that have expired, by this machine's clock: `warn` once, `refuse` to load
   * (`secret_expired`), or `ignore` it. Default WAXSEAL_EXPIRED, then `warn`.
   */
  readonly expired?: ExpiredRule | undefined;
  /** Told once when something is not as it should be, such as secrets from the last known good release. Default: stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Tell which calls were made and how each went: a function is given them, `true` prints a table to stderr. Default: not. */
  readonly explain?: Explain | undefined;
}

/** Secrets by the name of their variable. Printing or serialising it shows the names alone. */
export type Secrets = Readonly<Record<string, string>>;

/** Where a vault's secrets came from, and how old they are. */
export interface SecretsOrigin {
  readonly vault: string;
  /** The region that answered; another one than home when home did not. */
  readonly region: string;
  /** The release's number; undefined where there is none and entries were read. */
  readonly release: number | undefined;
  /** When it was published, in ms since 1970. */
  readonly publishedAt: number | undefined;
  /** Whether Parameter Store failed in all regions and the last known good release had to serve. */
  readonly fromLastKnownGood: boolean;
}

interface Loaded {
  readonly options: LoadOptions;
  /** The release of each vault as it came; undefined where entries were read. */
  readonly sealed: readonly (SealedTexts | undefined)[];
  readonly origins: readonly SecretsOrigin[];
  /** Of each vault, which regions did not answer: a refresh begins with the others. */
  readonly health: readonly RegionHealth[];
  readonly watch: Watch;
}

/** What expires of the secrets that were loaded, and what is to be done about it. */
interface Watch {
  readonly leases: readonly Lease[];
  readonly rule: ExpiredRule | undefined;
  /** In ms. */
  readonly within: number | undefined;
}

const loaded = new WeakMap<object, Loaded>();
const underWay = new Map<string, Promise<object>>();

/**
 * Loads all secrets of a vault by its release, from home or the first region that has it, in one GetParameters and one
 * Decrypt. What is not to be trusted fails the whole: an application never starts with half of its secrets. Calls
 * with equal options that are under way at once share one load.
 * @throws WaxsealError with a stable `code`; see docs/ERRORS.md
 */
export function loadSecrets<Output extends object>(
  options: LoadOptions<Output> & { readonly schema: StandardSchema<Output> },
): Promise<Readonly<Output>>;
export function loadSecrets<Required extends string, Optional extends string = never>(
  options: LoadOptions<unknown, Required, Optional> & { readonly required: readonly Required[] },
): Promise<Readonly<Record<Required, string> & Partial<Record<Optional, string>>>>;
export function loadSecrets(options?: LoadOptions): Promise<Secrets>;
export async function loadSecrets(options: LoadOptions = {}): Promise<object> {
  const key = sharingKey(options);
  const shared = key === undefined ? undefined : underWay.get(key);
  if (shared !== undefined) return shared;
  const load = loadOnce(options);
  if (key === undefined) return load;
  underWay.set(key, load);
  try {
    return await load;
  } finally {
    underWay.delete(key);
  }
}

/**
 * The secrets as they are now: the same object when nothing was published since, which takes one call a vault, else a
 * new one. What has expired meanwhile is told of, or refused, as in a load.
 * @throws WaxsealError as {@link loadSecrets}; `usage` for an object that loadSecrets did not give
 */
export async function refreshSecrets<T extends object>(secrets: T): Promise<T> {
  const known = loadedOf(secrets);
  const { options } = known;
  const current = await eachVault(options, async (vault, place, explainer) => {
    const sealed = known.sealed[place];
    if (sealed === undefined) return false;
    const observe = bothTold(options.observe, explainer);
    const health = known.health[place];
    const open = await openBootVault({ ...options, vault, observe, health });
    try {
      explainer?.opened(open);
      return await open.vault.isCurrent(sealed, { ...(options.signal && { signal: options.signal }) });
    } finally {
      await open.close();
    }
  });
  if (!current.every(Boolean)) return (await loadOnce(options, known.health)) as T;
  await tellExpiring(options, known.watch);
  return secrets;
}

/**
 * Where secrets came from and how old they are, for each vault in the order in which they were asked for.
 * @throws WaxsealError `usage` for an object that loadSecrets did not give
 */
export function secretsOrigin(secrets: object): readonly SecretsOrigin[] {
  return loadedOf(secrets).origins;
}

function loadedOf(secrets: object): Loaded {
  const known = loaded.get(secrets);
  if (known !== undefined) return known;
  throw new WaxsealError('usage', 'these secrets were not given by loadSecrets', {
    hint: 'pass what loadSecrets resolved to, not a copy of it',
  });
}

async function loadOnce(
  options: LoadOptions,
  health: readonly RegionHealth[] = vaultsOf(options).map(() => createHealth()),
): Promise<object> {
  const env = options.env ?? process.env;
  const warn = warner(options);
  const { rule, within } = await watchOf(options);
  const allow = [...(options.allow ?? []), ...namesIn(env.WAXSEAL_ALLOW)];
  const except = [...(options.except ?? []), ...namesIn(env.WAXSEAL_EXCEPT)];
  const isMeant = (name: string): boolean => isChosen(name, options.prefix, except);
  const large = wantsLarge(options, isMeant);
  const secrets = new Map<string, Secret>();
  const leftOut = new Map<string, string>();
  const sealed: (SealedTexts | undefined)[] = [];
  const origins: SecretsOrigin[] = [];
  const boots = await eachVault(options, (vault, place, explainer) =>
    bootVault(
      { ...options, vault, health: health[place], large },
      (booted, { vault: { path, regions }, settings }) => ({ booted, path, home: regions[0], settings }),
      explainer,
    ),
  );
  for (const { booted, path, home } of boots) {
    const { region, release, publishedAt, fromLastKnownGood } = booted;
    sealed.push(booted.sealed);
    origins.push({ vault: path, region, release, publishedAt, fromLastKnownGood });
    if (region !== home && !fromLastKnownGood) warn(answeredElsewhere(path, home, booted));
    if (booted.fromLastKnownGood)
      warn(`Parameter Store failed: ${path} is the last known good release ${booted.release}`);
    if (booted.release === undefined)
      warnOnce(`${path} has no release, its entries were read one by one`, warn);
    for (const [name, secret] of booted.secrets) {
      secrets.set(name, secret);
      leftOut.delete(name);
    }
    // What an earlier vault has under this name is not what counts, and nothing is better than another value.
    for (const name of booted.leftOut) {
      secrets.get(name)?.value.fill(0);
      secrets.delete(name);
      leftOut.set(name, path);
    }
  }
  if (leftOut.size > 0) {
    // A start without large secrets does not load it.
    const { tellLeftOut } = await import('./left-out.ts');
    const meant = [...leftOut].filter(([name]) => isMeant(name));
    tellLeftOut(meant, options, boots[0]?.settings.large, (message) => warnOnce(message, warn));
  }
  const chosen = withPrefix(secrets, options.prefix);
  const variables = toVariables(chosen, { allow, except });
  for (const { value } of secrets.values()) value.fill(0);
  const leases = [...chosen].flatMap(([name, secret]): Lease[] => {
    const { expiresAt } = secret;
    if (expiresAt === undefined || except.includes(name)) return [];
    const vault = boots.find(({ booted }) => booted.secrets.get(secret.name) === secret)?.path ?? '';
    return [{ vault, name: secret.name, expiresAt }];
  });
  const watch: Watch = { leases, rule: rule ?? boots[0]?.settings.expired, within };
  await tellExpiring(options, watch);
  checkRequired(variables, options.required ?? []);
  const values =
    options.schema === undefined
      ? Object.fromEntries(variables)
      : await applySchema(variables, options.schema);
  if (options.assign !== undefined && options.assign !== false) {
    Object.assign(process.env, mergeEnvironment(process.env, variables, options.assign === 'override').env);
  }
  const result = redacted(new Map(Object.entries(values as Record<string, unknown>)));
  loaded.set(result, { options, sealed, origins, health, watch });
  return result;
}

/** What is to be done about what expires. @throws WaxsealError `usage` */
async function watchOf({ expired, expiringWithin: given }: LoadOptions): Promise<Omit<Watch, 'leases'>> {
  if (expired !== undefined && !EXPIRED_RULES.includes(expired)) {
    throw new WaxsealError('usage', `"expired" expected ${EXPIRED_RULES.join(', ')}`);
  }
  const within = typeof given === 'string' ? (await import('../vault/lifetime.ts')).readSpan(given) : given;
  if (given === undefined || (within !== undefined && within >= 0)) return { rule: expired, within };
  throw new WaxsealError('usage', '"expiringWithin" expected a span of time', {
    hint: 'in ms, or such as 30d or 12h',
  });
}

/** Tells of what expires, and does what the rule says. @throws WaxsealError `secret_expired` */
async function tellExpiring(options: LoadOptions, { leases, rule = 'warn', within }: Watch): Promise<void> {
  // A start with nothing that expires does not load it.
  if (leases.length === 0) return;
  const { watchExpiry } = await import('./expiring.ts');
  watchExpiry(leases, { rule, onExpiring: options.onExpiring, within, warn: warner(options) });
}

function warner({ onWarning }: LoadOptions): (message: string) => void {
  return onWarning ?? ((message) => void process.stderr.write(`waxseal: ${message}\n`));
}

/** Works on all vaults at once, and explains it where that is asked for. */
async function eachVault<T>(
  options: LoadOptions,
  work: (vault: string | undefined, place: number, explainer?: Explainer) => Promise<T>,
): Promise<T[]> {
  const { explain = false, hedgeAfter } = options;
  const vaults = vaultsOf(options);
  if (explain === false) return Promise.all(vaults.map((vault, place) => work(vault, place)));
  // A start that explains nothing does not load it.
  const { explaining } = await import('./explain.ts');
  return explaining(explain, hedgeAfter, vaults, work);
}

function vaultsOf({ vault }: LoadOptions): readonly (string | undefined)[] {
  if (vault === undefined || typeof vault === 'string') return [vault];
  if (vault.length === 0)
    throw new WaxsealError('usage', 'no vault is named', { hint: 'name one, or leave it out' });
  return vault;
}

/** What makes two calls the same; undefined for options that only one call can mean. */
function sharingKey(options: LoadOptions): string | undefined {
  const { schema, signal, onWarning, onExpiring, observe, explain, ...rest } = options;
  const own = [
    schema,
    signal,
    onWarning,
    onExpiring,
    observe,
    typeof explain === 'function' ? explain : undefined,
  ];
  return own.every((one) => one === undefined) ? JSON.stringify({ ...rest, explain }) : undefined;
}

const warned = new Set<string>();

function warnOnce(message: string, warn: (message: string) => void): void {
  if (warned.has(message)) return;
  warned.add(message);
  warn(message);
}
