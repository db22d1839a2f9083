/** `waxseal release` and what is under it. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { WRITING, YES } from './writing-table.ts';

const GROUP = 'Releases';
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];

export const RELEASE: CommandSpec = {
  usage: 'release',
  group: GROUP,
  summary: 'the sealed snapshots that applications boot from',
  options: VAULT,
  examples: ['waxseal release list', 'waxseal release rollback 12', 'waxseal release pin 12'],
  load: () => import('./release-list.ts'),
  subcommands: [
    {
      usage: 'publish',
      group: GROUP,
      summary: 'publish what the entries hold now',
      options: [
        ...VAULT,
        [
          '--at-least <number>',
          'under this number or a higher one, also when nothing changed: what applications have seen, after an older release was put back',
        ],
        ...WRITING,
        YES,
      ],
      examples: ['waxseal release publish', 'waxseal release publish --at-least 14'],
      load: () => import('./release-publish.ts'),
    },
    {
      usage: 'list',
      group: GROUP,
      summary: 'the releases that are kept, who published them, and how far back rollback can go',
      options: VAULT,
      examples: ['waxseal release list', 'waxseal release list --json'],
      load: () => import('./release-list.ts'),
    },
    {
      usage: 'diff [number]',
      group: GROUP,
      summary:
        'what a publish would change, or what going back to a release would; exit status 5 when anything',
      options: VAULT,
      examples: ['waxseal release diff', 'waxseal release diff 12'],
      load: () => import('./release-diff.ts'),
    },
    {
      usage: 'rollback <number>',
      group: GROUP,
      summary:
        'give all entries the values of a release again, as new revisions, and publish them; one secret alone: waxseal rollback',
      options: [...VAULT, ['-y, --yes', 'do not ask'], ...WRITING],
      examples: ['waxseal release rollback 12', 'waxseal release rollback 12 --yes'],
      load: () => import('./release-rollback.ts'),
    },
    {
      usage: 'pin <number>',
      group: GROUP,
      summary: 'keep a release for good, in every region; WAXSEAL_RELEASE boots from it',
      options: [...VAULT, ...WRITING, YES],
      examples: ['waxseal release pin 12', 'WAXSEAL_RELEASE=12 waxseal exec -- node app.js'],
      load: () => import('./release-pin.ts'),
    },
  ],
};
