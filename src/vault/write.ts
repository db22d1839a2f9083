/**
 * Compare-and-swap over a store that only overwrites. A writer that read Version v writes an entry whose slot says
 * `home:v+1`. When the Put gets that number the write stands; any other number means that somebody came between, the
 * write is void for every reader, and the writer starts again from what stands now.
 */
import { type DataKey, type DataKeyRecord, type Entry, SALT_BYTES } from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { checkRealHome } from './acting.ts';
import { jitter } from './backoff.ts';
import type { CurrentDataKey } from './data-keys.ts';
import { checkCancelled, deadline, outcomeUnknown } from './deadline.ts';
import { foundation, type OpenedEntry } from './effective.ts';
import { checkDescribedHome } from './home.ts';
import { keyToSealWith } from './key/retired.ts';
import { sealValue } from './large/seal.ts';
import { dropParts, writeParts } from './large/write.ts';
import type { StoredParameter } from './ports.ts';
import { releaseNames } from './release/place.ts';
import type { VaultScope } from './scope.ts';
import { isStale } from './stale.ts';

/**
 * What to write on top of what was found; `undefined` leaves it as it is.
 * @param dataKey - the vault's current data key, for a change that seals more than its value
 */
export type Change = (
  current: OpenedEntry | undefined,
  dataKey: () => Promise<DataKey>,
) => Proposal | undefined | Promise<Proposal | undefined>;

/** A value to seal. */
export interface Proposal {
  /** `undefined` for a tombstone. */
  readonly value: Uint8Array | undefined;
  /** Seconds since 1970; 0 for never. */
  readonly expiresAt?: number | undefined;
  /** The revision becomes higher than this one, whatever home holds. */
  readonly above?: number | undefined;
}

/** What stands at home after a write. */
export interface Committed {
  readonly entry: Entry;
  /** False when there was nothing to write. */
  readonly changed: boolean;
  /** In how many parts the value was written; 0 where it fits into its parameter. */
  readonly parts: number;
}

const MAX_ATTEMPTS = 20;
const MAX_THROTTLES = 8;
const MAX_SENDS = 3;
/** How often a record has to look older than what was sealed already before that is believed: a read may be stale. */
const MAX_RETIRED = 3;
/** How long a write whose answer got lost is looked for, in ms; the deadline of the write itself has passed by then. */
const CONFIRM_TIMEOUT = 5_000;

/**
 * Applies `change` to what stands at home, again on top of the newer value when another writer wins.
 * @throws WaxsealError whatever `change` throws; `conflict` when others kept winning or another region is home;
 *   `data_key_retired` when an older data key was put back; `write_unconfirmed` when it cannot be told whether the
 *   write was done
 */
export async function commit(
  scope: VaultScope,
  parameter: string,
  change: Change,
  caller?: AbortSignal,
): Promise<Committed | undefined> {
  const { home } = scope;
  const { head } = releaseNames(scope.path);
  let seen = 0;
  // Throttles in a row, over all attempts.
  const patience = { throttled: 0 };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    checkCancelled(caller);
    const signal = deadline(scope.timeout);
    const readAt = scope.now();
    // All in the same call, so that it costs none.
    const asks = new Set([scope.dataKeyName, parameter, head]);
    if (scope.descriptorName !== undefined) asks.add(scope.descriptorName);
    const found = await home.parameters.read([...asks], signal);
    if (scope.descriptorName !== undefined) checkDescribedHome(scope, found.get(scope.descriptorName));
    const top = found.get(parameter);
    if (isStale(top, seen, attempt)) {
      await scope.pause(jitter(scope, attempt));
      continue;
    }
    const current = await foundation(scope, home, top, signal);
    await checkRealHome(scope, parameter, current, found.get(scope.dataKeyName));
    let sealedBy: DataKeyRecord | undefined;
    // Asked for again by whoever seals: a data key that was waited with may be wiped by then.
    const currentKey = async (bytes: number): Promise<CurrentDataKey> => {
      if (sealedBy !== undefined) {
        const dataKey = await scope.dataKeys.open(home, sealedBy, bytes, deadline(scope.timeout));
        return { record: sealedBy, dataKey };
      }
      const standing = { record: found.get(scope.dataKeyName), current, head: found.get(head) };
      const key = await keyToSealWith(scope, standing, bytes);
      sealedBy = key.record;
      return key;
    };
    const openKey = async (): Promise<DataKey> => (await currentKey(0)).dataKey;
    let proposal: Proposal | undefined;
    let key: CurrentDataKey | undefined;
    try {
      proposal = await change(current, openKey);
      if (proposal !== undefined) key = await currentKey(proposal.value?.byteLength ?? 0);
    } catch (error) {
      // The first writers of a vault may be too many at once for the record of its data key; and the record that
      // somebody else has just made may not be shown yet, nor one that a rotation has just put above the old one.
      const again = isWaxsealError(error, 'data_key_retired')
        ? attempt < MAX_RETIRED
        : proposal !== undefined &&
          isWaxsealError(error, 'throttled', 'already_exists') &&
          attempt <= MAX_THROTTLES;
      if (!again) throw error;
      await scope.pause(jitter(scope, attempt, 200));
      continue;
    }
    if (proposal === undefined || key === undefined) {
      return current && { entry: current.entry, changed: false, parts: 0 };
    }
    const { dataKey, record } = key;
    const version = (top?.version ?? 0) + 1;
    const { entry, text, parts } = sealValue(scope, {
      name: parameter,
      revision: Math.max(current?.entry.core.revision ?? 0, proposal.above ?? 0) + 1,
      parent: current?.entry,
      dataKey,
      wrapping: {
        wrappedKey: record.wrappedKey,
        kmsKeyId: record.kmsKeyId,
        slot: { region: home.name, version },
      },
      sealedAt: Math.floor(scope.now() / 1000),
      expiresAt: proposal.expiresAt,
      value: proposal.value,
      salt: scope.randomBytes(SALT_BYTES),
    });
    checkCancelled(caller);
    if (parts.length > 0) {
      await writeParts(scope, entry, parts, caller);
      // That took its time: whoever came between is found before a write that would be void; a name that was born,
      // deleted and purged meanwhile is found by what the release remembers of it alone.
      const bornAgain = async (): Promise<boolean> =>
        current === undefined && (await change(current, openKey))?.above !== proposal.above;
      if (!(await stillOnTop(scope, parameter, top)) || (await bornAgain())) {
        await dropParts(scope, entry, parts.length);
        continue;
      }
    }
    const sent = await put(
      scope,
      parameter,
      text,
      version,
      parts.length > 0 ? scope.now() : readAt,
      patience,
    );
    if (sent.stands) {
      scope.written.set(parameter, { entry, text });
      // It took this write, so the next read may ask it first again.
      scope.health.answered(home.name);
      return { entry, changed: true, parts: parts.length };
    }
    await dropParts(scope, entry, parts.length);
    seen = sent.seen;
    await scope.pause(jitter(scope, attempt));
  }
  throw new WaxsealError('conflict', `other writers kept changing ${parameter}`, {
    hint: 'try again when they are done',
    region: home.name,
  });
}

/** Whether a parameter is still as it was read. */
async function stillOnTop(
  scope: VaultScope,
  parameter: string,
  top: StoredParameter | undefined,
): Promise<boolean> {
  const signal = deadline(scope.timeout);
  const now = (await scope.home.parameters.read([parameter], signal)).get(parameter);
  return now?.version === top?.version && now?.value === top?.value;
}

/** What became of a write. */
interface Sent {
  /** Whether it got the Version that it claims. */
  readonly stands: boolean;
  /** A Version that is known to be there now; 0 for none. */
  readonly seen: number;
}

/**
 * Sends the entry.
 * @param readAt - when the Version below it was read; what was read too long ago is read again. A name that is purged
 *   and born again meanwhile begins at Version 1, and could have come to the same number with another value.
 */
async function put(
  scope: VaultScope,
  parameter: string,
  text: string,
  version: number,
  readAt: number,
  patience: { throttled: number },
): Promise<Sent> {
  const { home } = scope;
  for (let sends = 1; ; sends += 1) {
    let got: number;
    try {
      const options = { create: version === 1, tier: scope.tier, signal: deadline(scope.timeout) };
      got = await home.parameters.write(parameter, text, options);
      patience.throttled = 0;
    } catch (error) {
      if (isWaxsealError(error, 'throttled') && patience.throttled < MAX_THROTTLES) {
        // A throttled call was not done: it may be sent again as it is.
        patience.throttled += 1;
        sends -= 1;
        await scope.pause(jitter(scope, patience.throttled, 200));
        // Only what was never on its way may be given up: it cannot arrive any more.
        if (sends === 0 && scope.now() - readAt > scope.timeout) return { stands: false, seen: 0 };
        continue;
      }
      if (!isWaxsealError(error, 'already_exists') && !outcomeUnknown(error)) throw error;
      const outcome = await lookFor(scope, parameter, text, version, error);
      if (outcome !== 'absent') return { stands: outcome === 'ours', seen: version };
      // Not there: either it never arrived, or it is still on its way. Sent again, whichever comes second is void
      // and says the same, so nothing can be counted twice.
      if (sends >= MAX_SENDS) throw unconfirmed(parameter, error);
      continue;
    }
    // Another number: either somebody came between, or an earlier send of this very text did arrive.
    const stands =
      got === version ||
      (sends > 1 && (await lookFor(scope, parameter, text, version, undefined)) === 'ours');
    return { stands, seen: got };
  }
}

/** Reads back the Version that a write claims. */
async function lookFor(
  scope: VaultScope,
  parameter: string,
  text: string,
  version: number,
  cause: unknown,
): Promise<'ours' | 'theirs' | 'absent'> {
  const selector = `${parameter}:${version}`;
  try {
    const signal = deadline(CONFIRM_TIMEOUT);
    const stored = (await scope.home.parameters.read([selector], signal)).get(selector);
    if (stored === undefined) return isWaxsealError(cause, 'already_exists') ? 'theirs' : 'absent';
    return stored.value === text ? 'ours' : 'theirs';
  } catch (error) {
    throw unconfirmed(parameter, cause ?? error);
  }
}

function unconfirmed(parameter: string, cause: unknown): WaxsealError {
  return new WaxsealError(
    'write_unconfirmed',
    `whether ${parameter} was written is not known: the answer got lost`,
    {
      hint: 'look at it with "waxseal history" when home answers again; writing it again is safe',
      cause,
    },
  );
}
