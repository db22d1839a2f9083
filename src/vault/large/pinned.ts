/**
 * What a pinned release names of large secrets stays: its parts, and beside them a copy of the entry that names these,
 * which would else be lost with the hundredth version of its parameter.
 */
import type { Entry, ReleaseItem } from '../../envelope/index.ts';
import { writeCopy } from '../claim.ts';
import { deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { findEntry, wrappedAs } from './load.ts';
import { entryCopyName } from './place.ts';
import { copyParts } from './write.ts';

/**
 * Brings them to a region, unless they are there.
 * @param from - where they are looked for first
 * @param release - which is pinned; its values are not needed
 * @throws WaxsealError `large_incomplete` when no region has one of them whole
 */
export async function keepPinned(
  scope: VaultScope,
  from: Region,
  to: Region,
  release: { readonly items: readonly ReleaseItem[]; readonly entry: Entry },
  caller?: AbortSignal,
): Promise<void> {
  const standard = { ...scope, tier: 'standard' } as const;
  for (const item of release.items) {
    if (item.large === undefined) continue;
    const signal = deadline(scope.timeout, caller);
    const { entry, stored } = await findEntry(scope, from, item, undefined, signal);
    await copyParts(scope, wrappedAs(entry, release.entry), from, to, caller);
    const name = entryCopyName(scope.path, entry);
    const there = (await to.parameters.read([name], signal)).get(name);
    if (there?.value === stored.value) continue;
    await writeCopy(standard, to, name, stored.value, there === undefined, signal);
  }
}
