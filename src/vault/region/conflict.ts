/** What a person has to know to decide between two sides. */
import { formatDataKeyId } from '../../envelope/index.ts';
import { isWaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { Row } from './copies.ts';
import { sidesOf } from './plan-row.ts';
import type { Run } from './run.ts';
import type { ConflictSide, SyncConflict, SyncKind } from './types.ts';

/** All sides of a row, one a region. */
export async function describeConflict(
  run: Run,
  kind: SyncKind,
  name: string,
  row: Row,
): Promise<SyncConflict> {
  const signal = deadline(run.scope.timeout, run.signal);
  const sides = await Promise.all(
    sidesOf(row).map(async ({ region, found: { entry, stored } }): Promise<ConflictSide> => {
      const { core } = entry;
      return {
        region: region.name,
        revision: core.revision,
        sealedAt: core.sealedAt * 1000,
        writtenBy: await writerOf(region, stored.name, stored.version, signal),
        deleted: core.flags.tombstone,
        dataKeyId: formatDataKeyId(core.dataKeyId),
      };
    }),
  );
  return { kind, name, sides };
}

/** Only history tells who wrote a version; not everybody may read it. */
async function writerOf(
  region: Region,
  parameter: string,
  version: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    for await (const stored of region.parameters.history(parameter, signal)) {
      if (stored.version === version) return stored.modifiedBy;
    }
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
  }
  return undefined;
}
