import { kmsArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import { boolean, optional, required, string } from '../validate.ts';
import { keyMetadata } from './metadata.ts';
import { acceptPolicy } from './policies.ts';
import { type Key, keyById, putFamily, putKey, requirePrimary, requireState } from './resolve.ts';
import { kmsTags, mergeTags, tagList } from './tags.ts';

/** How long a replica is `Creating`; AWS takes seconds to a minute. */
const creatingMs = 300;

const keyId = required(string({ min: 1, max: 2048 }));
const regionName = required(string({ min: 1, max: 32, pattern: /^([a-z]+-){2,3}\d+$/ }));

function multiRegionPrimary(call: Call, id: string): Key {
  const key = keyById(call, id);
  if (!key.family.multiRegion)
    throw new AwsError('UnsupportedOperationException', `${key.arn} is not a multi-Region key.`);
  requirePrimary(key);
  return key;
}

export const replicaOperations: Operations = {
  ReplicateKey: operation(
    {
      KeyId: keyId,
      ReplicaRegion: regionName,
      Policy: optional(string({ max: 131_072 })),
      BypassPolicyLockoutSafetyCheck: optional(boolean()),
      Description: optional(string({ max: 8192 })),
      Tags: optional(tagList),
    },
    (call, input) => {
      const { family, arn, ...key } = multiRegionPrimary(call, input.KeyId);
      requireState(call, { family, arn, ...key }, 'Enabled', 'Disabled');
      const region = input.ReplicaRegion;
      if (!call.regions.includes(region))
        throw new AwsError('ValidationException', `${region} is not among ${call.regions.join(', ')}`);
      const replicaArn = kmsArn(region, call.account, `key/${family.id}`);
      if (call.tx.get('key', region, family.id) !== undefined)
        throw new AwsError('AlreadyExistsException', `Key '${replicaArn}' already exists.`);
      const record = {
        id: family.id,
        region,
        // "If you do not provide a key policy, KMS attaches the default key policy", not the primary's.
        policy: acceptPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false),
        description: input.Description ?? '',
        tags: mergeTags([], input.Tags ?? []),
        enabled: true,
        createdAt: call.now,
        readyAt: call.now + creatingMs,
      };
      const grown = { ...family, regions: [...family.regions, region].sort() };
      putKey(call, record);
      putFamily(call, grown);
      const replica = { record, family: grown, arn: replicaArn };
      return {
        ReplicaKeyMetadata: keyMetadata(call, replica),
        ReplicaPolicy: record.policy,
        ReplicaTags: kmsTags(record.tags),
      };
    },
  ),
  UpdatePrimaryRegion: operation({ KeyId: keyId, PrimaryRegion: regionName }, (call, input) => {
    const primary = multiRegionPrimary(call, input.KeyId);
    requireState(call, primary, 'Enabled', 'Disabled');
    const { family } = primary;
    const region = input.PrimaryRegion;
    const record = call.tx.get('key', region, family.id);
    const arn = kmsArn(region, call.account, `key/${family.id}`);
    if (record === undefined) throw new AwsError('NotFoundException', `Key '${arn}' does not exist`);
    if (region === call.region)
      throw new AwsError('ValidationException', `${arn} is the primary key already`);
    requireState(call, { record, family, arn }, 'Enabled', 'Disabled');
    putFamily(call, { ...family, primaryRegion: region });
    return {};
  }),
};
