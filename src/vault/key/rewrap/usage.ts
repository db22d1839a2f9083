/** What still refers to a KMS key: the proof that it may be disabled. KMS is not asked, and nothing is opened. */
import { parseDataKeyRecord, parseEntry } from '../../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, type WaxsealError } from '../../../errors.ts';
import { overAll } from '../../at-once.ts';
import { checkCancelled, deadline } from '../../deadline.ts';
import type { Region, StoredParameter } from '../../ports.ts';
import type { VaultScope } from '../../scope.ts';
import { lookAtKeys } from './look.ts';
import type { KeyUsage, RegionKeyUsage } from './types.ts';
import { countKinds, type Wrapped } from './wrapped.ts';

/** Histories that are read at once in each region. */
const AT_ONCE = 8;

/**
 * Counts by what each parameter says of itself: one listing and, for each name, one history a region.
 * @param kmsKeyId - the bare id of the KMS key
 * @throws WaxsealError `cancelled`; a region that does not answer is part of what is told
 */
export async function keyUsage(scope: VaultScope, kmsKeyId: string, caller?: AbortSignal): Promise<KeyUsage> {
  const look = await lookAtKeys(scope, caller);
  const failed: Record<string, WaxsealError> = { ...look.failed };
  const regions = await Promise.all(
    [...look.wrapped].map(async ([region, wrapped]): Promise<readonly RegionKeyUsage[]> => {
      try {
        const past = await overAll(wrapped, AT_ONCE, (one) => pastOf(scope, region, one, kmsKeyId, caller));
        const current = countKinds(wrapped.filter((one) => one.kmsKeyId === kmsKeyId));
        return [{ region: region.name, current, history: past.reduce((all, some) => all + some, 0) }];
      } catch (error) {
        checkCancelled(caller);
        if (!isWaxsealError(error)) throw error;
        failed[region.name] = error;
        return [];
      }
    }),
  );
  return { exists: look.exists, regions: regions.flat(), problems: look.problems, failed };
}

/** How many versions below the one that counts refer to the key. */
async function pastOf(
  scope: VaultScope,
  region: Region,
  { kind, name, version, entry }: Wrapped,
  kmsKeyId: string,
  caller: AbortSignal | undefined,
): Promise<number> {
  checkCancelled(caller);
  // A void version on top does not count either: what counts is the one whose slot is right.
  const slot = kind === 'pinned' ? undefined : entry?.wrapping.slot;
  const counts = slot?.region === region.name ? slot.version : version;
  let past = 0;
  for await (const stored of region.parameters.history(name, deadline(scope.timeout, caller))) {
    if (stored.version !== counts && keyOf(scope, stored) === kmsKeyId) past += 1;
  }
  return past;
}

function keyOf(scope: VaultScope, { name, value }: StoredParameter): string | undefined {
  try {
    return name === scope.dataKeyName
      ? parseDataKeyRecord(value, scope.path).kmsKeyId
      : parseEntry(value).wrapping.kmsKeyId;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}
