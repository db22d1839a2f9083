/**
 * Names of vaults and secrets: what Parameter Store and KMS accept, and what is ours.
 * Source: PutParameter, "Name" in the Systems Manager API reference; CreateAlias in the KMS API reference.
 */
import { WaxsealError } from './errors.ts';

/** The folder inside a vault that holds what is waxseal's own; listings skip it. */
export const RESERVED_FOLDER = '.waxseal';

/**
 * The field of the KMS encryption context that holds the vault's path. IAM and key policies grant one vault by it:
 * `kms:EncryptionContext:waxseal:vault`.
 */
export const VAULT_CONTEXT_KEY = 'waxseal:vault';

/** Parameter Store allows 15 levels; `/<vault>/.waxseal/release/9` takes three of them. */
const MAX_LEVELS = 15;
const RESERVED_LEVELS = 3;

/**
 * 1,011 characters, counted with the ARN in front. The ARN is longest in the region with the longest name, and a
 * vault must fit in any region that may replicate it some day.
 */
const MAX_ARN_LENGTH = 1011;
const LONGEST_ARN_PREFIX = 'arn:aws-us-gov:ssm:ap-southeast-99:123456789012:parameter'.length;
/** Characters that vault path and secret name may have together. */
export const MAX_PARAMETER_NAME: number = MAX_ARN_LENGTH - LONGEST_ARN_PREFIX;

/** `alias/` and the alias share 256 characters. */
const MAX_ALIAS_LENGTH = 256;

const VAULT = /^(\/[A-Za-z0-9_-]+)+$/;
const SECRET = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const RESERVED_BY_AWS = /^\/?(aws|ssm)/i;

/** Checks a vault path such as `/acme/prod`. @throws WaxsealError `invalid_name` */
export function checkVaultPath(path: string): string {
  const refuse = (why: string, hint: string): never => {
    throw new WaxsealError('invalid_name', `vault path ${quoteName(path)} ${why}`, { hint });
  };
  if (!VAULT.test(path)) {
    refuse(
      'is not a path of letters, digits, "_" and "-"',
      'a vault path looks like /acme/prod: it starts with "/", and has no dot because its KMS alias cannot hold one',
    );
  }
  if (RESERVED_BY_AWS.test(path)) {
    refuse(
      'starts with "aws" or "ssm"',
      'Parameter Store keeps these two for itself; put another word in front',
    );
  }
  if (levels(path) > MAX_LEVELS - RESERVED_LEVELS) {
    refuse(
      `is deeper than ${MAX_LEVELS - RESERVED_LEVELS} levels`,
      `Parameter Store allows ${MAX_LEVELS} levels in all`,
    );
  }
  if (vaultAlias(path).length > MAX_ALIAS_LENGTH) {
    refuse('is too long for a KMS alias', `alias/waxseal<path> may have ${MAX_ALIAS_LENGTH} characters`);
  }
  return path;
}

/** Checks the name of a secret in a vault, such as `DATABASE_URL` or `smtp/password`. @throws WaxsealError `invalid_name` */
export function checkSecretName(vault: string, name: string): string {
  const refuse = (why: string, hint: string): never => {
    throw new WaxsealError('invalid_name', `secret name ${quoteName(name)} ${why}`, { hint });
  };
  if (name === '') refuse('is empty', 'give it a name, such as DATABASE_URL');
  if (name.startsWith('/')) {
    refuse(
      'starts with "/"',
      'names are relative to the vault: leave out the leading "/" and the vault\'s path',
    );
  }
  if (!SECRET.test(name)) {
    refuse(
      'has characters that Parameter Store refuses',
      'use letters, digits, "_", "." and "-", and "/" between levels',
    );
  }
  if (name.split('/').some((segment) => segment === '.' || segment === '..')) {
    refuse('has "." or ".." as a level', 'these mean something else to nearly every tool; pick another word');
  }
  if (isReserved(name)) {
    refuse('is reserved', `everything below ${RESERVED_FOLDER}/ is waxseal's own; pick another name`);
  }
  const full = parameterName(vault, name);
  if (levels(full) > MAX_LEVELS) {
    refuse(
      `is deeper than Parameter Store's ${MAX_LEVELS} levels`,
      "the levels of the vault's path count too",
    );
  }
  if (full.length > MAX_PARAMETER_NAME) {
    refuse(
      `is too long: with its vault it has ${full.length} characters`,
      `${MAX_PARAMETER_NAME} fit in every region, ${MAX_PARAMETER_NAME - vault.length - 1} of them for the name`,
    );
  }
  return name;
}

/** Whether Parameter Store takes a full name, in any region. */
export function fitsParameterStore(parameter: string): boolean {
  return levels(parameter) <= MAX_LEVELS && parameter.length <= MAX_PARAMETER_NAME;
}

/** Whether a secret's name lies in the folder that is waxseal's own. Case is ignored so that no look-alike exists. */
export function isReserved(name: string): boolean {
  return name.split('/')[0]?.toLowerCase() === RESERVED_FOLDER;
}

/** The full parameter name of a secret. */
export function parameterName(vault: string, name: string): string {
  return `${vault}/${name}`;
}

/** The secret's name of a full parameter name, or undefined when it is not a secret of this vault. */
export function secretName(vault: string, parameter: string): string | undefined {
  if (!parameter.startsWith(`${vault}/`)) return undefined;
  const name = parameter.slice(vault.length + 1);
  return isReserved(name) ? undefined : name;
}

/** The KMS alias that is a vault's trust anchor: only KMS rights can move it. */
export function vaultAlias(vault: string): string {
  return `alias/waxseal${vault}`;
}

/** Whether one path lies in the other (or is the same). */
export function pathsOverlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Names in the order of their bytes, which no locale changes; they are ASCII. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function levels(path: string): number {
  return path.split('/').filter((segment) => segment !== '').length;
}

/** A name for a message: short, and with nothing in it that a terminal would act on. */
export function quoteName(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 77)}...` : name;
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(shown).replace(/[^ -~]/g, escaped);
}
