/** What a command or a loader works on: options first, then WAXSEAL_* variables, then waxseal.json. */
import { join } from 'node:path';
import { WaxsealError } from '../errors.ts';
import { checkVaultPath } from '../secret-name.ts';
import { DATA_KEY_MAX_AGE } from './data-key-age.ts';
import { KEY_ID } from './key-id.ts';
import { type ConfigFile, findConfig } from './read.ts';
import { REGION_NAME } from './regions.ts';

/** Which AWS is meant. */
export type AwsTarget =
  /** The embedded AWS, whose state lies in `stateDir`. */
  | { readonly kind: 'embedded'; readonly stateDir: string }
  /** A server that speaks for AWS; plain http on loopback only. */
  | { readonly kind: 'endpoint'; readonly url: string }
  /** What the SDK's own configuration means. */
  | { readonly kind: 'account' };

/** What a start does about secrets that have expired: a clock that is wrong locks nobody out unless it refuses. */
export type ExpiredRule = 'warn' | 'refuse' | 'ignore';

/** All of these rules. */
export const EXPIRED_RULES: readonly ExpiredRule[] = ['warn', 'refuse', 'ignore'];

/** Everything that is to be known before the first call. */
export interface Settings {
  /** The vault's path. */
  readonly vault: string;
  /** Region names, home first. */
  readonly regions: readonly [string, ...string[]];
  readonly aws: AwsTarget;
  readonly tier: 'standard' | 'advanced';
  /** Whether each writing command publishes a release. */
  readonly publish: 'auto' | 'manual';
  /** Days after which the data key is to be rotated. */
  readonly dataKeyMaxAgeDays: number;
  /** The release that applications take, and no other; it is pinned. */
  readonly pin?: number;
  /** Applications take no release below this number. */
  readonly floor?: number;
  /** What applications do about secrets that have expired. */
  readonly expired?: ExpiredRule;
  /** Whether starts load all large secrets (true), or those alone that are asked for by name (false). */
  readonly large?: boolean;
  /** The KMS key to seal under, where it is not the vault's alias. */
  readonly kmsKey?: string;
  /** KMS keys, by id or ARN, that are accepted beside it while the vault is rewrapped. */
  readonly acceptedKeys?: readonly string[];
  /** The waxseal.json that was used, if any. */
  readonly file?: ConfigFile;
}

/** Where settings come from. */
export interface SettingsInput {
  /** The vault asked for by name, such as by `--vault`. */
  readonly vault?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder from which waxseal.json is looked for. */
  readonly cwd: string;
}

/** The folder beside waxseal.json that holds the embedded AWS. */
export const STATE_FOLDER = '.waxseal';

/**
 * Puts the settings together.
 * @throws WaxsealError `config_missing`, `config_invalid`, `vault_unknown`, `invalid_name`
 */
export async function resolveSettings(input: SettingsInput): Promise<Settings> {
  const { env } = input;
  const file = await findConfig(input.cwd);
  const vault = chooseVault(input.vault ?? nonEmpty(env.WAXSEAL_VAULT), file);
  const known = file?.config.vaults[vault];
  const regions = regionsFrom(env) ?? (known ? ([known.home, ...known.replicas] as const) : undefined);
  if (regions === undefined) throw unknownVault(vault, file);
  const { kmsKey, acceptedKeys } = keysFrom(env) ?? {
    kmsKey: known?.keyId,
    acceptedKeys: known?.acceptedKeyIds ?? [],
  };
  const expired = expiredRule(nonEmpty(env.WAXSEAL_EXPIRED));
  const large = yesOrNo('WAXSEAL_LARGE', nonEmpty(env.WAXSEAL_LARGE));
  return {
    vault,
    regions,
    aws: chooseAws(env, file),
    tier: known?.tier ?? 'standard',
    publish: known?.publish ?? 'auto',
    dataKeyMaxAgeDays: known?.dataKeyMaxAgeDays ?? DATA_KEY_MAX_AGE,
    ...optional('pin', releaseNumber(env, 'WAXSEAL_RELEASE')),
    ...optional('floor', releaseNumber(env, 'WAXSEAL_MIN_RELEASE')),
    ...(expired === undefined ? {} : { expired }),
    ...(large === undefined ? {} : { large }),
    ...(kmsKey === undefined ? {} : { kmsKey }),
    ...(acceptedKeys.length === 0 ? {} : { acceptedKeys }),
    ...(file === undefined ? {} : { file }),
  };
}

function chooseVault(asked: string | undefined, file: ConfigFile | undefined): string {
  if (asked !== undefined) return checkVaultPath(asked);
  if (file === undefined) {
    throw new WaxsealError(
      'config_missing',
      'no vault was named and there is no waxseal.json here or above',
      {
        hint: 'go to a folder that has one, or set WAXSEAL_VAULT and WAXSEAL_REGIONS; "waxseal demo" needs neither',
      },
    );
  }
  const paths = Object.keys(file.config.vaults);
  const only = file.config.defaultVault ?? (paths.length === 1 ? paths[0] : undefined);
  if (only !== undefined) return only;
  throw new WaxsealError('vault_unknown', `${file.file} has ${paths.length} vaults and none was named`, {
    hint: `pass --vault with one of ${paths.join(', ')}, or set "defaultVault"`,
  });
}

function unknownVault(vault: string, file: ConfigFile | undefined): WaxsealError {
  return file === undefined
    ? new WaxsealError(
        'config_missing',
        `the regions of vault ${vault} are not known: there is no waxseal.json`,
        {
          hint: 'set WAXSEAL_REGIONS, home first, such as us-east-1,eu-west-1',
        },
      )
    : new WaxsealError('vault_unknown', `vault ${vault} is not in ${file.file}`, {
        hint: `it has ${Object.keys(file.config.vaults).join(', ')}; WAXSEAL_REGIONS would name the regions of another`,
      });
}

function regionsFrom(env: SettingsInput['env']): readonly [string, ...string[]] | undefined {
  const text = nonEmpty(env.WAXSEAL_REGIONS);
  if (text === undefined) return undefined;
  const [home, ...replicas] = text.split(',').map((region) => region.trim());
  const all = [home ?? '', ...replicas] as const;
  const wrong = all.find((region, i) => !REGION_NAME.test(region) || all.indexOf(region) !== i);
  if (wrong === undefined) return [all[0], ...replicas];
  throw new WaxsealError(
    'config_invalid',
    `WAXSEAL_REGIONS: ${JSON.stringify(wrong)} repeats or is no region`,
    {
      hint: 'name the home region first, then replicas, such as us-east-1,eu-west-1',
    },
  );
}

/**
 * The key to seal under, and those that are accepted beside it. Only the first may be an alias: what is accepted is
 * named once and for all, and an alias can be moved.
 * @throws WaxsealError `config_invalid`
 */
function keysFrom(
  env: SettingsInput['env'],
): { readonly kmsKey: string; readonly acceptedKeys: readonly string[] } | undefined {
  const text = nonEmpty(env.WAXSEAL_KMS_KEY);
  if (text === undefined) return undefined;
  const [kmsKey = '', ...acceptedKeys] = text.split(',').map((key) => key.trim());
  const all = [kmsKey, ...acceptedKeys];
  const wrong = all.find((key, i) => key === '' || (i > 0 && !KEY_ID.test(key)) || all.indexOf(key) !== i);
  if (wrong === undefined) return { kmsKey, acceptedKeys };
  throw new WaxsealError(
    'config_invalid',
    `WAXSEAL_KMS_KEY: ${JSON.stringify(wrong)} repeats or is not the id or ARN of a KMS key`,
    { hint: 'name the key to seal under first, then the ids or ARNs of those that are accepted beside it' },
  );
}

function chooseAws(env: SettingsInput['env'], file: ConfigFile | undefined): AwsTarget {
  const url = nonEmpty(env.WAXSEAL_ENDPOINT);
  if (url !== undefined) return { kind: 'endpoint', url: checkEndpoint(url) };
  const stateDir = nonEmpty(env.WAXSEAL_EMBEDDED);
  if (stateDir !== undefined) return { kind: 'embedded', stateDir };
  if (file?.config.aws === 'embedded') return { kind: 'embedded', stateDir: join(file.folder, STATE_FOLDER) };
  return { kind: 'account' };
}

/** A release's number in a variable. @throws WaxsealError `config_invalid` */
function releaseNumber(env: SettingsInput['env'], name: string): number | undefined {
  const text = nonEmpty(env[name]);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new WaxsealError(
    'config_invalid',
    `${name}: ${JSON.stringify(text)} is not the number of a release`,
    {
      hint: '"waxseal release list" shows which there are',
    },
  );
}

function expiredRule(text: string | undefined): ExpiredRule | undefined {
  const rule = EXPIRED_RULES.find((one) => one === text);
  if (text === undefined || rule !== undefined) return rule;
  throw new WaxsealError('config_invalid', `WAXSEAL_EXPIRED: ${JSON.stringify(text)} is no rule`, {
    hint: `one of ${EXPIRED_RULES.join(', ')}`,
  });
}

/** @throws WaxsealError `config_invalid` */
function yesOrNo(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === '1' || text === '0')
    return text === undefined ? undefined : text === '1';
  throw new WaxsealError('config_invalid', `${name}: ${JSON.stringify(text)} is neither 1 nor 0`);
}

function optional<K extends string>(key: K, value: number | undefined): { readonly [key in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: number });
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Plain http leaves the machine readable and unauthenticated, so it is for this machine only. */
function checkEndpoint(text: string): string {
  const refuse = (why: string): never => {
    throw new WaxsealError('config_invalid', `WAXSEAL_ENDPOINT ${JSON.stringify(text)} ${why}`, {
      hint: 'use https, or http on 127.0.0.1 as "waxseal local" prints it',
    });
  };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse('is not a URL');
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) refuse('is plain http to another machine');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('is neither http nor https');
  if (url.username !== '' || url.password !== '') refuse('carries a user or a password');
  return url.origin;
}

/** A variable set to nothing counts as not set, as in every shell script. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
