/** The record of a vault's current data key: a new one put over the old one, and brought to the replicas. */
import { type DataKeyRecord, encodeDataKeyRecord } from '../../../envelope/index.ts';
import { WaxsealError } from '../../../errors.ts';
import { jitter } from '../../backoff.ts';
import { writeCopy } from '../../claim.ts';
import { checkCancelled, deadline, outcomeUnknown } from '../../deadline.ts';
import { checkDescribedHome } from '../../home.ts';
import type { Region, StoredParameter } from '../../ports.ts';
import { openRecord } from '../../region/sync-data-key.ts';
import type { VaultScope } from '../../scope.ts';
import { claimedKey } from '../retired.ts';

const MAX_SENDS = 5;
const MAX_ROUNDS = 5;

/**
 * Makes a data key and puts its record over the one at home. Parameter Store numbers each write, so of two who do it at
 * once the later one stands, and both believe it: everybody who seals reads the record again.
 * @param above - the generation that the new one is above, whatever home's record says
 * @returns the record that stands
 * @throws WaxsealError `conflict` when another region is home; `write_unconfirmed` when it cannot be told whether the
 *   record was written
 */
export async function replaceRecord(
  scope: VaultScope,
  above: number,
  caller?: AbortSignal,
): Promise<DataKeyRecord> {
  const { home, dataKeyName: name } = scope;
  const standard = { ...scope, tier: 'standard' } as const;
  let made: DataKeyRecord | undefined;
  let failure: unknown;
  for (let sends = 1; sends <= MAX_SENDS; sends += 1) {
    checkCancelled(caller);
    const there = await readRecord(scope, caller);
    const standing = there && (await openRecord({ scope, signal: caller }, home, there));
    // Somebody else was first, or an earlier send of ours did arrive.
    if (standing !== undefined && standing.id.generation > above) return standing;
    made ??= await scope.dataKeys.make(home, above + 1, deadline(scope.timeout, caller));
    const text = encodeDataKeyRecord(made);
    try {
      const signal = deadline(scope.timeout);
      const got = await writeCopy(standard, home, name, text, there === undefined, signal);
      if (got === (there?.version ?? 0) + 1) return made;
    } catch (error) {
      if (!outcomeUnknown(error)) throw error;
      failure = error;
    }
    // Somebody came between, or the answer got lost: what stands is read back.
    await scope.pause(jitter(scope, sends));
  }
  const there = await readRecord(scope, caller);
  const standing = there && (await openRecord({ scope, signal: caller }, home, there));
  if (standing !== undefined && standing.id.generation > above) return standing;
  throw new WaxsealError('write_unconfirmed', `whether ${name} was written is not known`, {
    hint: 'run it again when home answers: it goes on by the record that stands',
    cause: failure,
    region: home.name,
  });
}

/** Reads the record, and makes sure that home is home. @throws WaxsealError `conflict` */
async function readRecord(scope: VaultScope, caller?: AbortSignal): Promise<StoredParameter | undefined> {
  const { home, dataKeyName, descriptorName } = scope;
  const names = [dataKeyName, ...(descriptorName === undefined ? [] : [descriptorName])];
  const found = await home.parameters.read(names, deadline(scope.timeout, caller));
  if (descriptorName !== undefined) checkDescribedHome(scope, found.get(descriptorName));
  return found.get(dataKeyName);
}

/**
 * Brings home's record to a replica, as it stands when the replica has it.
 * @throws WaxsealError `conflict` when the replica holds a newer one, or others kept changing it
 */
export async function bringRecord(scope: VaultScope, region: Region): Promise<void> {
  const { home, dataKeyName: name } = scope;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const signal = deadline(scope.timeout);
    const [ours, theirs] = await Promise.all(
      [home, region].map(async (one) => (await one.parameters.read([name], signal)).get(name)),
    );
    if (ours === undefined || ours.value === theirs?.value) return;
    const [here, there] = [ours, theirs].map((one) => claimedKey(scope, one)?.generation ?? 0);
    if ((there ?? 0) > (here ?? 0)) throw newerThere(region);
    await writeCopy({ ...scope, tier: 'standard' }, region, name, ours.value, theirs === undefined, signal);
  }
  throw new WaxsealError('conflict', `others kept changing the data key record in ${region.name}`, {
    hint: 'when they are done: waxseal region sync',
    region: region.name,
  });
}

function newerThere(region: Region): WaxsealError {
  return new WaxsealError('conflict', `${region.name} holds a record of a newer data key than home`, {
    hint: 'waxseal region sync lets KMS say which of them counts',
    region: region.name,
  });
}
