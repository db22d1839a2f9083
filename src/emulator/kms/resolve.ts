import { kmsArn, parseArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Family, KeyRecord } from '../records.ts';

export const familyRegion = '*';

export type KeyState = 'Creating' | 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingReplicaDeletion';

/** A key in the region of the call, with what it shares with its relatives. */
export interface Key {
  readonly record: KeyRecord;
  readonly family: Family;
  readonly arn: string;
}

export function keyState(record: KeyRecord, now: number): KeyState {
  if (record.deletion !== undefined)
    return record.deletion.at === undefined ? 'PendingReplicaDeletion' : 'PendingDeletion';
  if (record.readyAt > now) return 'Creating';
  return record.enabled ? 'Enabled' : 'Disabled';
}

const notFound = (message: string): AwsError => new AwsError('NotFoundException', message);
const idPattern = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The key that an id or an ARN of this region names. */
export function keyById(call: Call, keyId: string): Key {
  const id = keyId.startsWith('arn:') ? resourceOf(call, keyId, 'key/') : keyId;
  const arn = kmsArn(call.region, call.account, `key/${id}`);
  const record = call.tx.get('key', call.region, id);
  if (record === undefined) {
    if (!idPattern.test(id)) throw notFound(`Invalid keyId '${id}'`);
    throw notFound(`Key '${arn}' does not exist`);
  }
  const family = call.tx.get('family', familyRegion, id);
  if (family === undefined) throw new Error(`key ${id} has no family`);
  return { record, family, arn };
}

/** The key that an id, an ARN, an alias name or an alias ARN names. */
export function keyByAnyName(call: Call, keyId: string): Key {
  const resource = keyId.startsWith('arn:') ? parseArn(keyId)?.resource : keyId;
  if (!resource?.startsWith('alias/')) return keyById(call, keyId);
  const name = keyId.startsWith('arn:') ? `alias/${resourceOf(call, keyId, 'alias/')}` : keyId;
  const alias = call.tx.get('alias', call.region, name);
  if (alias === undefined) throw notFound(`Alias ${kmsArn(call.region, call.account, name)} is not found.`);
  return keyById(call, alias.keyId);
}

function resourceOf(call: Call, text: string, kind: string): string {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'kms' || !arn.resource.startsWith(kind))
    throw notFound(`Invalid arn ${text}`);
  // A related key of another region has to be named by its own region's ARN or by its bare id.
  if (arn.region !== call.region) throw notFound(`Invalid arn ${arn.region}`);
  if (arn.account !== call.account)
    throw new AwsError(
      'AccessDeniedException',
      `User: ${call.caller} is not authorized to use resource: ${text}`,
    );
  return arn.resource.slice(kind.length);
}

const stateText: Readonly<Record<KeyState, string>> = {
  Creating: 'is creating',
  Enabled: 'is enabled',
  Disabled: 'is disabled',
  PendingDeletion: 'is pending deletion',
  PendingReplicaDeletion: 'is pending replica deletion',
};

/**
 * Refuses a key in any other state (KMS developer guide, "Key states of KMS keys").
 * @throws AwsError DisabledException, KMSInvalidStateException
 */
export function requireState(call: Call, key: Key, ...allowed: readonly KeyState[]): void {
  const state = keyState(key.record, call.now);
  if (allowed.includes(state)) return;
  const code = state === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException';
  throw new AwsError(code, `${key.arn} ${stateText[state]}.`);
}

/** AWS managed keys are changed and used by their service alone. */
export function requireCustomerManaged(call: Call, key: Key): void {
  if (key.family.manager === 'CUSTOMER') return;
  const message = `User: ${call.caller} is not authorized to do this on the AWS managed key ${key.arn}`;
  throw new AwsError('AccessDeniedException', message);
}

/** Rotation and replication of a multi-region key belong to its primary. */
export function requirePrimary(key: Key): void {
  if (key.family.primaryRegion === key.record.region) return;
  const primary = key.family.primaryRegion;
  throw new AwsError(
    'UnsupportedOperationException',
    `${key.arn} is a multi-Region replica key; this operation is for its primary key in ${primary}.`,
  );
}

export function putKey(call: Call, record: KeyRecord): void {
  call.tx.put('key', record.region, record.id, record);
}

export function putFamily(call: Call, family: Family): void {
  call.tx.put('family', familyRegion, family.id, family);
}
