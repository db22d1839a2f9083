/** What the release remembers of names that are not there any more. */
import type { ReleaseItem } from '../../envelope/index.ts';
import { isIntegrityError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { headHistory, openPast, readRelease, wipe } from './open.ts';

/** Gives the last revision of a name; undefined for one that no release knows. */
export type LastRevision = (name: string) => number | undefined;

/**
 * The last revisions by the newest release, home's or that of the first replica that has one to be trusted. Where
 * none can be opened nothing is known, and a new name begins at 1: the next publish could not go on from that release
 * either, and a vault must not refuse writes over it.
 */
export async function lastRevisions(scope: VaultScope): Promise<LastRevision> {
  for (const region of scope.regions) {
    try {
      const release = await readRelease(scope, region, deadline(scope.timeout));
      const items = new Map(release?.items.map(({ name, revision }) => [name, revision]));
      wipe(release);
      return (name) => items.get(name);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
    }
  }
  return () => undefined;
}

/** What a region's release has of one name. Its value is wiped: only whether there is one can be told. */
export async function rememberedIn(
  scope: VaultScope,
  region: Region,
  name: string,
  signal: AbortSignal,
): Promise<ReleaseItem | undefined> {
  const release = await readRelease(scope, region, signal);
  wipe(release);
  return release?.items.find((item) => item.name === name);
}

/**
 * What the release before one held, by the history of its head; nothing where that does not open any more, for nobody
 * can go back to it either. Values are wiped.
 */
export async function itemsBefore(
  scope: VaultScope,
  region: Region,
  number: number,
  signal: AbortSignal,
): Promise<readonly ReleaseItem[]> {
  try {
    for await (const found of headHistory(scope, region, signal)) {
      if (found.entry.core.revision >= number) continue;
      const release = await openPast(scope, region, found, signal);
      wipe(release);
      return release.items;
    }
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
  }
  return [];
}
