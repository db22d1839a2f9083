import { AwsError } from '../errors.ts';
import { type Answer, type Call, type Operations, operation, seconds } from '../operation.ts';
import { integer, oneOf, optional, required, string } from '../validate.ts';
import { days, newMaterial } from './material.ts';
import {
  type Key,
  keyById,
  keyState,
  putFamily,
  requireCustomerManaged,
  requirePrimary,
  requireState,
} from './resolve.ts';
import { markerPage } from './tags.ts';

const keyId = required(string({ min: 1, max: 2048 }));
const onDemandLimit = 25;

/** "You cannot enable or disable automatic rotation of asymmetric KMS keys"; nor rotate them on demand. */
function requireSymmetric(key: Key): void {
  if (key.family.spec !== undefined)
    throw new AwsError('UnsupportedOperationException', `${key.arn} is not a symmetric encryption KMS key.`);
}

function rotatable(call: Call, id: string): Key {
  const key = keyById(call, id);
  requireCustomerManaged(call, key);
  requireSymmetric(key);
  requirePrimary(key);
  requireState(call, key, 'Enabled');
  return key;
}

export const rotationOperations: Operations = {
  EnableKeyRotation: operation(
    { KeyId: keyId, RotationPeriodInDays: optional(integer({ min: 90, max: 2560 })) },
    (call, input) => {
      const { family } = rotatable(call, input.KeyId);
      const periodDays = input.RotationPeriodInDays ?? family.rotation?.periodDays ?? 365;
      // Asking again for what is on already does not put the date off.
      if (family.rotation?.periodDays === periodDays) return {};
      putFamily(call, { ...family, rotation: { periodDays, next: call.now + days(periodDays) } });
      return {};
    },
  ),
  DisableKeyRotation: operation({ KeyId: keyId }, (call, input) => {
    const { rotation: _, ...family } = rotatable(call, input.KeyId).family;
    putFamily(call, family);
    return {};
  }),
  GetKeyRotationStatus: operation({ KeyId: keyId }, (call, input) => {
    const { family, record, arn } = keyById(call, input.KeyId);
    const { rotation } = family;
    // "While a KMS key is pending deletion, its key rotation status is false."
    if (rotation === undefined || record.deletion !== undefined)
      return { KeyId: arn, KeyRotationEnabled: false };
    return {
      KeyId: arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodDays,
      // A disabled key keeps its setting, but no rotation is coming.
      NextRotationDate: keyState(record, call.now) === 'Disabled' ? undefined : seconds(rotation.next),
    };
  }),
  RotateKeyOnDemand: operation({ KeyId: keyId }, (call, input) => {
    const { family, arn } = rotatable(call, input.KeyId);
    if (family.onDemandRotations >= onDemandLimit)
      throw new AwsError('LimitExceededException', `${arn} was rotated on demand ${onDemandLimit} times.`);
    const materials = [...family.materials, newMaterial(call.now, 'ON_DEMAND')];
    putFamily(call, { ...family, materials, onDemandRotations: family.onDemandRotations + 1 });
    return { KeyId: arn };
  }),
  ListKeyRotations: operation(
    {
      KeyId: keyId,
      IncludeKeyMaterial: optional(oneOf('ALL_KEY_MATERIAL', 'ROTATIONS_ONLY')),
      Limit: optional(integer({ min: 1, max: 1000 })),
      Marker: optional(string({ min: 1 })),
    },
    (call, input) => {
      const key = keyById(call, input.KeyId);
      requireSymmetric(key);
      const { family, arn } = key;
      const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
      const rotations = family.materials.flatMap((material, index): (readonly [string, Answer])[] => {
        if (!all && material.rotation === undefined) return [];
        const entry = {
          KeyId: arn,
          KeyMaterialId: material.id,
          KeyMaterialState: index === family.materials.length - 1 ? 'CURRENT' : 'NON_CURRENT',
          RotationDate: material.rotation === undefined ? undefined : seconds(material.createdAt),
          RotationType: material.rotation,
        };
        return [[String(index).padStart(6, '0'), entry]];
      });
      const scope = ['ListKeyRotations', arn, String(all)];
      return markerPage('Rotations', rotations, scope, input.Limit ?? 100, input.Marker);
    },
  ),
};
