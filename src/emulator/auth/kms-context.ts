import { parseArn } from '../arn.ts';
import type { EncryptionContext } from '../kms/blob.ts';
import type { Key } from '../kms/resolve.ts';
import type { Call } from '../operation.ts';
import { type Members, requestTags, textOf, textsOf } from './needs.ts';
import type { ContextEntry } from './patterns.ts';

/** Condition keys that a key itself answers (KMS developer guide, "AWS KMS condition keys"). */
export function keyContext(call: Call, { record, family }: Key): ContextEntry[] {
  const aliases = [...call.tx.list('alias', record.region)].filter(({ keyId }) => keyId === record.id);
  const isPrimary = family.primaryRegion === record.region;
  return [
    ['kms:CallerAccount', call.account],
    ['kms:KeySpec', family.spec ?? 'SYMMETRIC_DEFAULT'],
    ['kms:KeyUsage', 'ENCRYPT_DECRYPT'],
    ['kms:KeyOrigin', 'AWS_KMS'],
    ['kms:MultiRegion', String(family.multiRegion)],
    ['kms:MultiRegionKeyType', family.multiRegion ? (isPrimary ? 'PRIMARY' : 'REPLICA') : undefined],
    ['kms:ResourceAliases', aliases.map(({ name }) => name)],
    ...record.tags.map(({ key, value }): ContextEntry => [`aws:ResourceTag/${key}`, value]),
  ];
}

/** "kms:RequestAlias … the alias name or alias ARN in the request", as a name in either case. */
export function requestAlias(keyId: string): ContextEntry {
  const name = parseArn(keyId)?.resource ?? keyId;
  return ['kms:RequestAlias', name.startsWith('alias/') ? name : undefined];
}

/** With no context neither key is there: that is what `Null` on kms:EncryptionContextKeys finds out. */
export function encryptionContext(value: unknown): ContextEntry[] {
  const pairs = value instanceof Map ? [...(value as EncryptionContext)] : [];
  return [
    ...pairs.map(([key, text]): ContextEntry => [`kms:EncryptionContext:${key}`, text]),
    ['kms:EncryptionContextKeys', pairs.map(([key]) => key)],
  ];
}

/**
 * Condition keys that single members of a request answer.
 * @param algorithm - the member that names the encryption algorithm
 */
export function memberContext(input: Members, algorithm = 'EncryptionAlgorithm'): ContextEntry[] {
  const given = (name: string): string | undefined =>
    input[name] === undefined ? undefined : String(input[name]);
  return [
    ['kms:BypassPolicyLockoutSafetyCheck', given('BypassPolicyLockoutSafetyCheck')],
    ['kms:EncryptionAlgorithm', given(algorithm) ?? 'SYMMETRIC_DEFAULT'],
    ['kms:PrimaryRegion', given('PrimaryRegion')],
    ['kms:ReplicaRegion', given('ReplicaRegion')],
    ['kms:RotationPeriodInDays', given('RotationPeriodInDays')],
    ['kms:ScheduleKeyDeletionPendingWindowInDays', given('PendingWindowInDays')],
    ...requestTags(tagPairs(input), textsOf(input.TagKeys)),
  ];
}

export function tagPairs(input: Members): (readonly [string, string])[] {
  const tags: readonly Members[] = Array.isArray(input.Tags) ? input.Tags : [];
  return tags.map((tag) => [textOf(tag.TagKey), textOf(tag.TagValue)] as const);
}
