/** What every command that writes to a vault takes. */
import type { OptionSpec } from './spec.ts';

export const WRITING: readonly OptionSpec[] = [
  ['--act-as-home <region>', "home is down: let this region, one of the vault's, decide in its place"],
  ['--require <all|n>', 'exit status 5 unless so many regions hold it in the end'],
];

/** For those that have no question of their own. */
export const YES: OptionSpec = ['-y, --yes', 'do not ask whether the region is to act as home'];

/** For those that give a secret a new value. */
export const EXPIRES: OptionSpec = [
  '--expires <when>',
  'a span such as 90d, a date or time in UTC such as 2027-01-31, or never; a new value without it never expires',
];
