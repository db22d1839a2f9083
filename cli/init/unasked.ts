/** What is taken when nobody is asked. */
import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';
import type { Answers, Complete } from './answers.ts';
import { suggestHome, suggestVaults } from './suggest.ts';
import type { Target } from './target.ts';

/** Which AWS is meant by somebody who did not say: whoever names an account wants that one. */
export function usualAws({ account = '' }: Answers): string {
  return account === '' ? 'embedded' : 'account';
}

/** Fills in what is usual. @throws WaxsealError `usage` where the folder's name makes no vault path */
export function usual(answers: Answers, { env }: CommandContext, { folder }: Target): Complete {
  const vault = answers.vault ?? suggestVaults(folder)[0];
  if (vault === undefined) {
    throw new WaxsealError('usage', "the folder's name makes no vault path", {
      hint: 'pass --vault, such as --vault /acme/dev',
    });
  }
  return {
    ...answers,
    vault,
    aws: answers.aws ?? usualAws(answers),
    home: answers.home ?? answers.primary ?? suggestHome(env),
    replicas: answers.replicas ?? [],
  };
}

/**
 * What has no answer and needs one, as an error that says which flags give it; undefined when nothing is missing.
 * Replicas and the account may be left out: without them a vault is whole.
 */
export function nobodyToAsk(
  answers: Answers,
  { env }: CommandContext,
  target: Target,
): WaxsealError | undefined {
  const needed = [
    ['vault', 'the vault', suggestVaults(target.folder)[0] ?? '/acme/dev'],
    ['aws', 'the AWS', usualAws(answers)],
    ['home', 'the home region', answers.primary ?? suggestHome(env)],
  ] as const;
  const missing = needed.filter(([field]) => answers[field] === undefined);
  if (missing.length === 0) return undefined;
  const flags = missing.map(([field, , value]) => `--${field} ${value}`).join(' ');
  const names = missing.map(([, name]) => name).join(', ');
  return new WaxsealError('no_terminal', `nobody can be asked for ${names}`, {
    hint: `pass such as ${flags}; --yes takes what is usual`,
  });
}
