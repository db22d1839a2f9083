/** What every command that writes to a vault takes. */
import type { OptionSpec } from './spec.ts';

export const WRITING: readonly OptionSpec[] = [
  ['--act-as-home <region>', "home is down: let this region, one of the vault's, decide in its place"],
  ['--require <all|n>', 'exit status 5 unless so many regions hold it in the end'],
];

/** For those that have no question of their own. */
export const YES: OptionSpec = ['-y, --yes', 'do not ask whether the region is to act as home'];
