/** What init says: what will be made, what that costs, what to do next. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_LEVELS, type Config, STATE_FOLDER, type VaultPlan } from '../../src/config/index.ts';
import type { CommandContext } from '../context.ts';
import { type Cost, FREE } from './cost.ts';
import { fileAbove, type Target } from './target.ts';

/** What will be made for a vault, a line each: by the first command on the embedded AWS, or by a deploy. */
export function madeFor(plan: VaultPlan, aws: Config['aws']): readonly string[] {
  const { key, regions } = plan;
  const everywhere = regions.join(', ');
  return [
    ...(key === undefined
      ? []
      : [`multi-region KMS key in ${key.region}, rotated every ${key.rotationDays} days`]),
    ...(key?.replicaRegions ?? []).map((region) => `its replica key in ${region}`),
    `${plan.alias} in ${everywhere}`,
    `descriptor ${plan.descriptorName} in ${everywhere}`,
    ...(aws === 'embedded'
      ? []
      : [
          `${ACCESS_LEVELS.length} IAM policies: ${ACCESS_LEVELS.join(', ')}`,
          ...regions.map((region) => `alarm on changes to its key in ${region}`),
        ]),
  ];
}

/** The price in words. @param price - what {@link madeFor} costs in an account */
export function priceText(price: Cost, aws: Config['aws']): readonly string[] {
  const dollars = `$${price.now} a month for ${price.keys} KMS key${price.keys === 1 ? '' : 's'}`;
  const rising =
    price.afterTwoRotations === price.now
      ? ''
      : `, $${price.afterTwoRotations} from the second rotation on, not more later`;
  const account = `${dollars}${rising}`;
  return [
    aws === 'embedded' ? `costs nothing; in an AWS account ${account}` : `costs ${account}`,
    'KMS requests cost $0.03 per 10,000, standard parameters nothing (prices of us-east-1)',
  ];
}

/** What it costs where it is made. @param price - what it costs in an account */
export function costIn(aws: Config['aws'], price: Cost): Cost {
  return aws === 'embedded' ? FREE : price;
}

/** The next commands. @param config - the file as it stands then */
export function nextSteps(vault: string, config: Config): readonly string[] {
  const paths = Object.keys(config.vaults);
  const isUsual = config.defaultVault === undefined ? paths.length === 1 : config.defaultVault === vault;
  const named = isUsual ? '' : ` --vault ${vault}`;
  return config.aws === 'embedded'
    ? [`waxseal set NAME${named}`, `waxseal${named}`]
    : ['npm run deploy', `waxseal doctor${named}`];
}

/** The next commands, each with what it is for. */
export function nextText([first = '', second = '']: readonly string[], aws: Config['aws']): string {
  const reasons =
    aws === 'embedded'
      ? ['seals a first secret', 'opens the terminal app']
      : ['in a checkout of waxseal: makes it (README, "Keys")', 'looks whether all of it is there'];
  const width = Math.max(first.length, second.length);
  return ['next:', ...[first, second].map((step, i) => `  ${step.padEnd(width)}  ${reasons[i]}`)].join('\n');
}

/** Variables that stand above the file. */
const ABOVE = ['WAXSEAL_VAULT', 'WAXSEAL_REGIONS', 'WAXSEAL_ENDPOINT', 'WAXSEAL_EMBEDDED'];

/** What somebody should know who writes a waxseal.json here. */
export function notesOn(target: Target, { env }: CommandContext, config: Config): readonly string[] {
  const above = target.text === undefined ? fileAbove(target.folder) : undefined;
  const variables = ABOVE.filter((name) => (env[name] ?? '') !== '');
  const paths = Object.keys(config.vaults);
  return [
    ...(above === undefined ? [] : [`warning: here, this file will be used and no longer ${above}`]),
    ...(variables.length === 0
      ? []
      : [`warning: ${variables.join(', ')} in the environment: variables win over the file`]),
    ...(target.vaults.length === 0 || paths.length < 2 || config.defaultVault !== undefined
      ? []
      : ['note: the file names several vaults: pass --vault from now on, or set "defaultVault"']),
    ...(config.aws === 'embedded' && !ignoresState(target.folder)
      ? [
          `note: no .gitignore here names ${STATE_FOLDER}/, the embedded AWS's state; that folder brings its own, a line here would tell people`,
        ]
      : []),
  ];
}

/** Whether git is told of the state folder, or there is no sign of git. */
function ignoresState(folder: string): boolean {
  const file = join(folder, '.gitignore');
  if (!existsSync(file)) return !existsSync(join(folder, '.git'));
  try {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    return lines.some((line) => /^(\*\*\/|\/)?\.waxseal(\/\**)?\s*$/.test(line));
  } catch {
    // Not a file, or not ours to read: nothing can be said about it.
    return true;
  }
}
