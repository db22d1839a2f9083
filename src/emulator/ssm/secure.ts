import { parameterArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { decrypt, encryptUnder } from '../kms/cipher.ts';
import { makeKey } from '../kms/keys.ts';
import { defaultPolicy } from '../kms/policies.ts';
import { keyByAnyName } from '../kms/resolve.ts';
import type { Call } from '../operation.ts';

export const defaultKey = 'alias/aws/ssm';

/**
 * Encrypts a SecureString with KMS, bound to the parameter's ARN as AWS binds it. Base64.
 * @throws AwsError InvalidKeyId
 */
export function encryptValue(call: Call, name: string, value: string, keyId: string): string {
  if (keyId === defaultKey) ensureDefaultKey(call);
  return asParameterError(() =>
    encryptUnder(call, keyByAnyName(call, keyId), Buffer.from(value), contextOf(call, name)),
  ).toString('base64');
}

/** @throws AwsError InvalidKeyId, also where the key is disabled or pending deletion. */
export function decryptValue(call: Call, name: string, value: string): string {
  return asParameterError(() =>
    decrypt(call, Buffer.from(value, 'base64'), contextOf(call, name), undefined),
  ).plaintext.toString('utf8');
}

function contextOf(call: Call, name: string): ReadonlyMap<string, string> {
  return new Map([['PARAMETER_ARN', parameterArn(call.region, call.account, name)]]);
}

// "The first time you create a SecureString parameter, Systems Manager creates the AWS managed key aws/ssm."
function ensureDefaultKey(call: Call): void {
  if (call.tx.get('alias', call.region, defaultKey) !== undefined) return;
  const description = 'Default key that protects my SSM parameters when no other key is defined';
  const own = { policy: defaultPolicy(call.account), description, tags: [] };
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
