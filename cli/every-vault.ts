/** Commands that may go through every vault of waxseal.json. */
import { askCaller } from '../src/aws/account/index.ts';
import { findConfig } from '../src/config/index.ts';
import { isWaxsealError, WaxsealError } from '../src/errors.ts';
import type { CommandContext } from './context.ts';
import type { Session } from './session.ts';

/**
 * The vaults that are meant: all of waxseal.json, or the one of `--vault`, where `undefined` is whichever is found.
 * @throws WaxsealError `usage`, `config_missing`
 */
export async function vaultsMeant(
  { cwd }: CommandContext,
  { all, vault }: { readonly all?: boolean; readonly vault?: string },
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

/** The ARN of who runs a command, for its report; without the right or the way to ask it is a report all the same. */
export async function callerOf(
  { signal }: CommandContext,
  { settings, connection, explainer }: Session,
): Promise<string | undefined> {
  try {
    return await askCaller(settings, connection.endpoint, { signal, observe: explainer?.observe });
  } catch (error) {
    if (!isWaxsealError(error) || signal.aborted) throw error;
    return undefined;
  }
}
