/** A vault that publishes with each write, for a person who writes one secret at a time. */
import { isWaxsealError } from '../../errors.ts';
import type { BehindRegion, Vault, WriteResult } from '../types.ts';

/** What {@link publishingWithEach} changes. */
export type Writes = Pick<Vault, 'set' | 'delete'>;

/**
 * The same vault, but each write is followed by a publish. A write whose publish fails stands, and says why.
 */
export function publishingWithEach<V extends Writes & Pick<Vault, 'publish'>>(vault: V): V {
  const publish = async (result: WriteResult): Promise<WriteResult> => {
    try {
      const { behind } = await vault.publish();
      return { ...result, behind: mergeBehind(result.behind, behind) };
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      return { ...result, unpublished: error };
    }
  };
  return {
    ...vault,
    set: async (...request: Parameters<Vault['set']>) => publish(await vault.set(...request)),
    delete: async (...request: Parameters<Vault['delete']>) => publish(await vault.delete(...request)),
  };
}

/** The regions that lack a write or its release, each once, with what was told first. */
export function mergeBehind(
  write: readonly BehindRegion[],
  release: readonly BehindRegion[],
): readonly BehindRegion[] {
  const known = new Set(write.map(({ region }) => region));
  return [...write, ...release.filter(({ region }) => !known.has(region))];
}
