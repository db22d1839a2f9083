/** `waxseal key` and what is under it. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

const GROUP = 'Keys';
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];

/** `waxseal key` */
export const KEY: CommandSpec = {
  usage: 'key',
  group: GROUP,
  summary: "a vault's data key; without a subcommand, what a rotation would do",
  options: VAULT,
  examples: ['waxseal key rotate', 'waxseal key rotate --due --yes'],
  load: () => import('./key-rotate.ts'),
  subcommands: [
    {
      usage: 'rotate',
      group: GROUP,
      summary:
        'make a new data key and seal every secret and the release anew under it; one that was cut off is finished',
      options: [
        ...VAULT,
        ['--due', 'only when the data key is older than "dataKeyMaxAgeDays" in waxseal.json (365)'],
        ['--rate <n>', 'at most so many writes a second in each region; else as many as AWS takes'],
        ['-y, --yes', 'do it; without it the plan is shown, and on a terminal you are asked'],
      ],
      examples: ['waxseal key rotate', 'waxseal key rotate --yes', 'waxseal key rotate --due --yes'],
      load: () => import('./key-rotate.ts'),
    },
  ],
};
