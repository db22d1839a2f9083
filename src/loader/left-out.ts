/** What is said of large secrets that a start leaves out. Loaded only by a start that does. */
import { WaxsealError } from '../errors.ts';
import { withoutPrefix } from './chosen.ts';
import { variableName } from './environment.ts';

/** Large secrets by name, each with its vault. */
export type LeftOut = readonly (readonly [name: string, vault: string])[];

/** @param how - how they are loaded */
export function leftOutText(leftOut: LeftOut, how: string): string {
  const vaults = [...new Set(leftOut.map(([, vault]) => vault))];
  const namesOf = (vault: string): string =>
    leftOut.flatMap(([name, of]) => (of === vault ? [name] : [])).join(', ');
  const lists = vaults.map((vault) => `${vault}: ${namesOf(vault)}`).join('; ');
  return `large secrets were left out, ${lists}: ${how}`;
}

/**
 * Tells an application of them, where nobody decided that they are not wanted.
 * @param decided - what WAXSEAL_LARGE says
 * @throws WaxsealError `not_found` that names those which are required, and would be there
 */
export function tellLeftOut(
  leftOut: LeftOut,
  options: {
    readonly large?: boolean | undefined;
    readonly prefix?: string | undefined;
    readonly required?: readonly string[] | undefined;
  },
  decided: boolean | undefined,
  warn: (message: string) => void,
): void {
  const { large = decided, prefix, required = [] } = options;
  const variables = leftOut.map(([name]) => variableName(withoutPrefix(name, prefix)));
  const lacking = required.filter((name) => variables.includes(name));
  if (lacking.length > 0) {
    throw new WaxsealError(
      'not_found',
      `${lacking.join(', ')}: large secrets, which large: false leaves out`,
      { hint: 'leave that option out: what "required" names is loaded' },
    );
  }
  if (large !== undefined || leftOut.length === 0) return;
  const how = 'name them in "required" or "optional", or pass large: true (WAXSEAL_LARGE=1) for all';
  warn(leftOutText(leftOut, how));
}
