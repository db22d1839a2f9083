/** Large secrets in tests: values that do not compress, and the parts that a region holds past all gates. */
import { parseEntry } from '../../src/envelope/index.ts';
import { parameter, type World } from './world.ts';

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, random: () => number = Math.random): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

/** The full names of the parts that a region holds, of one secret or of all. @param revision - of this one alone */
export function partsIn(
  { aws }: Pick<World, 'aws'>,
  region: string,
  name?: string,
  revision?: number,
): readonly string[] {
  const folder = parameter('.waxseal/large/');
  return aws.names(region).filter((full) => {
    // Not the copies of entries that lie there for pinned releases.
    if (!full.startsWith(folder) || full.endsWith('.0')) return false;
    const at = full.lastIndexOf('/');
    const mine = name === undefined || full.slice(folder.length, at) === name;
    return mine && (revision === undefined || full.slice(at + 1).startsWith(`${revision}.`));
  });
}

/** The revisions of a secret that a region holds parts of, the lowest first. */
export function revisionsIn(world: Pick<World, 'aws'>, region: string, name: string): readonly number[] {
  const revisions = partsIn(world, region, name).map((full) => Number(full.split('/').at(-1)?.split('.')[0]));
  return [...new Set(revisions)].sort((a, b) => a - b);
}

/** Who wrote parts, told apart by the salt of the entry: the ids of a secret's parts in a region, as `revision.id`. */
export function idsIn(world: Pick<World, 'aws'>, region: string, name: string): readonly string[] {
  const ids = partsIn(world, region, name).map((full) =>
    (full.split('/').at(-1) ?? '').split('.').slice(0, 2).join('.'),
  );
  return [...new Set(ids)].sort();
}

/** The same of each version of the entry that a region's history holds. */
export function idsOfHistory({ aws }: Pick<World, 'aws'>, region: string, name: string): readonly string[] {
  const ids = aws.versions(region, parameter(name)).map(({ value }) => {
    const { core } = parseEntry(value);
    return `${core.revision}.${Buffer.from(core.salt.subarray(0, 8)).toString('hex')}`;
  });
  return [...new Set(ids)].sort();
}
