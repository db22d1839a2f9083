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
  summary: "a vault's data key and KMS key; without a subcommand, what a rotation of the data key would do",
  options: VAULT,
  examples: ['waxseal key rotate', 'waxseal key rewrap --fresh', 'waxseal key usage alias/old'],
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
    {
      usage: 'rewrap',
      group: GROUP,
      summary:
        'put the data keys of a vault under another KMS key, or under the newest material of its own; values and revisions stay',
      options: [
        ...VAULT,
        ['--to <key>', 'the KMS key (id, ARN or alias) to go under; the applications accept it already'],
        ['--fresh', 'the same KMS key, after KMS rotated its material'],
        ['--all', 'all vaults of waxseal.json, one after the other'],
        ['-y, --yes', 'do it; without it the plan is shown, and on a terminal you are asked'],
      ],
      examples: [
        'waxseal key rewrap --to mrk-0123456789abcdef0123456789abcdef',
        'waxseal key rewrap --to alias/next --yes',
        'waxseal key rewrap --fresh --all --yes',
      ],
      load: () => import('./key-rewrap.ts'),
    },
    {
      usage: 'usage <key>',
      group: GROUP,
      summary:
        'what of a vault still refers to a KMS key (id, ARN or alias); exit status 5 when anything does that stands, or a region did not answer',
      options: [...VAULT, ['--all', 'all vaults of waxseal.json']],
      examples: [
        'waxseal key usage mrk-0123456789abcdef0123456789abcdef',
        'waxseal key usage alias/old --all --json',
      ],
      load: () => import('./key-usage.ts'),
    },
  ],
};
