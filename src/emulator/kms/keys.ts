import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import { sortedByKey } from '../paging.ts';
import type { Family, KeyRecord, RsaSpec } from '../records.ts';
import { boolean, integer, optional, required, string } from '../validate.ts';
import { newMaterial } from './material.ts';
import { keyMetadata } from './metadata.ts';
import { acceptPolicy } from './policies.ts';
import { keyByAnyName, keyById, putFamily, putKey, requireCustomerManaged, requireState } from './resolve.ts';
import { newRsaMaterial, publicKeyOf, rsaAlgorithms, rsaSpecs } from './rsa.ts';
import { markerPage, mergeTags, tagList } from './tags.ts';

const keyId = required(string({ min: 1, max: 2048 }));

/** Members that ask for kinds of keys that are not kept here; empty is what Terraform sends for "none". */
function requireKept(member: string, value: string | undefined, only: string): void {
  if (value === undefined || value === '' || value === only) return;
  throw new AwsError('UnsupportedOperationException', `this emulator keeps no key with ${member} ${value}`);
}

function readSpec(asked: string | undefined): RsaSpec | undefined {
  const spec = rsaSpecs.find((one) => one === asked);
  if (spec === undefined) requireKept('KeySpec', asked, 'SYMMETRIC_DEFAULT');
  return spec;
}

/** Makes a key and its family; the caller checked everything. */
export function makeKey(
  call: Call,
  kind: Pick<Family, 'multiRegion' | 'manager' | 'spec'>,
  own: Pick<KeyRecord, 'policy' | 'description' | 'tags'>,
): string {
  const id = kind.multiRegion ? `mrk-${randomBytes(16).toString('hex')}` : randomUUID();
  const { region, now } = call;
  const materials = [kind.spec === undefined ? newMaterial(now) : newRsaMaterial(kind.spec, now)];
  const shared = {
    id,
    primaryRegion: region,
    regions: [region],
    createdAt: now,
    materials,
    onDemandRotations: 0,
  };
  putFamily(call, { ...shared, ...kind });
  putKey(call, { id, region, ...own, enabled: true, createdAt: now, readyAt: now });
  return id;
}

function setEnabled(call: Call, id: string, enabled: boolean): void {
  const key = keyById(call, id);
  requireCustomerManaged(call, key);
  requireState(call, key, 'Enabled', 'Disabled');
  putKey(call, { ...key.record, enabled });
}

export const keyOperations: Operations = {
  CreateKey: operation(
    {
      Policy: optional(string({ max: 131_072 })),
      Description: optional(string({ max: 8192 })),
      KeyUsage: optional(string()),
      CustomerMasterKeySpec: optional(string()),
      KeySpec: optional(string()),
      Origin: optional(string()),
      CustomKeyStoreId: optional(string()),
      XksKeyId: optional(string()),
      BypassPolicyLockoutSafetyCheck: optional(boolean()),
      Tags: optional(tagList),
      MultiRegion: optional(boolean()),
    },
    (call, input) => {
      requireKept('KeyUsage', input.KeyUsage, 'ENCRYPT_DECRYPT');
      const spec = readSpec(input.KeySpec || input.CustomerMasterKeySpec);
      // "For asymmetric KMS keys with RSA key material, specify ENCRYPT_DECRYPT or SIGN_VERIFY": there is no default.
      if (spec !== undefined && !input.KeyUsage)
        throw new AwsError(
          'ValidationException',
          'You must specify a KeyUsage value for an asymmetric KMS key.',
        );
      requireKept('Origin', input.Origin, 'AWS_KMS');
      requireKept('CustomKeyStoreId', input.CustomKeyStoreId, '');
      requireKept('XksKeyId', input.XksKeyId, '');
      const id = makeKey(
        call,
        {
          multiRegion: input.MultiRegion ?? false,
          manager: 'CUSTOMER',
          ...(spec === undefined ? {} : { spec }),
        },
        {
          policy: acceptPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false),
          description: input.Description ?? '',
          tags: mergeTags([], input.Tags ?? []),
        },
      );
      return { KeyMetadata: keyMetadata(call, keyById(call, id)) };
    },
  ),
  DescribeKey: operation({ KeyId: keyId }, (call, input) => ({
    KeyMetadata: keyMetadata(call, keyByAnyName(call, input.KeyId)),
  })),
  GetPublicKey: operation({ KeyId: keyId }, (call, input) => {
    const key = keyByAnyName(call, input.KeyId);
    const { spec } = key.family;
    if (spec === undefined)
      throw new AwsError('UnsupportedOperationException', `${key.arn} is not an asymmetric KMS key.`);
    requireState(call, key, 'Enabled');
    return {
      KeyId: key.arn,
      PublicKey: publicKeyOf(key).toString('base64'),
      CustomerMasterKeySpec: spec,
      KeySpec: spec,
      KeyUsage: 'ENCRYPT_DECRYPT',
      EncryptionAlgorithms: rsaAlgorithms,
    };
  }),
  ListKeys: operation(
    { Limit: optional(integer({ min: 1, max: 1000 })), Marker: optional(string({ min: 1 })) },
    (call, input) => {
      const ids = [...call.tx.list('key', call.region)].map((record) => record.id);
      const keys = ids.map((id) => [id, { KeyId: id, KeyArn: keyById(call, id).arn }] as const);
      const scope = ['ListKeys', call.region];
      return markerPage('Keys', sortedByKey(keys), scope, input.Limit ?? 100, input.Marker);
    },
  ),
  UpdateKeyDescription: operation(
    { KeyId: keyId, Description: required(string({ max: 8192 })) },
    (call, input) => {
      const key = keyById(call, input.KeyId);
      requireCustomerManaged(call, key);
      requireState(call, key, 'Enabled', 'Disabled');
      putKey(call, { ...key.record, description: input.Description });
      return {};
    },
  ),
  EnableKey: operation({ KeyId: keyId }, (call, input) => {
    setEnabled(call, input.KeyId, true);
    return {};
  }),
  DisableKey: operation({ KeyId: keyId }, (call, input) => {
    setEnabled(call, input.KeyId, false);
    return {};
  }),
};
