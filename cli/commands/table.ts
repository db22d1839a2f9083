/** All commands: what they take and say of themselves. What they do is loaded when they run. */
import { BACKUP } from './backup-table.ts';
import { EXEC, EXPLAIN, GLOBAL_OPTIONS } from './exec-table.ts';
import { FILE } from './file-table.ts';
import { KEY } from './key-table.ts';
import { LOCAL } from './local-table.ts';
import { REGION, STATUS } from './region-table.ts';
import { RELEASE } from './release-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { UNDO } from './undo-table.ts';
import { VERIFY } from './verify-table.ts';
import { EXPIRES, WRITING, YES } from './writing-table.ts';

const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];

/** The commands, in the order that help shows. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'list',
    group: 'Secrets',
    summary: 'list secrets, their revisions and their copies in each region',
    options: [
      ...VAULT,
      ['--deleted', 'deleted ones too'],
      ['--expiring <span>', 'only those that have expired, or will within this time, such as 30d'],
    ],
    examples: ['waxseal list', 'waxseal list --expiring 30d', 'waxseal list --json | jq -r .secrets[].name'],
    load: () => import('./list.ts'),
  },
  {
    usage: 'get <name>',
    group: 'Secrets',
    summary: 'show a secret; in a pipe, its bytes and nothing else',
    options: [
      ...VAULT,
      ['--reveal', 'show the value on the terminal'],
      ['--copy', 'put the value on the clipboard'],
      ['--region <name>', 'read from this region alone'],
    ],
    examples: ['waxseal get DATABASE_URL --reveal', 'waxseal get TLS_KEY > tls.key'],
    load: () => import('./get.ts'),
  },
  {
    usage: 'set <name>',
    group: 'Secrets',
    summary: 'seal a secret of up to 64 KB; the value comes from a prompt, a pipe or a file',
    options: [
      ...VAULT,
      ['--file <path>', 'take the value from this file, as it is'],
      ['--exact', 'keep a line break at the end of a one-line value'],
      ['--expect-revision <n>', 'only on top of this revision; 0 for "not there yet"'],
      EXPIRES,
      ...WRITING,
      YES,
    ],
    examples: [
      'waxseal set DATABASE_URL',
      'waxseal set PARTNER_TOKEN --expires 90d',
      'pbpaste | waxseal set API_KEY',
      'waxseal set TLS_CHAIN --file chain.pem',
    ],
    load: () => import('./set.ts'),
  },
  {
    usage: 'generate <name>',
    group: 'Secrets',
    summary: 'make a random value and seal it, without showing it',
    options: [
      ...VAULT,
      ['--length <n>', 'so many characters (default 32)'],
      ['--alphabet <characters>', 'alnum (default), letters, digits, ascii, or the characters themselves'],
      ['--hex <bytes>', 'so many random bytes, as hexadecimal digits'],
      ['--base64 <bytes>', 'so many random bytes, as base64'],
      ['--uuid', 'a random UUID'],
      ['--replace', 'also where the secret is there already'],
      ['--expect-revision <n>', 'only on top of this revision; 0 for "not there yet"'],
      EXPIRES,
      ...WRITING,
      YES,
    ],
    examples: [
      'waxseal generate SESSION_KEY',
      'waxseal generate DATABASE_PASSWORD --length 24 --alphabet ascii',
      'waxseal generate SIGNING_KEY --base64 32 --expires 90d --replace',
    ],
    load: () => import('./generate.ts'),
  },
  {
    usage: 'delete <name>',
    group: 'Secrets',
    summary: 'delete a secret; its history stays',
    options: [
      ...VAULT,
      ['-y, --yes', 'do not ask'],
      ['--expect-revision <n>', 'only when this revision is the current one'],
      ...WRITING,
    ],
    examples: ['waxseal delete OLD_KEY', 'waxseal delete OLD_KEY --yes'],
    load: () => import('./delete.ts'),
  },
  {
    usage: 'purge <name>',
    group: 'Secrets',
    summary: 'remove a deleted secret and its history in every region, for good',
    options: [
      ...VAULT,
      ['-y, --yes', 'do not ask'],
      ['--expect-revision <n>', 'only when it was deleted at this revision'],
    ],
    examples: ['waxseal delete OLD_KEY', 'waxseal purge OLD_KEY', 'waxseal purge OLD_KEY --yes'],
    load: () => import('./purge.ts'),
  },
  ...UNDO,
  {
    usage: 'import <file>',
    group: 'Secrets',
    summary: 'seal all secrets of a dotenv, JSON or YAML file ("-" for a pipe)',
    options: [
      ...VAULT,
      ['--format <name>', 'dotenv, json or yaml, where the name does not tell'],
      ['-n, --dry-run', 'say what would change, write nothing'],
      ['--rate <n>', 'at most so many writes a second in each region; else as many as AWS takes'],
      ...WRITING,
      YES,
    ],
    examples: [
      'waxseal import .env',
      'waxseal import secrets.yaml --dry-run',
      'sops -d x.json | waxseal import - --format json',
    ],
    load: () => import('./import.ts'),
  },
  EXEC,
  FILE,
  {
    usage: 'env',
    group: 'Applications',
    summary: 'print the WAXSEAL_* variables that an application needs away from waxseal.json',
    options: VAULT,
    examples: ['waxseal env', 'eval "$(waxseal env)"'],
    load: () => import('./env.ts'),
  },
  {
    usage: 'doctor',
    group: 'Operations',
    summary: 'say what is right and wrong between this machine, the AWS account and waxseal.json',
    options: [
      ...VAULT,
      ['--probe-write', 'find out whether you may write: write a parameter in each region and delete it'],
    ],
    examples: ['waxseal doctor', 'waxseal doctor --vault /acme/prod --probe-write', 'waxseal doctor --json'],
    load: () => import('./doctor.ts'),
  },
  VERIFY,
  ...BACKUP,
  {
    usage: 'init',
    group: 'Operations',
    summary: 'make a waxseal.json here, or add a vault to the one that is here',
    options: [
      ['--vault <path>', 'the vault, such as /acme/dev'],
      ['--home <region>', 'the home region, where each secret is written first'],
      ['--replica <region...>', 'regions that hold a full copy, or none'],
      ['--aws <kind>', 'embedded (try it here, no account needed) or account'],
      ['--account <id>', 'the AWS account that the file is about, 12 digits'],
      ['--primary <region>', 'the region of the KMS primary key, where it is not the home region'],
      ['-y, --yes', 'do not ask: take what is usual for all that no flag says'],
      ['--json', 'print JSON'],
      ['-q, --quiet', 'no messages but errors and questions'],
    ],
    examples: [
      'waxseal init',
      'waxseal init --vault /acme/prod --aws account --home us-east-1 --replica eu-west-1',
      'waxseal init --yes',
    ],
    load: () => import('./init.ts'),
  },
  RELEASE,
  STATUS,
  REGION,
  KEY,
  LOCAL,
  {
    usage: 'demo',
    group: 'Embedded AWS',
    summary: 'try it: the terminal app on an embedded vault; without a terminal, the same as text',
    options: [EXPLAIN, ['-q, --quiet', 'no messages but errors']],
    examples: ['npx waxseal demo'],
    load: () => import('./demo.ts'),
  },
];

/** What runs when no command is named. */
export const DEFAULT_COMMAND: CommandSpec = {
  usage: 'app',
  group: 'Secrets',
  summary: 'open the terminal app',
  options: GLOBAL_OPTIONS,
  examples: ['waxseal', 'waxseal --vault /acme/prod'],
  load: () => import('./app.ts'),
};
