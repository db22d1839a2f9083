/** One parameter under its new wrapping. A rewrap is maintenance: whoever changes the parameter meanwhile wins. */
import {
  encodeDataKeyRecord,
  encodeEntry,
  formatDataKeyId,
  parseDataKeyRecord,
} from '../../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../../errors.ts';
import { jitter } from '../../backoff.ts';
import { claimVersion, versionAbove, writeCopy } from '../../claim.ts';
import { deadline, outcomeUnknown } from '../../deadline.ts';
import type { Region, StoredParameter } from '../../ports.ts';
import type { VaultScope } from '../../scope.ts';
import { isStale } from '../../stale.ts';
import { toWrapped, type Wrapped } from './wrapped.ts';
import type { NewWrapping, Wrappings } from './wrappings.ts';

const MAX_ROUNDS = 10;
/** How often a write whose answer got lost is looked for before the region counts as one that does not answer. */
const MAX_LOST = 3;

/**
 * Writes a parameter again with its data key wrapped anew, into the next slot of its own region. What has to be done is
 * read from what stands now: nothing, where somebody did it or purged the name, or where the data key is one that KMS
 * was not asked about yet, which the next look does.
 * @returns the Version that was written; undefined where nothing was
 * @throws WaxsealError what reading and writing can meet; `conflict` when others kept writing
 */
export async function rewrapOne(
  scope: VaultScope,
  region: Region,
  listed: Wrapped,
  wrappings: Wrappings,
  caller: AbortSignal | undefined,
): Promise<number | undefined> {
  let seen = listed.version;
  let lost = 0;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const signal = deadline(scope.timeout, caller);
    const top = (await region.parameters.read([listed.name], signal)).get(listed.name);
    if (top === undefined) return undefined;
    if (isStale(top, seen, round)) {
      await scope.pause(jitter(scope, round));
      continue;
    }
    const now = await standing(scope, region, top, signal);
    const fate = now && wrappings.fateOf(now);
    if (now === undefined || fate?.is !== 'rewrapped') return undefined;
    try {
      // Not the caller's signal: a write that was begun is seen through.
      const got = await put(scope, region, now, fate.wrapping, top, deadline(scope.timeout));
      if (got === versionAbove(top)) return got;
      // Void: what stands now is somebody else's.
      if (now.kind === 'dataKey') await giveBack(scope, region, now, got);
      if (got > 0) seen = got;
    } catch (error) {
      lost += 1;
      if (!outcomeUnknown(error) || lost >= MAX_LOST) throw error;
    }
    await scope.pause(jitter(scope, round));
  }
  throw new WaxsealError('conflict', `other writers kept changing ${listed.name} in ${region.name}`, {
    hint: 'their writes stand',
    region: region.name,
  });
}

/** What counts now; undefined where it is not to be trusted, which the next look tells. */
async function standing(
  scope: VaultScope,
  region: Region,
  top: StoredParameter,
  signal: AbortSignal,
): Promise<Wrapped | undefined> {
  try {
    return await toWrapped(scope, region, top, signal);
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}

function put(
  scope: VaultScope,
  region: Region,
  { kind, name, dataKeyId, entry }: Wrapped,
  wrapping: NewWrapping,
  top: StoredParameter,
  signal: AbortSignal,
): Promise<number> {
  if (entry === undefined) {
    const text = encodeDataKeyRecord({ vault: scope.path, id: dataKeyId, ...wrapping });
    return writeCopy({ ...scope, tier: 'standard' }, region, name, text, false, signal);
  }
  const rewrapped = { ...entry, wrapping: { ...entry.wrapping, ...wrapping } };
  // The copy that is pinned is the same text in every region.
  if (kind === 'pinned') return writeCopy(scope, region, name, encodeEntry(rewrapped), false, signal);
  return claimVersion(scope, region, name, rewrapped, top, signal);
}

/**
 * A record has no slot that would make our write void. Where another data key's record came between, it is put back:
 * writers must not go back to a retired one.
 */
async function giveBack(scope: VaultScope, region: Region, ours: Wrapped, got: number): Promise<void> {
  const signal = deadline(scope.timeout);
  const selector = `${ours.name}:${got - 1}`;
  const theirs = (await region.parameters.read([selector], signal)).get(selector);
  if (theirs === undefined) return;
  try {
    const { id } = parseDataKeyRecord(theirs.value, scope.path);
    const isOurs = formatDataKeyId(id) === formatDataKeyId(ours.dataKeyId);
    if (isOurs || id.generation < ours.dataKeyId.generation) return;
  } catch (error) {
    if (!isWaxsealError(error, 'malformed', 'misplaced')) throw error;
    return;
  }
  await writeCopy({ ...scope, tier: 'standard' }, region, ours.name, theirs.value, false, signal);
}
