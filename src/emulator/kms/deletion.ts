import { AwsError } from '../errors.ts';
import { type Operations, operation, seconds } from '../operation.ts';
import { integer, optional, required, string } from '../validate.ts';
import { days } from './material.ts';
import { keyById, keyState, putKey, requireCustomerManaged, requireState } from './resolve.ts';

const keyId = required(string({ min: 1, max: 2048 }));

export const deletionOperations: Operations = {
  ScheduleKeyDeletion: operation(
    { KeyId: keyId, PendingWindowInDays: optional(integer({ min: 7, max: 30 })) },
    (call, input) => {
      const key = keyById(call, input.KeyId);
      requireCustomerManaged(call, key);
      requireState(call, key, 'Enabled', 'Disabled');
      const windowDays = input.PendingWindowInDays ?? 30;
      const { record, family, arn } = key;
      const waits = record.region === family.primaryRegion && family.regions.length > 1;
      const at = call.now + days(windowDays);
      const deletion = waits ? { windowDays } : { windowDays, at };
      const pending = { ...record, deletion };
      putKey(call, pending);
      return {
        KeyId: arn,
        KeyState: keyState(pending, call.now),
        DeletionDate: waits ? undefined : seconds(at),
        PendingWindowInDays: windowDays,
      };
    },
  ),
  CancelKeyDeletion: operation({ KeyId: keyId }, (call, input) => {
    const key = keyById(call, input.KeyId);
    // Not DisabledException for a disabled key: the operation names KMSInvalidStateException alone.
    if (key.record.deletion === undefined)
      throw new AwsError('KMSInvalidStateException', `${key.arn} is not pending deletion.`);
    const { deletion: _, ...record } = key.record;
    // "If this operation succeeds, the key state of the KMS key is Disabled."
    putKey(call, { ...record, enabled: false });
    return { KeyId: key.arn };
  }),
};
