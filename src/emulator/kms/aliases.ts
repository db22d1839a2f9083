import { kmsArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Answer, type Call, type Operations, operation, seconds } from '../operation.ts';
import { sortedByKey } from '../paging.ts';
import type { AliasRecord } from '../records.ts';
import { integer, optional, required, string } from '../validate.ts';
import { type Key, keyById, requireCustomerManaged, requireState } from './resolve.ts';
import { markerPage } from './tags.ts';

const aliasName = required(string({ min: 1, max: 256 }));
const targetKeyId = required(string({ min: 1, max: 2048 }));

function requireOwnName(name: string): void {
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name))
    throw new AwsError('InvalidAliasNameException', `Invalid alias name ${name}`);
  // "The alias name cannot begin with alias/aws/. That prefix is reserved for AWS managed keys."
  if (name.startsWith('alias/aws/')) throw new AwsError('NotAuthorizedException', '');
}

function target(call: Call, id: string): Key {
  const key = keyById(call, id);
  requireCustomerManaged(call, key);
  requireState(call, key, 'Enabled', 'Disabled');
  return key;
}

function existing(call: Call, name: string): AliasRecord {
  const alias = call.tx.get('alias', call.region, name);
  if (alias !== undefined) return alias;
  throw new AwsError('NotFoundException', `Alias ${kmsArn(call.region, call.account, name)} is not found.`);
}

function listing(call: Call, alias: AliasRecord): Answer {
  return {
    AliasName: alias.name,
    AliasArn: kmsArn(call.region, call.account, alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: seconds(alias.createdAt),
    LastUpdatedDate: seconds(alias.updatedAt),
  };
}

export const aliasOperations: Operations = {
  CreateAlias: operation({ AliasName: aliasName, TargetKeyId: targetKeyId }, (call, input) => {
    const name = input.AliasName;
    requireOwnName(name);
    const key = target(call, input.TargetKeyId);
    if (call.tx.get('alias', call.region, name) !== undefined) {
      const arn = kmsArn(call.region, call.account, name);
      throw new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
    }
    const alias = { name, keyId: key.record.id, createdAt: call.now, updatedAt: call.now };
    call.tx.put('alias', call.region, name, alias);
    return {};
  }),
  UpdateAlias: operation({ AliasName: aliasName, TargetKeyId: targetKeyId }, (call, input) => {
    requireOwnName(input.AliasName);
    const alias = existing(call, input.AliasName);
    const keyId = target(call, input.TargetKeyId).record.id;
    call.tx.put('alias', call.region, alias.name, { ...alias, keyId, updatedAt: call.now });
    return {};
  }),
  DeleteAlias: operation({ AliasName: aliasName }, (call, input) => {
    requireOwnName(input.AliasName);
    call.tx.delete('alias', call.region, existing(call, input.AliasName).name);
    return {};
  }),
  ListAliases: operation(
    {
      KeyId: optional(string({ min: 1, max: 2048 })),
      Limit: optional(integer({ min: 1, max: 100 })),
      Marker: optional(string({ min: 1 })),
    },
    (call, input) => {
      const id = input.KeyId === undefined ? undefined : keyById(call, input.KeyId).record.id;
      const found = [...call.tx.list('alias', call.region)].filter((a) => id === undefined || a.keyId === id);
      const aliases = sortedByKey(found.map((alias) => [alias.name, listing(call, alias)] as const));
      const scope = ['ListAliases', call.region, id ?? ''];
      return markerPage('Aliases', aliases, scope, input.Limit ?? 50, input.Marker);
    },
  ),
};
