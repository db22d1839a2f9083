import { parameterArn, partitionOf } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { decrypt, encryptUnder } from '../kms/cipher.ts';
import { makeKey } from '../kms/keys.ts';
import { keyByAnyName } from '../kms/resolve.ts';
import type { Call } from '../operation.ts';
import type { ParameterTier } from '../records.ts';

export const defaultKey = 'alias/aws/ssm';

/**
 * Encrypts a SecureString with KMS, bound to the parameter's ARN as AWS binds it. Base64.
 * @throws AwsError InvalidKeyId, AccessDeniedException
 */
export function encryptValue(
  call: Call,
  name: string,
  value: string,
  keyId: string,
  tier: ParameterTier,
): string {
  if (keyId === defaultKey) ensureDefaultKey(call);
  const context = contextOf(call, name);
  const key = asParameterError(() => keyByAnyName(call, keyId));
  call.guard?.seal(call, key.arn, tier, context);
  return asParameterError(() => encryptUnder(call, key, Buffer.from(value), context)).toString('base64');
}

/** @throws AwsError InvalidKeyId, also where the key is disabled or pending deletion. */
export function decryptValue(call: Call, name: string, value: string): string {
  const blob = Buffer.from(value, 'base64');
  const context = contextOf(call, name);
  call.guard?.open(call, blob, context);
  return asParameterError(() => decrypt(call, blob, context, undefined)).plaintext.toString('utf8');
}

function contextOf(call: Call, name: string): ReadonlyMap<string, string> {
  return new Map([['PARAMETER_ARN', parameterArn(call.region, call.account, name)]]);
}

/** The policy that AWS gives aws/ssm: whoever may use Parameter Store may use the key, but only through it. */
function storePolicy(call: Call): string {
  const through = { 'kms:ViaService': `ssm.${call.region}.amazonaws.com`, 'kms:CallerAccount': call.account };
  const use = {
    Sid: 'Allow access through SSM for all principals in the account that are authorized to use SSM',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    Resource: '*',
    Condition: { StringEquals: through },
  };
  const look = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partitionOf(call.region)}:iam::${call.account}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'auto-ssm-1', Statement: [use, look] });
}

// "The first time you create a SecureString parameter, Systems Manager creates the AWS managed key aws/ssm."
function ensureDefaultKey(call: Call): void {
  if (call.tx.get('alias', call.region, defaultKey) !== undefined) return;
  const description = 'Default key that protects my SSM parameters when no other key is defined';
  const own = { policy: storePolicy(call), description, tags: [] };
  const keyId = makeKey(call, { multiRegion: false, manager: 'AWS' }, own);
  const alias = { name: defaultKey, keyId, createdAt: call.now, updatedAt: call.now };
  call.tx.put('alias', call.region, defaultKey, alias);
}

function asParameterError<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const cause = `(Service: AWSKMS; Status Code: ${error.status}; Error Code: ${error.code})`;
    throw new AwsError('InvalidKeyId', `${error.message} ${cause}`.trim());
  }
}
