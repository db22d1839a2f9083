/** `waxseal region` and what is under it. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

const GROUP = 'Regions';
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];
const DRILL: readonly OptionSpec[] = [
  ...VAULT,
  ['--markdown', 'print a report for an auditor'],
  ['--all', 'all vaults of waxseal.json'],
];

/** `waxseal status` */
export const STATUS: CommandSpec = {
  usage: 'status',
  group: GROUP,
  summary: 'compare all regions: secrets, releases, data keys, KMS keys; exit status 5 when anything differs',
  options: [
    ...VAULT,
    ['--all', 'equal secrets too'],
    ['--release', 'the releases alone: one call a region, none to KMS'],
    ['--watch [seconds]', 'look again, every 5 seconds or as often as is said'],
  ],
  examples: ['waxseal status', 'waxseal status --release --json', 'waxseal status --watch 30'],
  load: () => import('./status.ts'),
};

const SYNC: CommandSpec = {
  usage: 'sync',
  group: GROUP,
  summary:
    'bring what is newer to the regions that lack it, home too; conflicts stay until a side is preferred',
  options: [
    ...VAULT,
    [
      '--prefer <region>',
      'where both sides were written, take this region, or NAME=region for one secret; may be repeated',
      'repeatable',
    ],
    ['-y, --yes', 'do it; without it the plan is shown, and on a terminal you are asked'],
  ],
  examples: [
    'waxseal region sync',
    'waxseal region sync --yes',
    'waxseal region sync --prefer eu-west-1 --prefer API_KEY=us-east-1',
  ],
  load: () => import('./region-sync.ts'),
};

/** `waxseal region` */
export const REGION: CommandSpec = {
  usage: 'region',
  group: GROUP,
  summary:
    "a vault's regions: bring them together, practise losing one, move home; without a subcommand, what sync would do",
  options: VAULT,
  examples: [
    'waxseal region sync --yes',
    'waxseal region drill',
    'waxseal region promote eu-west-1 --dry-run',
  ],
  load: () => import('./region-sync.ts'),
  subcommands: [
    SYNC,
    {
      usage: 'drill',
      group: GROUP,
      summary:
        'load the vault from each region alone, as an application would, and compare it with home; exit status 5 when a replica would not have carried it',
      options: DRILL,
      examples: ['waxseal region drill', 'waxseal region drill --all --markdown > drill.md'],
      load: () => import('./region-drill.ts'),
    },
    {
      usage: 'promote <region>',
      group: GROUP,
      summary: 'make a replica the home for good, once all regions are equal; run again it says what is left',
      options: [
        ...VAULT,
        ['-n, --dry-run', 'say what would change, write nothing'],
        ['-y, --yes', 'do not ask'],
      ],
      examples: ['waxseal region promote eu-west-1 --dry-run', 'waxseal region promote eu-west-1 --yes'],
      load: () => import('./region-promote.ts'),
    },
  ],
};
