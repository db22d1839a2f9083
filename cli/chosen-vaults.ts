/** Which vaults a command works on that may be told to take all of them. */
import { findConfig } from '../src/config/index.ts';
import { WaxsealError } from '../src/errors.ts';
import type { CommandContext, CommonOptions } from './context.ts';

/**
 * The vaults' paths; undefined for the one that is meant where none is named.
 * @throws WaxsealError `usage`, `config_missing`
 */
export async function chosenVaults(
  { cwd }: CommandContext,
  { all, vault }: Pick<CommonOptions, 'vault'> & { readonly all?: boolean },
): Promise<readonly (string | undefined)[]> {
  if (all !== true) return [vault];
  if (vault !== undefined) {
    throw new WaxsealError('usage', '--all and --vault both say which vaults', { hint: 'pass one of them' });
  }
  const file = await findConfig(cwd);
  if (file !== undefined) return Object.keys(file.config.vaults);
  throw new WaxsealError('config_missing', 'there is no waxseal.json here or above', {
    hint: '--all means the vaults of waxseal.json: go to a folder that has one, or pass --vault',
  });
}
