import { PolicyError, readPolicy } from '../auth/document.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import { boolean, integer, isObject, optional, required, string } from '../validate.ts';
import { keyById, putKey, requireCustomerManaged } from './resolve.ts';

/** The policy of a key made without one: the account may do everything through IAM. */
export function defaultPolicy(account: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, null, 2);
}

const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocumentException', message);

/**
 * A policy as it is kept; absent or empty: the default one. Policies count once identities are set, but what AWS
 * refuses to store is always refused, and so is one that nobody could change again.
 */
export function acceptPolicy(call: Call, policy: string | undefined, bypassLockout: boolean): string {
  if (policy === undefined || policy === '') return defaultPolicy(call.account);
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    throw malformed('The policy is not valid JSON.');
  }
  if (!isObject(document) || document.Statement === undefined)
    throw malformed('The policy has no Statement.');
  // IAM takes a lone statement for a list of one.
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (!statements.every(isStatement)) throw malformed('The policy has a malformed statement.');
  try {
    readPolicy(document, 'resource');
  } catch (error) {
    throw error instanceof PolicyError ? malformed(error.message) : error;
  }
  if (!bypassLockout && !statements.some(allowsPutKeyPolicy))
    throw malformed('The new key policy will not allow you to update the key policy in the future.');
  return policy;
}

function isStatement(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  if (value.Effect !== 'Allow' && value.Effect !== 'Deny') return false;
  const has = (...names: string[]): boolean => names.some((name) => value[name] !== undefined);
  return has('Principal', 'NotPrincipal') && has('Action', 'NotAction') && has('Resource', 'NotResource');
}

function allowsPutKeyPolicy(statement: Readonly<Record<string, unknown>>): boolean {
  if (statement.Effect !== 'Allow') return false;
  if (statement.Action === undefined) return true;
  const actions: unknown[] = Array.isArray(statement.Action) ? statement.Action : [statement.Action];
  return actions.some((action) => typeof action === 'string' && matchesAction(action, 'kms:putkeypolicy'));
}

function matchesAction(pattern: string, action: string): boolean {
  const escaped = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`).test(action);
}

function requireDefaultName(name: string | undefined): void {
  // "The only valid value is default."
  if (name !== undefined && name !== 'default')
    throw new AwsError('NotFoundException', `No such policy exists: ${name}`);
}

export const policyOperations: Operations = {
  GetKeyPolicy: operation(
    { KeyId: required(string({ min: 1, max: 2048 })), PolicyName: optional(string({ min: 1, max: 128 })) },
    (call, input) => {
      requireDefaultName(input.PolicyName);
      return { Policy: keyById(call, input.KeyId).record.policy, PolicyName: 'default' };
    },
  ),
  PutKeyPolicy: operation(
    {
      KeyId: required(string({ min: 1, max: 2048 })),
      PolicyName: optional(string({ min: 1, max: 128 })),
      Policy: required(string({ min: 1, max: 131_072 })),
      BypassPolicyLockoutSafetyCheck: optional(boolean()),
    },
    (call, input) => {
      requireDefaultName(input.PolicyName);
      const key = keyById(call, input.KeyId);
      requireCustomerManaged(call, key);
      if (Buffer.byteLength(input.Policy) > 32_768)
        throw new AwsError('LimitExceededException', 'A key policy holds 32,768 bytes at most.');
      const policy = acceptPolicy(call, input.Policy, input.BypassPolicyLockoutSafetyCheck ?? false);
      putKey(call, { ...key.record, policy });
      return {};
    },
  ),
  ListKeyPolicies: operation(
    {
      KeyId: required(string({ min: 1, max: 2048 })),
      Limit: optional(integer({ min: 1, max: 1000 })),
      Marker: optional(string({ min: 1 })),
    },
    (call, input) => {
      keyById(call, input.KeyId);
      return { PolicyNames: ['default'], Truncated: false };
    },
  ),
};
