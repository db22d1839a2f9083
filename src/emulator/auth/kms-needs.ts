import { kmsArn } from '../arn.ts';
import { parseBlob } from '../kms/blob.ts';
import { type Key, keyByAnyName, keyById } from '../kms/resolve.ts';
import type { Call } from '../operation.ts';
import { encryptionContext, keyContext, memberContext, requestAlias, tagPairs } from './kms-context.ts';
import { type Members, type Need, type Needs, type NeedsTable, textOf } from './needs.ts';
import type { ContextEntry } from './patterns.ts';

/** The right to an action on a key: "the resource is the key's ARN", also where an alias was named. */
export function keyNeed(call: Call, action: string, key: Key, more: readonly ContextEntry[] = []): Need {
  return { action, resource: key.arn, key, context: [...keyContext(call, key), ...more] };
}

/** The key under which a blob was made, if it is one that this region has. */
export function keyOfBlob(call: Call, bytes: unknown): Key | undefined {
  const blob = Buffer.isBuffer(bytes) ? parseBlob(bytes) : undefined;
  if (blob === undefined || call.tx.get('key', call.region, blob.keyId) === undefined) return undefined;
  return keyById(call, blob.keyId);
}

const onKey =
  (name: string): Needs =>
  (call, input) => [keyNeed(call, `kms:${name}`, keyById(call, textOf(input.KeyId)), memberContext(input))];

/** "Cross-account use: no … IAM policy": nothing but the caller's own policies can allow these. */
const onAll =
  (name: string): Needs =>
  (_, input) => [{ action: `kms:${name}`, resource: '*', context: memberContext(input) }];

const onAnyName =
  (name: string): Needs =>
  (call, input) => {
    const keyId = textOf(input.KeyId);
    const context = [
      ...memberContext(input),
      requestAlias(keyId),
      ...encryptionContext(input.EncryptionContext),
    ];
    return [keyNeed(call, `kms:${name}`, keyByAnyName(call, keyId), context)];
  };

/** Decrypting is asked of the key that was named, else of the one that the blob names. */
function opens(call: Call, action: string, keyId: unknown, blob: unknown, context: ContextEntry[]): Need[] {
  const named = typeof keyId === 'string';
  const key = named ? keyByAnyName(call, keyId) : keyOfBlob(call, blob);
  // Without a key there is nothing to ask for: the operation can only end in an error.
  if (key === undefined) return [];
  const alias = named ? [requestAlias(keyId)] : [];
  return [{ ...keyNeed(call, action, key, [...context, ...alias]), discreet: !named }];
}

function reEncrypts(call: Call, input: Members): readonly Need[] {
  const { SourceKeyId, DestinationKeyId, CiphertextBlob } = input;
  const destination = keyByAnyName(call, textOf(DestinationKeyId));
  const source =
    typeof SourceKeyId === 'string' ? keyByAnyName(call, SourceKeyId) : keyOfBlob(call, CiphertextBlob);
  const same: ContextEntry = ['kms:ReEncryptOnSameKey', String(source?.record.id === destination.record.id)];
  const from = [
    ...memberContext(input, 'SourceEncryptionAlgorithm'),
    ...encryptionContext(input.SourceEncryptionContext),
    same,
  ];
  const to = [
    ...memberContext(input, 'DestinationEncryptionAlgorithm'),
    ...encryptionContext(input.DestinationEncryptionContext),
    same,
  ];
  const alias = requestAlias(textOf(DestinationKeyId));
  return [
    ...opens(call, 'kms:ReEncryptFrom', SourceKeyId, CiphertextBlob, from),
    keyNeed(call, 'kms:ReEncryptTo', destination, [...to, alias]),
  ];
}

/** An alias right takes both: "kms:CreateAlias on the alias (IAM policy), on the KMS key (key policy)". */
const onAlias =
  (name: string): Needs =>
  (call, input) => {
    const alias = textOf(input.AliasName);
    const action = `kms:${name}`;
    const target = typeof input.TargetKeyId === 'string' ? [keyById(call, input.TargetKeyId)] : [];
    const current = call.tx.get('alias', call.region, alias);
    // "To change the alias: on the alias, on the current KMS key and on the new KMS key."
    const old = current === undefined || name === 'CreateAlias' ? [] : [keyById(call, current.keyId)];
    return [
      { action, resource: kmsArn(call.region, call.account, alias) },
      ...[...old, ...target].map((key) => keyNeed(call, action, key)),
    ];
  };

/** Tags for a key that is still to come take the right to tag any. */
function tagNeed(call: Call, input: Members, region: string): Need[] {
  if (tagPairs(input).length === 0) return [];
  const resource = kmsArn(region, call.account, 'key/*');
  return [{ action: 'kms:TagResource', resource, region, context: memberContext(input) }];
}

function creates(call: Call, input: Members): readonly Need[] {
  const context: ContextEntry[] = [
    ...memberContext(input),
    ['kms:CallerAccount', call.account],
    ['kms:KeySpec', textOf(input.KeySpec) || textOf(input.CustomerMasterKeySpec) || 'SYMMETRIC_DEFAULT'],
    ['kms:KeyUsage', 'ENCRYPT_DECRYPT'],
    ['kms:KeyOrigin', 'AWS_KMS'],
    ['kms:MultiRegion', String(input.MultiRegion ?? false)],
  ];
  return [{ action: 'kms:CreateKey', resource: '*', context }, ...tagNeed(call, input, call.region)];
}

function replicates(call: Call, input: Members): readonly Need[] {
  const region = textOf(input.ReplicaRegion);
  const context: ContextEntry[] = [...memberContext(input), ['kms:MultiRegion', 'true']];
  return [
    ...onKey('ReplicateKey')(call, input),
    // "kms:CreateKey in an IAM policy in the replica Region."
    { action: 'kms:CreateKey', resource: '*', region, context },
    ...tagNeed(call, input, region),
  ];
}

/** "kms:UpdatePrimaryRegion on the current primary key … and on the current replica key", each by its own policy. */
function movesPrimary(call: Call, input: Members): readonly Need[] {
  const region = textOf(input.PrimaryRegion);
  const needs = onKey('UpdatePrimaryRegion')(call, input);
  const id = needs[0]?.key?.record.id ?? '';
  if (call.tx.get('key', region, id) === undefined) return needs;
  const replica = keyById({ ...call, region }, id);
  const need = keyNeed(call, 'kms:UpdatePrimaryRegion', replica, memberContext(input));
  return [...needs, { ...need, region }];
}

const each = (names: readonly string[], needs: (name: string) => Needs): NeedsTable =>
  Object.fromEntries(names.map((name) => [name, needs(name)]));

/** The rights behind each operation (KMS developer guide, "AWS KMS permissions"). */
export const kmsNeeds: NeedsTable = {
  ...each(['GetKeyPolicy', 'PutKeyPolicy', 'ListKeyPolicies'], onKey),
  ...each(['UpdateKeyDescription', 'EnableKey', 'DisableKey'], onKey),
  ...each(['ScheduleKeyDeletion', 'CancelKeyDeletion'], onKey),
  ...each(['EnableKeyRotation', 'DisableKeyRotation', 'GetKeyRotationStatus'], onKey),
  ...each(['RotateKeyOnDemand', 'ListKeyRotations'], onKey),
  ...each(['TagResource', 'UntagResource', 'ListResourceTags'], onKey),
  ...each(['ListKeys', 'ListAliases', 'GenerateRandom'], onAll),
  ...each(
    ['DescribeKey', 'GetPublicKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
    onAnyName,
  ),
  ...each(['CreateAlias', 'UpdateAlias', 'DeleteAlias'], onAlias),
  Decrypt: (call, input) => {
    const context = [...memberContext(input), ...encryptionContext(input.EncryptionContext)];
    return opens(call, 'kms:Decrypt', input.KeyId, input.CiphertextBlob, context);
  },
  ReEncrypt: reEncrypts,
  CreateKey: creates,
  ReplicateKey: replicates,
  UpdatePrimaryRegion: movesPrimary,
};
