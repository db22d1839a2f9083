/** `waxseal verify`. */
import { EXPLAIN } from './exec-table.ts';
import type { CommandSpec } from './spec.ts';

export const VERIFY: CommandSpec = {
  usage: 'verify',
  group: 'Operations',
  summary:
    'open all that is stored, in every region by its own KMS, and hold it against the release; exit status 6 when something is not to be trusted, 5 when regions differ or could not be verified',
  options: [
    ['--vault <path>', 'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json)'],
    ['--all', 'all vaults of waxseal.json'],
    ['--history', 'every kept version too, and who wrote it: one more call for each name, in home'],
    ['--json', 'print a report to be kept: each parameter, its digest, what vouches for it; no value'],
    EXPLAIN,
    ['-q, --quiet', 'no messages but errors'],
  ],
  examples: [
    'waxseal verify',
    'waxseal verify --history',
    'waxseal verify --all --history --json > evidence.json',
  ],
  load: () => import('./verify.ts'),
};
