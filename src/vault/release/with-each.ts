/** A vault that publishes with each write, for a person who writes one secret at a time. */
import { isWaxsealError } from '../../errors.ts';
import type { Vault, WriteResult } from '../types.ts';

/** What {@link publishingWithEach} changes. */
export type Writes = Pick<Vault, 'set' | 'delete'>;

/**
 * The same vault, but each write is followed by a publish. A write whose publish fails stands, and says why.
 */
export function publishingWithEach<V extends Writes & Pick<Vault, 'publish'>>(vault: V): V {
  const publish = async (result: WriteResult): Promise<WriteResult> => {
    try {
      const { behind } = await vault.publish();
      const known = new Set(result.behind.map(({ region }) => region));
      return { ...result, behind: [...result.behind, ...behind.filter(({ region }) => !known.has(region))] };
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
