/** What was, and going back to it: for one secret. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { WRITING } from './writing-table.ts';

const GROUP = 'Secrets';
const REST: readonly OptionSpec[] = [
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ...REST,
];
const UNDOING: readonly OptionSpec[] = [
  ['-y, --yes', 'do not ask'],
  ['--expect-revision <n>', 'only when this revision is the current one'],
  ...WRITING,
];

export const UNDO: readonly CommandSpec[] = [
  {
    usage: 'history <name>',
    group: GROUP,
    summary: "list a secret's revisions: when, by whom, under which data key, deleted or not",
    options: [...VAULT, ['--reveal', 'show the values too, old ones as well; binary ones as base64']],
    examples: ['waxseal history DATABASE_URL', 'waxseal history DATABASE_URL --reveal'],
    load: () => import('./history.ts'),
  },
  {
    usage: 'diff [name] [from] [to]',
    group: GROUP,
    summary:
      'compare two revisions of a secret, one with what stands, or two vaults; exit status 5 when they differ',
    options: [
      [
        '--vault <path>',
        'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json); given twice, the two are compared',
        'repeatable',
      ],
      ...REST,
      ['--reveal', 'show the values that differ: texts line by line'],
    ],
    examples: [
      'waxseal diff DATABASE_URL 4 5',
      'waxseal diff DATABASE_URL 4 --reveal',
      'waxseal diff --vault /acme/staging --vault /acme/prod',
    ],
    load: () => import('./diff.ts'),
  },
  {
    usage: 'rollback <name>',
    group: GROUP,
    summary:
      'give one secret the value of an older revision again, as a new revision; all secrets at once: release rollback',
    options: [...VAULT, ['--to <revision>', 'the revision, as history shows it'], ...UNDOING],
    examples: ['waxseal history DATABASE_URL', 'waxseal rollback DATABASE_URL --to 5'],
    load: () => import('./rollback.ts'),
  },
  {
    usage: 'undelete <name>',
    group: GROUP,
    summary: 'give a deleted secret its last value again, as a new revision',
    options: [...VAULT, ...UNDOING],
    examples: ['waxseal list --deleted', 'waxseal undelete OLD_KEY'],
    load: () => import('./undelete.ts'),
  },
];
