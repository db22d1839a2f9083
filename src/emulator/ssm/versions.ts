import { parameterArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Answer, type Call, seconds } from '../operation.ts';
import type { ParameterRecord, VersionRecord } from '../records.ts';
import type { Reference } from './names.ts';
import { decryptValue } from './secure.ts';

/** Parameter Store keeps so many versions of a parameter. */
export const versionLimit = 100;

const versionId = (name: string, version: number): string => `${name}:${version}`;

/** @throws AwsError ParameterNotFound, with no message, as AWS */
export function requireParameter(call: Call, name: string): ParameterRecord {
  const found = call.tx.get('parameter', call.region, name);
  if (found === undefined) throw new AwsError('ParameterNotFound');
  return found;
}

export function readVersion(call: Call, name: string, version: number): VersionRecord | undefined {
  return call.tx.get('version', call.region, versionId(name, version));
}

export function putVersion(call: Call, name: string, record: VersionRecord): void {
  call.tx.put('version', call.region, versionId(name, record.version), record);
}

export function deleteVersion(call: Call, name: string, version: number): void {
  call.tx.delete('version', call.region, versionId(name, version));
}

/** All versions kept, oldest first. */
export function versionsOf(call: Call, { name, oldest, latest }: ParameterRecord): VersionRecord[] {
  const found: VersionRecord[] = [];
  for (let version = oldest; version <= latest; version++) found.push(existing(call, name, version));
  return found;
}

export function latestVersion(call: Call, { name, latest }: ParameterRecord): VersionRecord {
  return existing(call, name, latest);
}

function existing(call: Call, name: string, version: number): VersionRecord {
  const found = readVersion(call, name, version);
  if (found === undefined) throw new Error(`version ${version} of a parameter is missing`);
  return found;
}

/**
 * A parameter as the call sees it: to a stale read, as it was a while ago; undefined where it was not there yet. Made
 * from the versions that are kept, so it shows nothing that was never there: a parameter whose older versions have all
 * been dropped is seen at the oldest one, and one that was deleted since stays deleted.
 */
export function seen(call: Call, parameter: ParameterRecord): ParameterRecord | undefined {
  if (call.staleMs === undefined) return parameter;
  const { name, oldest } = parameter;
  const asOf = call.now - call.staleMs;
  let { latest } = parameter;
  while (latest >= oldest && existing(call, name, latest).modifiedAt > asOf) latest -= 1;
  if (latest >= oldest) return { ...parameter, latest };
  return oldest === 1 ? undefined : { ...parameter, latest: oldest };
}

export interface Selected {
  readonly name: string;
  readonly record: VersionRecord;
  readonly selector?: string;
}

/** The version that a reference names. @throws AwsError ParameterNotFound, ParameterVersionNotFound */
export function select(call: Call, reference: Reference): Selected {
  const parameter = seen(call, requireParameter(call, reference.name));
  if (parameter === undefined) throw new AwsError('ParameterNotFound');
  const { name, selector } = reference;
  if (selector === undefined) return { name, record: latestVersion(call, parameter) };
  const wanted = selector.slice(1);
  const record = /^\d+$/.test(wanted)
    ? Number(wanted) > parameter.latest
      ? undefined
      : readVersion(call, name, Number(wanted))
    : versionsOf(call, parameter).find(({ labels }) => labels.includes(wanted));
  if (record === undefined)
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${wanted} of ${name}. Verify the version and try again.`,
    );
  return { name, record, selector };
}

/** A parameter as the Get operations show it. */
export function parameterAnswer(
  call: Call,
  { name, record, selector }: Selected,
  decrypted: boolean,
): Answer {
  return {
    Name: name,
    Type: record.type,
    Value: shownValue(call, name, record, decrypted),
    Version: record.version,
    Selector: selector,
    LastModifiedDate: seconds(record.modifiedAt),
    ARN: parameterArn(call.region, call.account, name),
    DataType: record.dataType,
  };
}

/** Without WithDecryption a SecureString shows what KMS made of it. */
export function shownValue(call: Call, name: string, record: VersionRecord, decrypted: boolean): string {
  const opens = decrypted && record.type === 'SecureString';
  return opens ? decryptValue(call, name, record.value) : record.value;
}
