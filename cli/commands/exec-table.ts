/** `waxseal exec`: what it takes and says of itself. Apart from the table, so that its own entry loads nothing else. */
import type { CommandSpec, OptionSpec } from './spec.ts';

/** What every command about a vault takes. */
export const EXPLAIN: OptionSpec = ['--explain', 'say which calls to AWS were made and how each went'];

/** Options that stand before a command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [['--vault <path>', 'the vault to open'], EXPLAIN];

export const EXEC: CommandSpec = {
  usage: 'exec <command...>',
  group: 'Applications',
  summary: 'run a command with the secrets in its environment',
  options: [
    [
      '--vault <path>',
      'the vault, such as /acme/prod (else WAXSEAL_VAULT, else waxseal.json); given several times, all are loaded and a later one wins over an earlier one',
      'repeatable',
    ],
    ['--override', 'the vault wins over variables that are set already'],
    ['--allow <name...>', 'set this variable although it could take over the process'],
    ['--only <name...>', 'take these secrets and no others; a large one is loaded then'],
    ['--except <name...>', 'leave this secret out'],
    ['--large', 'load large secrets too, those in several parameters (else WAXSEAL_LARGE=1)'],
    ['--no-large', 'load no large secret, and say nothing of it'],
    [
      '--pristine',
      'pass on nothing of the environment but PATH, HOME, USER, LOGNAME, SHELL, TERM, LANG, LC_*, TZ, TMPDIR and PWD',
    ],
    ['--refuse-expired', 'do not start with secrets that have expired; else that is a warning'],
    ['--strict', 'start only when every name in .env.example (or .env.schema) is set'],
    ['--strict-file <path>', 'the same with the names in this file'],
    EXPLAIN,
    ['-q, --quiet', 'no messages but errors'],
  ],
  examples: [
    'waxseal exec -- node app.js',
    'DATABASE_URL=sqlite: waxseal exec -- npm start',
    'waxseal exec --vault /acme/shared --vault /acme/prod --strict -- ./server',
    'waxseal exec --pristine --only DATABASE_URL -- ./migrate',
    'waxseal exec --large -- ./server',
  ],
  passThrough: true,
  load: () => import('./exec.ts'),
};
