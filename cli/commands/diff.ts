import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';
import type { DiffOptions } from '../diff/options.ts';
import { diffRevisions } from '../diff/revisions.ts';
import { diffVaults } from '../diff/vaults.ts';
import { parseWhole } from '../options.ts';

interface Options extends Omit<DiffOptions, 'vault'> {
  /** One before the command is a text, those behind it are a list. */
  readonly vault?: string | readonly string[];
}

/** `waxseal diff` */
export function run(
  context: CommandContext,
  args: readonly string[],
  { vault, ...options }: Options,
): Promise<number | undefined> {
  const [name, from, to] = args;
  const [first, second, ...more] = [...new Set([vault ?? []].flat())];
  if (name === undefined) {
    if (first === undefined || second === undefined || more.length > 0) {
      throw new WaxsealError('usage', 'what to compare is not said', {
        hint: 'waxseal diff NAME 4 5, waxseal diff NAME 4, or waxseal diff --vault /acme/dev --vault /acme/prod',
      });
    }
    return diffVaults(context, options, [first, second]);
  }
  if (second !== undefined) {
    throw new WaxsealError('usage', 'the revisions of one secret are in one vault', {
      hint: 'two vaults are compared whole: leave out the name',
    });
  }
  if (from === undefined) {
    throw new WaxsealError('usage', `which revision of ${name} is not said`, {
      hint: `"waxseal history ${name}" shows them; what a publish would change: waxseal release diff`,
    });
  }
  const revision = (text: string): number => parseWhole('a revision', text, Number.MAX_SAFE_INTEGER);
  const one = first === undefined ? options : { ...options, vault: first };
  return diffRevisions(context, one, name, revision(from), to === undefined ? 'now' : revision(to));
}
