/** What has been answered so far, what waxseal.json would say by it, and what is wrong with that. */
import { type Config, checkConfig, planVaults, type VaultPlan } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { quoteName } from '../../src/secret-name.ts';
import type { Target } from './target.ts';

/** Answers, by flags or by a person; undefined is not answered yet. */
export interface Answers {
  readonly vault?: string | undefined;
  readonly aws?: string | undefined;
  /** Empty: whichever the credentials belong to. */
  readonly account?: string | undefined;
  readonly home?: string | undefined;
  readonly replicas?: readonly string[] | undefined;
  readonly primary?: string | undefined;
}

/** The answers that a file needs. */
export interface Complete extends Answers {
  readonly vault: string;
  readonly aws: string;
  readonly home: string;
  readonly replicas: readonly string[];
}

/** The file with the vault in it, as data, and as what it means. */
export interface Draft {
  /** What stands in the file under the vault's path. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** All that the file says. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly plan: VaultPlan;
}

/** What stands in for a vault path that is not known yet: it lies inside no other and no other inside it. */
const SOME_VAULT = '/waxseal-init-any-vault';
const SOME_REGION = 'us-east-1';

/**
 * What is wrong with the answers so far, by the rules of waxseal.json; undefined when nothing is. What was not
 * answered yet is taken as whatever fits the rest.
 */
export function problemWith(answers: Answers, target: Target): WaxsealError | undefined {
  const { vault, aws, account } = answers;
  if (vault !== undefined && target.vaults.includes(vault)) {
    return new WaxsealError('already_exists', `${target.file} has vault ${vault} already`, {
      hint: 'nothing was changed; name another vault, or edit the file',
    });
  }
  if (account !== undefined && account !== '' && aws === 'embedded') {
    return new WaxsealError('usage', 'the embedded AWS has an account of its own', {
      hint: 'leave out --account, or pass --aws account',
    });
  }
  const checked = checkConfig(dataOf({ ...answers, ...fitting(answers) }, target));
  if ('config' in checked) return undefined;
  const { path, message, hint } = checked.problem;
  return new WaxsealError('config_invalid', named(path, message, answers), { hint });
}

/** Puts complete answers into the file. @throws WaxsealError what {@link problemWith} finds */
export function draftOf(answers: Complete, target: Target): Draft {
  const problem = problemWith(answers, target);
  if (problem !== undefined) throw problem;
  const data = dataOf(answers, target);
  const checked = checkConfig(data);
  const config = 'config' in checked ? checked.config : undefined;
  const plan = config && planVaults(config).find(({ vault }) => vault === answers.vault);
  if (config === undefined || plan === undefined) {
    throw new WaxsealError('config_invalid', `${target.file} could not be made of these answers`);
  }
  return { entry: entryOf(answers), data, config, plan };
}

/** Regions as they are typed, with spaces or commas between; "none" for none. */
export function parseReplicas(parts: readonly string[]): readonly string[] {
  const regions = parts.flatMap((part) => part.split(/[\s,]+/)).filter((region) => region !== '');
  return regions.length === 1 && regions[0] === 'none' ? [] : regions;
}

type Checkable = Answers & Pick<Complete, 'vault' | 'home' | 'replicas'>;

function fitting({ vault = SOME_VAULT, home, replicas, primary }: Answers): Checkable {
  if (home !== undefined) {
    const others = primary === undefined || primary === home ? [] : [primary];
    return { vault, home, replicas: replicas ?? others };
  }
  if (primary !== undefined && replicas?.includes(primary) !== true) {
    return { vault, home: primary, replicas: replicas ?? [] };
  }
  const [first = SOME_REGION, ...rest] = replicas ?? [];
  return { vault, home: first, replicas: rest };
}

function dataOf(answers: Checkable, { schema, content }: Target): Readonly<Record<string, unknown>> {
  const { vault, aws, account = '' } = answers;
  const base = content ?? {
    ...(schema === undefined ? {} : { $schema: schema }),
    ...(aws === undefined ? {} : { aws }),
    ...(account === '' ? {} : { account }),
  };
  return { ...base, vaults: { ...(base.vaults as object | undefined), [vault]: entryOf(answers) } };
}

/** `primary` is said wherever there are replicas, so that home may move later without touching a key. */
function entryOf({ home, replicas, primary }: Checkable): Readonly<Record<string, unknown>> {
  return {
    home,
    ...(replicas.length === 0 ? {} : { replicas }),
    ...(replicas.length === 0 && primary === undefined ? {} : { primary: primary ?? home }),
  };
}

/** A complaint that begins with the field's name says the value, too: there is no file yet to look it up in. */
function named(path: readonly string[], message: string, answers: Answers): string {
  const last = path.at(-1) ?? '';
  const start = `"${last}": `;
  if (!message.startsWith(start)) return message;
  const field = path.at(-2) === 'replicas' ? 'replica' : last;
  const value = field === 'replica' ? answers.replicas?.[Number(last)] : answers[last as keyof Answers];
  const said = typeof value === 'string' ? ` ${quoteName(value)}` : '';
  const what = message.slice(start.length);
  return `${field}${said}${what.startsWith('is ') ? ' ' : ': '}${what}`;
}
