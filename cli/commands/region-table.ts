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

export const REGION: CommandSpec = {
  usage: 'region',
  group: GROUP,
  summary: 'practise losing a region, and move home for good',
  options: DRILL,
  examples: ['waxseal region drill', 'waxseal region promote eu-west-1 --dry-run'],
  load: () => import('./region-drill.ts'),
  subcommands: [
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
