/** The variables of one vault, or of several. */
import { WaxsealError } from '../../src/errors.ts';
import { answeredElsewhere, bootOpen, type WantsLarge } from '../../src/loader/boot.ts';
import { namesIn, toVariables, variableName } from '../../src/loader/environment.ts';
import type { Lease } from '../../src/loader/expiring.ts';
import { type OpenVault, openBootVault } from '../../src/open-vault.ts';
import type { Booted, BootVault, Secret } from '../../src/vault/index.ts';
import { type CommandContext, say } from '../context.ts';
import { newExplainer, tellExplained } from '../explain.ts';
import { announce } from '../session.ts';

/** What to load. */
export interface LoadingOptions {
  /** Vault paths; of a variable that two of them hold, the later one counts. */
  readonly vault?: string | readonly string[];
  readonly allow?: readonly string[];
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** Whether large secrets are loaded; else those that `only` or `needed` names, and all with WAXSEAL_LARGE=1. */
  readonly large?: boolean;
  /** Variables that have to be set. */
  readonly needed?: readonly string[] | undefined;
  /** Start with nothing that has expired; else WAXSEAL_EXPIRED says what is done about it. */
  readonly refuseExpired?: boolean;
  readonly quiet?: boolean;
  readonly explain?: boolean;
}

type Secrets = ReadonlyMap<string, Secret>;

interface Rules {
  readonly allow: readonly string[];
  readonly except: readonly string[];
}

/**
 * Loads the variables. Everything is closed again when this returns.
 * @throws WaxsealError `not_found` for a name in `only` that no vault holds; `secret_expired` where that is refused; what `openVault` and `toVariables` throw
 */
export async function loadVariables(
  context: CommandContext,
  options: LoadingOptions,
): Promise<ReadonlyMap<string, string>> {
  const paths = [...new Set([options.vault].flat())];
  const rules: Rules = {
    allow: [...(options.allow ?? []), ...namesIn(context.env.WAXSEAL_ALLOW)],
    except: [...(options.except ?? []), ...namesIn(context.env.WAXSEAL_EXCEPT)],
  };
  const large = wantsLarge(options, rules);
  const explainers = paths.map(() => newExplainer(options));
  const opened: OpenVault<BootVault>[] = [];
  const { env, cwd } = context;
  try {
    for (const [place, vault] of paths.entries()) {
      const observe = explainers[place]?.observe;
      const open = await openBootVault({ vault, env, cwd, observe });
      opened.push(open);
      explainers[place]?.opened(open);
    }
    const booting = Promise.all(
      opened.map((open) => bootOpen(open, { signal: context.signal, large }, context.env)),
    );
    booting.catch(() => {});
    // Said while the first call is under way: a start waits for nothing that it need not wait for.
    await new Promise((resolve) => setImmediate(resolve));
    for (const open of opened) announce(context, options, open);
    const booted = await booting;
    for (const [place, one] of booted.entries()) {
      const { fromLastKnownGood, release, region } = one;
      explainers[place]?.release(release);
      const { path = '', regions: [home] = [] } = opened[place]?.vault ?? {};
      if (!fromLastKnownGood && region !== home) say(context, options, answeredElsewhere(path, home, one));
      if (!fromLastKnownGood) continue;
      say(
        context,
        options,
        `warning: Parameter Store failed; ${path} is the last known good release ${release}`,
      );
    }
    return await join(context, options, rules, opened, booted);
  } finally {
    // The first may be the one that serves the embedded AWS to the others.
    for (const open of opened.reverse()) await open.close();
    for (const explainer of explainers) await tellExplained(context, explainer);
  }
}

async function join(
  context: CommandContext,
  options: LoadingOptions,
  rules: Rules,
  opened: readonly OpenVault<BootVault>[],
  loaded: readonly Booted[],
): Promise<ReadonlyMap<string, string>> {
  const { only } = options;
  checkOnly(opened, loaded, only);
  const variables = new Map<string, string>();
  const twice = new Map<string, string>();
  const leases = new Map<string, Lease>();
  const leftOut = new Map<string, string>();
  for (const [place, { secrets, leftOut: lacking }] of loaded.entries()) {
    const vault = opened[place]?.vault.path ?? '';
    const taken = chosen(secrets, only);
    for (const name of taken.keys()) leftOut.delete(name);
    for (const name of lacking) {
      if ((only !== undefined && !only.includes(name)) || rules.except.includes(name)) continue;
      leftOut.set(name, vault);
      // What an earlier vault has there is not what counts, and nothing is better than another value.
      variables.delete(variableName(name));
      leases.delete(variableName(name));
    }
    for (const [name, value] of toVariables(taken, rules)) {
      if (variables.has(name)) twice.set(name, vault);
      variables.set(name, value);
      // The later vault's counts, which may have no expiry.
      leases.delete(name);
    }
    for (const [name, { expiresAt }] of taken) {
      if (expiresAt === undefined || rules.except.includes(name)) continue;
      leases.set(variableName(name), { vault, name, expiresAt });
    }
    for (const { value } of secrets.values()) value.fill(0);
  }
  if (twice.size > 0) {
    const list = [...twice].map(([name, vault]) => `${name} (from ${vault})`).join(', ');
    say(context, options, `in more than one vault, the last one counts: ${list}`);
  }
  if (leftOut.size > 0 && (options.large ?? opened[0]?.settings.large) === undefined) {
    const { leftOutText } = await import('../../src/loader/left-out.ts');
    const how = '--large loads all, --only NAME what is named, --no-large ends this warning';
    say(context, options, `warning: ${leftOutText([...leftOut], how)}`);
  }
  if (leases.size > 0) {
    const { watchExpiry } = await import('../../src/loader/expiring.ts');
    const rule = options.refuseExpired === true ? 'refuse' : (opened[0]?.settings.expired ?? 'warn');
    const warn = (message: string): void => say(context, options, `warning: ${message}`);
    watchExpiry([...leases.values()], { rule, warn });
  }
  return variables;
}

/** What is named is loaded whatever WAXSEAL_LARGE says; an option on the command line says it for all. */
function wantsLarge({ large, only, needed = [] }: LoadingOptions, { except }: Rules): WantsLarge {
  return (name, all) =>
    !except.includes(name) &&
    (only === undefined || only.includes(name)) &&
    (large ?? (all === true || only !== undefined || needed.includes(variableName(name))));
}

function chosen(secrets: Secrets, only: readonly string[] | undefined): Secrets {
  if (only === undefined) return secrets;
  return new Map([...secrets].filter(([name]) => only.includes(name)));
}

function checkOnly(
  opened: readonly OpenVault<BootVault>[],
  loaded: readonly Booted[],
  only: readonly string[] = [],
): void {
  const unknown = only.filter(
    (name) => !loaded.some(({ secrets, leftOut }) => secrets.has(name) || leftOut.includes(name)),
  );
  const lacking = only.filter(
    (name) => !unknown.includes(name) && loaded.every((one) => !one.secrets.has(name)),
  );
  if (unknown.length === 0 && lacking.length > 0) {
    throw new WaxsealError('not_found', `--only: ${lacking.join(', ')}: large, which --no-large leaves out`, {
      hint: 'what --only names is loaded without --large: leave --no-large out',
    });
  }
  if (unknown.length === 0) return;
  const where = opened.map(({ vault }) => vault.path).join(' or ');
  throw new WaxsealError('not_found', `--only: ${unknown.join(', ')}: not in ${where}`, {
    hint: 'secrets go by their own names here, as "waxseal list" shows them; put -- before the command',
  });
}
