/** The KMS keys that a vault may be under: its own, and those that are accepted beside it while it is rewrapped. */
import { isWaxsealError } from '../errors.ts';
import { keyIdInRegion } from './arn.ts';

/** The KMS keys, as they are asked for in one region. */
export interface AcceptedKeys {
  /** The vault's own, under which new data keys are made. */
  readonly own: string;
  /**
   * Asks with the vault's own key, and with an accepted one only where KMS says that another key did it. The one that
   * served last comes first: a vault is under one of them most of the time.
   * @throws WaxsealError what the call met; `foreign_key` when none of them did it
   */
  ask<T>(call: (keyId: string) => Promise<T>): Promise<T>;
}

/**
 * Nothing that was read from Parameter Store may come in here.
 * @param keyId - alias, id or ARN from configuration
 * @param accepted - ids or ARNs from configuration
 */
export function acceptedKeys(region: string, keyId: string, accepted: readonly string[]): AcceptedKeys {
  const own = keyIdInRegion(keyId, region);
  const all = [own, ...accepted.map((one) => keyIdInRegion(one, region))];
  let last = own;
  return {
    own,
    async ask(call) {
      let foreign: unknown;
      for (const key of new Set([last, ...all])) {
        try {
          const answer = await call(key);
          last = key;
          return answer;
        } catch (error) {
          // One that is gone cannot have wrapped what is still to be opened by another.
          const gone = key !== own && isWaxsealError(error, 'key_not_found');
          if (!gone && !isWaxsealError(error, 'foreign_key')) throw error;
          if (!gone) foreign = error;
        }
      }
      throw foreign;
    },
  };
}
