/** Which of a vault's secrets an application is given, by their names. */
import { WaxsealError } from '../errors.ts';
import type { Secret } from '../vault/index.ts';
import type { WantsLarge } from './boot.ts';
import { variableName } from './environment.ts';

/** Those below a prefix, under their names without it. */
export function withPrefix(
  secrets: ReadonlyMap<string, Secret>,
  prefix: string | undefined,
): ReadonlyMap<string, Secret> {
  return new Map(
    [...secrets].flatMap(([name, secret]): [string, Secret][] =>
      isBelow(name, prefix) ? [[withoutPrefix(name, prefix), secret]] : [],
    ),
  );
}

/** Whether a secret is one of those to be loaded at all. @param except - names without the prefix */
export function isChosen(name: string, prefix: string | undefined, except: readonly string[]): boolean {
  return isBelow(name, prefix) && !except.includes(withoutPrefix(name, prefix));
}

/** A name without the prefix that it begins with. */
export function withoutPrefix(name: string, prefix = ''): string {
  return name.slice(prefix.length);
}

/** Which large secrets are loaded: what is named is, unless the application says that none are. */
export function wantsLarge(
  options: {
    readonly large?: boolean | undefined;
    readonly prefix?: string | undefined;
    readonly required?: readonly string[] | undefined;
    readonly optional?: readonly string[] | undefined;
  },
  isMeant: (name: string) => boolean,
): WantsLarge {
  const { large, prefix, required = [], optional = [] } = options;
  if (large !== undefined && typeof large !== 'boolean') {
    throw new WaxsealError('usage', '"large" expected true or false', {
      hint: 'single large secrets are loaded by their names in "required" or "optional"',
    });
  }
  const named = new Set([...required, ...optional]);
  return (name, all) =>
    isMeant(name) && (large ?? (all === true || named.has(variableName(withoutPrefix(name, prefix)))));
}

function isBelow(name: string, prefix = ''): boolean {
  return prefix === '' || (name.startsWith(prefix) && name !== prefix);
}
