/** Where releases lie. */
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';

/** Parts that are asked for together with a head: ten names are one GetParameters. */
export const PARTS_AT_ONCE = 9;

/** The most parts of a release: 300 KB, deflated. */
export const MAX_PARTS = 100;

/** The parameters of one release. */
export interface ReleaseNames {
  readonly head: string;
  /** @param index - from 0 */
  part(index: number): string;
}

/** The vault's release, or the pinned copy of one. */
export function releaseNames(path: string, pinned?: number): ReleaseNames {
  const folder = pinned === undefined ? 'release' : `pinned/${pinned}`;
  const head = parameterName(path, `${RESERVED_FOLDER}/${folder}`);
  return { head, part: (index) => `${head}/${index + 1}` };
}

/** The numbers under which something is pinned, the lowest first. @param names - full parameter names */
export function pinnedNumbers(path: string, names: Iterable<string>): readonly number[] {
  const numbers = [...names].flatMap((name) => pinnedNumber(path, name) ?? []);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** The number of the pinned release whose head has this full name; undefined for any other parameter. */
export function pinnedNumber(path: string, name: string): number | undefined {
  const folder = `${parameterName(path, `${RESERVED_FOLDER}/pinned`)}/`;
  const rest = name.startsWith(folder) ? name.slice(folder.length) : '';
  return /^[1-9]\d{0,14}$/.test(rest) ? Number(rest) : undefined;
}
