/** Whether the key is rotated as waxseal.json has it. */
import { GetKeyRotationStatusCommand } from '@aws-sdk/client-kms';
import { type Finding, findingsOf } from './finding.ts';
import type { RegionKey } from './keys.ts';
import { awsCommand, deployAgain } from './remedies.ts';
import { ask, type Scope } from './scope.ts';

/** Asks the primary key, which decides for its replicas. */
export async function examineRotation(scope: Scope, keys: readonly RegionKey[]): Promise<readonly Finding[]> {
  const say = findingsOf('rotation');
  const first = keys[0];
  if (first === undefined) return [];
  if (first.key.CustomKeyStoreId !== undefined) {
    return [say('ok', 'KMS rotates no key of a custom key store')];
  }
  if (scope.settings.kmsKey !== undefined) {
    return [say('untested', "the key is not the vault's own: its rotation is for its owner to judge")];
  }
  const region = first.key.MultiRegionConfiguration?.PrimaryKey?.Region ?? first.region;
  const { KeyId = '', KeyState } = keys.find((one) => one.region === region)?.key ?? first.key;
  // KMS says "not rotated" of a key that is about to go, and rotates it as before once its deletion is cancelled.
  if (KeyState === 'PendingDeletion' || KeyState === 'PendingReplicaDeletion') {
    return [say('untested', 'a key that is about to be deleted is not rotated')];
  }
  const { kms } = scope.clients.of(region);
  const answer = await ask(scope, 'kms:GetKeyRotationStatus', region, (abortSignal) =>
    kms.send(new GetKeyRotationStatusCommand({ KeyId }), { abortSignal }),
  );
  if (!answer.ok) return [say('untested', answer.error.message, answer.error.hint)];
  const { KeyRotationEnabled, RotationPeriodInDays } = answer.value;
  const wanted = scope.rotationDays;
  const enable = `kms enable-key-rotation --key-id ${KeyId} --rotation-period-in-days ${wanted ?? 365}`;
  const fix = deployAgain(scope) ?? awsCommand(scope, enable, region);
  if (KeyRotationEnabled !== true) return [say('fail', 'the key is not rotated', fix)];
  if (wanted !== undefined && RotationPeriodInDays !== wanted) {
    return [
      say(
        'fail',
        `the KMS key is rotated every ${RotationPeriodInDays} days, waxseal.json says ${wanted}`,
        `${fix}; or correct "rotationDays" in waxseal.json`,
      ),
    ];
  }
  return [say('ok', `the KMS key is rotated every ${RotationPeriodInDays} days`)];
}
