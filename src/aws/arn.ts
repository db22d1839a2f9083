/** KMS key ids and ARNs. Source: KMS developer guide, "Key identifiers (KeyId)". */

export { bareKeyId } from '../config/key-id.ts';

/**
 * The same key's identifier in another region. Only a multi-region key (`mrk-`) exists there under the same id; any
 * other ARN is left as it is, for KMS to refuse.
 */
export function keyIdInRegion(keyIdOrArn: string, region: string): string {
  const parts = keyIdOrArn.split(':');
  if (parts[0] !== 'arn' || parts.length !== 6 || !parts[5]?.startsWith('key/mrk-')) return keyIdOrArn;
  return [...parts.slice(0, 3), region, ...parts.slice(4)].join(':');
}

/** Whether an identifier names a key itself, as opposed to an alias that may be moved. */
export function namesKey(keyIdOrArn: string): boolean {
  return !/(^|:)alias\//.test(keyIdOrArn);
}
