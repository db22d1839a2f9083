/** How old a vault's data key is, and what is not under it. */
import { type Entry, formatDataKeyId } from '../../../envelope/index.ts';
import type { Region } from '../../ports.ts';
import type { RegionContents, Row } from '../../region/copies.ts';
import type { DataKeyStatus } from '../../region/types.ts';
import type { VaultScope } from '../../scope.ts';
import type { RecordsSeen } from '../put-back.ts';
import { claimedKey, generationOf, isUnder } from '../retired.ts';

/** The age in ms. The clock of whoever made it may be ahead of this one: nothing is younger than new. */
export function ageOf(createdAt: number, now: number): number {
  return Math.max(0, now - createdAt);
}

/** Whether a data key is older than the vault lets it become. @param createdAt - in ms since 1970 */
export function isDue({ now, dataKeyMaxAge }: VaultScope, createdAt: number): boolean {
  return ageOf(createdAt, now()) >= dataKeyMaxAge;
}

/** The data key of the first region that names one. All of it is what record and entries say of themselves. */
export function dataKeyStatus(
  scope: VaultScope,
  contents: ReadonlyMap<Region, RegionContents>,
  heads: Row,
  { records, putBack }: RecordsSeen,
): DataKeyStatus | undefined {
  for (const [region, { copies }] of contents) {
    const id = claimedKey(scope, records.get(region));
    if (id === undefined) continue;
    const entries = [...copies.values()].flatMap(({ found }) => (found === undefined ? [] : [found.entry]));
    const released = heads.get(region)?.found?.entry;
    // Under a record that was put back, what is newer than it is not the retired part.
    const isOld = (entry: Entry): boolean =>
      putBack === undefined ? !isUnder(entry, id) : generationOf(entry) < putBack.sealed;
    const createdAt = id.createdAt * 1000;
    return {
      id: formatDataKeyId(id),
      generation: id.generation,
      createdAt,
      age: ageOf(createdAt, scope.now()),
      due: isDue(scope, createdAt),
      ...(putBack === undefined ? {} : { putBack }),
      retired: entries.filter(isOld).length,
      releaseRetired: released !== undefined && isOld(released),
    };
  }
  return undefined;
}
