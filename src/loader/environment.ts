/** From secrets to environment variables: names, clashes, and what a vault may not touch. */
import { WaxsealError } from '../errors.ts';
import { compareNames } from '../secret-name.ts';
import type { Secret } from '../vault/index.ts';

/** How secrets become variables. */
export interface EnvironmentRules {
  /** Variables that may be set although they could take over the process. Each is named, there is no wildcard. */
  readonly allow?: readonly string[] | undefined;
  /** Secrets, by their own names, that are left out. */
  readonly except?: readonly string[] | undefined;
}

/** Whole families of variables that change what a process runs, or whom it talks to as whom. */
const REFUSED_PREFIXES = ['LD_', 'DYLD_', 'NODE_', 'AWS_', 'WAXSEAL_'];
const REFUSED = new Set([
  'PATH',
  'BASH_ENV',
  'ENV',
  'IFS',
  'SHELLOPTS',
  'BASHOPTS',
  'PROMPT_COMMAND',
  'GCONV_PATH',
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PERL5LIB',
  'PERL5OPT',
  'RUBYLIB',
  'RUBYOPT',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  '_JAVA_OPTIONS',
]);

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The variable of a secret: itself where that is a valid name, else in capitals with `_` for the rest (`smtp/password` → `SMTP_PASSWORD`). */
export function variableName(name: string): string {
  if (VARIABLE.test(name)) return name;
  const mapped = name.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
  return /^\d/.test(mapped) ? `_${mapped}` : mapped;
}

/** Whether a variable could take over the process it is set in. Windows knows no case in these names, so case is ignored. */
export function isRefused(variable: string): boolean {
  const upper = variable.toUpperCase();
  return REFUSED.has(upper) || REFUSED_PREFIXES.some((prefix) => upper.startsWith(prefix));
}

/**
 * All variables of a vault.
 * @throws WaxsealError `name_clash` when two secrets map to one variable, `name_refused`, `not_loadable` for a value
 *   that no variable can hold; each names all that are concerned
 */
export function toVariables(
  secrets: ReadonlyMap<string, Secret>,
  rules: EnvironmentRules = {},
): ReadonlyMap<string, string> {
  const except = new Set(rules.except);
  const names = [...secrets.keys()].filter((name) => !except.has(name)).sort(compareNames);
  const byVariable = new Map<string, string>();
  const clashes = new Map<string, readonly string[]>();
  for (const name of names) {
    const variable = variableName(name);
    const other = byVariable.get(variable);
    if (other === undefined) byVariable.set(variable, name);
    else clashes.set(variable, [...(clashes.get(variable) ?? [other]), name]);
  }
  if (clashes.size > 0) {
    const list = [...clashes]
      .map(([variable, of]) => `${of.join(' and ')} both become ${variable}`)
      .join('; ');
    throw new WaxsealError('name_clash', list, { hint: 'rename one of them' });
  }
  const allowed = new Set(rules.allow);
  const refused = [...byVariable.keys()].filter((variable) => isRefused(variable) && !allowed.has(variable));
  if (refused.length > 0) {
    throw new WaxsealError('name_refused', `${refused.join(', ')} could take over the process that gets it`, {
      hint: `if that is meant, allow it by name: --allow ${refused[0]}, or WAXSEAL_ALLOW=${refused.join(',')}`,
    });
  }
  const binary = names.filter((name) => secrets.get(name)?.binary);
  if (binary.length > 0) {
    throw new WaxsealError(
      'not_loadable',
      `${binary.join(', ')}: an environment variable cannot hold binary`,
      {
        hint: 'store it as base64 text, or leave it out (--except, WAXSEAL_EXCEPT) and read it with "waxseal get NAME > file"',
      },
    );
  }
  const variables = new Map<string, string>();
  byVariable.forEach((name, variable) => {
    const value = secrets.get(name)?.value;
    if (value === undefined) return;
    variables.set(variable, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString());
  });
  return variables;
}

/** What is put into an environment, and what was there before. */
export interface MergedEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Variables that were set to something else already and stayed so. */
  readonly kept: readonly string[];
}

/**
 * Puts variables into an environment. The rule: what is set already stays, so that `DATABASE_URL=… waxseal exec`
 * does what it says, unless `override` says that the vault wins.
 */
export function mergeEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  variables: ReadonlyMap<string, string>,
  override: boolean,
): MergedEnvironment {
  const env: Record<string, string> = {};
  for (const name of Object.keys(base)) {
    const value = base[name];
    if (value !== undefined) env[name] = value;
  }
  const kept: string[] = [];
  variables.forEach((value, name) => {
    if (!override && env[name] !== undefined) {
      if (env[name] !== value) kept.push(name);
    } else env[name] = value;
  });
  return { env, kept };
}

/** The names in a variable that lists them, such as WAXSEAL_ALLOW: with commas between. */
export function namesIn(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
