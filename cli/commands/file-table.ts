/** `waxseal file` and what is under it. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';

const GROUP = 'Files';
const VAULT: readonly OptionSpec[] = [
  ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
  ['--json', 'print JSON'],
  EXPLAIN,
  ['-q, --quiet', 'no messages but errors'],
];
const CONTEXT: OptionSpec = [
  '--context <key=value>',
  'bound to the data key by KMS, once for each pair: who opens the file says the same; shows in CloudTrail',
  'repeatable',
];
const OUTPUT: readonly OptionSpec[] = [
  ['-o, --output <file>', 'write there; - for stdout'],
  ['--in-place', 'put it in the place of the file'],
  ['--force', 'also where something is there already'],
];

const INSPECT: CommandSpec = {
  usage: 'inspect [file]',
  group: GROUP,
  summary:
    'show what a sealed file says of itself: vault, context, keys; needs no key and asks nothing of AWS',
  options: [
    ['--json', 'print JSON'],
    ['-q, --quiet', 'no messages but errors'],
  ],
  examples: ['waxseal file inspect dump.sql.waxseal', 'waxseal file inspect --json < dump.sql.waxseal'],
  load: () => import('./file-inspect.ts'),
};

/** `waxseal file` */
export const FILE: CommandSpec = {
  ...INSPECT,
  usage: 'file',
  summary: "files of any size, each sealed under a data key of its own that the vault's KMS key wraps",
  examples: ['waxseal file encrypt dump.sql', 'waxseal file decrypt dump.sql.waxseal'],
  subcommands: [
    {
      usage: 'encrypt [file]',
      group: GROUP,
      summary: 'seal a file as FILE.waxseal, or stdin to stdout; the file itself stays',
      options: [...VAULT, CONTEXT, ...OUTPUT, ['--json-envelope', 'as one JSON document, up to 1 MiB']],
      examples: [
        'waxseal file encrypt dump.sql --context customer=42',
        'tar -c photos | waxseal file encrypt > photos.tar.waxseal',
        'waxseal file encrypt notes.txt --in-place',
        'waxseal file encrypt -- -odd-name',
      ],
      load: () => import('./file-encrypt.ts'),
    },
    {
      usage: 'decrypt [file]',
      group: GROUP,
      summary: 'open a sealed file, or stdin to stdout; the output appears when all of it is authentic',
      options: [...VAULT, CONTEXT, ...OUTPUT],
      examples: [
        'waxseal file decrypt dump.sql.waxseal --context customer=42',
        'waxseal file decrypt photos.tar.waxseal && tar -xf photos.tar',
      ],
      load: () => import('./file-decrypt.ts'),
    },
    {
      usage: 'rewrap <file>',
      group: GROUP,
      summary:
        'put a sealed file under another KMS key, or under the newest material of its own; nothing is opened',
      options: [
        ...VAULT,
        CONTEXT,
        ['--to <key>', 'the KMS key (id, ARN or alias) to go under; the applications accept it already'],
        ['--fresh', 'the same KMS key, after KMS rotated its material'],
        ['--force', 'also where the file has other names, which keep what it was'],
      ],
      examples: [
        'waxseal file rewrap dump.sql.waxseal --to alias/next',
        'waxseal file rewrap a.waxseal --fresh',
      ],
      load: () => import('./file-rewrap.ts'),
    },
    INSPECT,
  ],
};
