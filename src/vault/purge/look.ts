/** One secret as each region holds it, looked at before it is purged. */
import { type Entry, sameEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import { countedEntry, openFound } from '../effective.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

/** What one region holds under the name. */
export interface Copy {
  readonly region: Region;
  readonly entry: Entry;
  /** Parameter Store's number of the newest write, which may be a void one above the entry. */
  readonly version: number;
}

/**
 * The newest version that counts in a region, authentic.
 * @param seen - the Version that was there before: those above it are asked for, too, since a read by name may lag
 * @returns undefined when there is no parameter at all
 */
export async function look(
  scope: VaultScope,
  region: Region,
  parameter: string,
  seen?: number,
): Promise<Copy | undefined> {
  const signal = deadline(scope.timeout);
  try {
    const top = await newest(region, parameter, seen, signal);
    if (top === undefined) return undefined;
    const counted = await countedEntry(region, top, signal);
    if (counted === undefined) return undefined;
    const { entry, content } = await openFound(scope, region, parameter, counted, signal);
    content.fill(0);
    return { region, entry, version: top.version };
  } catch (error) {
    if (isIntegrityError(error)) {
      throw new WaxsealError('conflict', `what ${region.name} holds is no tombstone: ${error.message}`, {
        hint: 'set the secret again and delete it, which brings a tombstone to every region; then purge it',
        cause: error,
        region: region.name,
      });
    }
    if (!isWaxsealError(error, 'unreachable', 'timeout', 'throttled')) throw error;
    throw new WaxsealError(error.code, error.message, {
      hint: 'a purge needs every region, or a value could come back from one: try again when it answers',
      cause: error,
      region: region.name,
    });
  }
}

/** @throws WaxsealError `conflict` when a region holds anything but the tombstone */
export function checkDeleted(
  scope: VaultScope,
  name: string,
  tombstone: Entry,
  copies: readonly Copy[],
): void {
  const alive = copies.find(({ entry }) => !entry.core.flags.tombstone);
  if (alive?.region === scope.home) throw notDeleted(name, alive);
  const other = alive ?? copies.find(({ entry }) => !sameEntry(entry, tombstone));
  if (other === undefined) return;
  const { revision, flags } = other.entry.core;
  const what = flags.tombstone ? 'another tombstone' : 'a value';
  throw new WaxsealError(
    'conflict',
    `${other.region.name} holds ${what} of ${name} at revision ${revision}: it is not deleted in every region`,
    {
      hint: 'nothing was removed; bring the tombstone there: waxseal region sync',
      region: other.region.name,
    },
  );
}

function notDeleted(name: string, { region, entry }: Copy): WaxsealError {
  return new WaxsealError('conflict', `${name} is not deleted: revision ${entry.core.revision} is there`, {
    hint: `delete it first: waxseal delete ${name}`,
    region: region.name,
  });
}

/** The newest version. One above what was seen may be void, and a late read by name then hides what stands above that. */
async function newest(
  region: Region,
  parameter: string,
  seen: number | undefined,
  signal: AbortSignal,
): Promise<StoredParameter | undefined> {
  if (seen === undefined) return (await region.parameters.read([parameter], signal)).get(parameter);
  let top: StoredParameter | undefined;
  for (let version = seen; ; version = top.version) {
    const above = `${parameter}:${version + 1}`;
    const found = await region.parameters.read([parameter, above], signal);
    const [named, next] = [found.get(parameter), found.get(above)];
    if (next === undefined) return top ?? named;
    top = named !== undefined && named.version > next.version ? named : next;
  }
}
