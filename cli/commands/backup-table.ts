/** `waxseal backup` and `waxseal restore`. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

const GROUP = 'Operations';
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];

export const BACKUP: readonly CommandSpec[] = [
  {
    usage: 'backup <file>',
    group: GROUP,
    summary: 'write a whole vault to a file, sealed as it is, with its history ("-" for stdout)',
    options: [
      ...VAULT,
      ['-f, --force', 'overwrite the file'],
      ['--no-verify', 'do not open each entry; leave out what is not to be trusted'],
    ],
    examples: [
      'waxseal backup prod.waxseal',
      'waxseal backup - | aws s3 cp - s3://acme-backups/prod.waxseal',
    ],
    load: () => import('./backup.ts'),
  },
  {
    usage: 'restore <file>',
    group: GROUP,
    summary: 'put a backup into an empty vault: the same one, or another, where it is sealed anew',
    options: [
      ...VAULT,
      ['-y, --yes', 'do not ask'],
      ['-n, --dry-run', 'check the file, the key and the vault, write nothing'],
      [
        '--from-key <key>',
        "the old vault's KMS key (alias, id or ARN), where it is not the alias of its path",
      ],
    ],
    examples: [
      'waxseal restore prod.waxseal --dry-run',
      'waxseal restore prod.waxseal --vault /acme/staging',
      'waxseal restore prod.waxseal --from-key arn:aws:kms:us-east-1:111122223333:key/mrk-1234',
    ],
    load: () => import('./restore.ts'),
  },
];
