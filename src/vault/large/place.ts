/**
 * Where the parts of a large secret lie. Each revision has parameters of its own, named after it: a part is never
 * written over, so that whoever reads while somebody writes finds the parts of the entry that was read.
 */
import type { Entry } from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import { fitsParameterStore, parameterName, quoteName, RESERVED_FOLDER } from '../../secret-name.ts';

/** Two writers that make the same revision at once must not write the same parts: bytes of the entry's salt. */
const ID_BYTES = 8;

/** The most parts of a value: two digits. */
const LONGEST_NUMBER = '99';

/** A part, or the copy of an entry, as its parameter's name tells. */
export interface PartName {
  /** The secret's name. */
  readonly secret: string;
  readonly revision: number;
  /** Tells writers of the same revision apart. */
  readonly id: string;
  /** From 1; 0 for the copy of an entry. */
  readonly number: number;
}

/** The folder of all parts of a vault. */
export function largeFolder(path: string): string {
  return parameterName(path, `${RESERVED_FOLDER}/large`);
}

/**
 * The full names of the parts of an entry, in order.
 * @param path - the vault's
 * @param count - how many parts its manifest names
 */
export function partNames(path: string, entry: Entry, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => numbered(path, entry, i + 1));
}

/** The full name of the copy of an entry that a pinned release names: it lies where a part 0 would. */
export function entryCopyName(path: string, entry: Entry): string {
  return numbered(path, entry, 0);
}

function numbered(path: string, { core }: Entry, number: number): string {
  const id = Buffer.from(core.salt.subarray(0, ID_BYTES)).toString('hex');
  return `${secretFolder(path, core.name.slice(path.length + 1))}/${core.revision}.${id}.${number}`;
}

/** The folder of the parts of one secret. */
export function secretFolder(path: string, name: string): string {
  return `${largeFolder(path)}/${name}`;
}

/** What a full parameter name says of a part; undefined for any other parameter. */
export function parsePartName(path: string, parameter: string): PartName | undefined {
  const start = `${largeFolder(path)}/`;
  const match = parameter.startsWith(start)
    ? /^(.+)\/([1-9]\d{0,14})\.([0-9a-f]{16})\.(0|[1-9]\d?)$/.exec(parameter.slice(start.length))
    : null;
  return match === null
    ? undefined
    : {
        secret: match[1] ?? '',
        revision: Number(match[2]),
        id: match[3] ?? '',
        number: Number(match[4]),
      };
}

/**
 * Refuses a secret whose parts Parameter Store would not take: their names are longer and deeper than its own.
 * @throws WaxsealError `value_too_large`
 */
export function checkPartNames(path: string, parameter: string): void {
  const name = parameter.slice(path.length + 1);
  const longest = `${largeFolder(path)}/${name}/${'9'.repeat(15)}.${'0'.repeat(2 * ID_BYTES)}.${LONGEST_NUMBER}`;
  if (fitsParameterStore(longest)) return;
  throw new WaxsealError(
    'value_too_large',
    `the value of ${quoteName(name)} needs several parameters, and their names would be too long or too deep`,
    { hint: 'they are 51 characters longer than its own and three levels deeper: give it a shorter name' },
  );
}
