/** What is said of large secrets that a start leaves out. Loaded only by a start that does. */
import { WaxsealError } from '../errors.ts';

/** @param leftOut - the vault of each, by the secret's own name @param how - how they are loaded */
export function leftOutText(
  leftOut: readonly (readonly [name: string, vault: string])[],
  how: string,
): string {
  const vaults = [...new Set(leftOut.map(([, vault]) => vault))];
  const lists = vaults.map(
    (vault) => `${vault}: ${leftOut.flatMap(([name, of]) => (of === vault ? [name] : [])).join(', ')}`,
  );
  return `large secrets were left out, ${lists.join('; ')}: ${how}`;
}

/**
 * Variables that must be there, and would be if large secrets were loaded.
 * @param variables - of what was left out
 * @throws WaxsealError `not_found` that names them
 */
export function checkLeftOut(variables: readonly string[], required: readonly string[]): void {
  const wanted = required.filter((name) => variables.includes(name));
  if (wanted.length === 0) return;
  throw new WaxsealError('not_found', `${wanted.join(', ')}: large secrets, which large: false leaves out`, {
    hint: 'leave that option out: what "required" names is loaded',
  });
}
