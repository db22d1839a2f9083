import { AwsError } from '../errors.ts';
import type { EncryptionContext } from '../kms/blob.ts';
import { keyById } from '../kms/resolve.ts';
import type { Call, Guard } from '../operation.ts';
import type { KeyRecord } from '../records.ts';
import type { ServiceName } from '../types.ts';
import { type Policy, PolicyError, readPolicy } from './document.ts';
import { evaluate, type Verdict } from './evaluate.ts';
import type { Caller } from './identities.ts';
import { encryptionContext } from './kms-context.ts';
import { keyNeed, keyOfBlob, kmsNeeds } from './kms-needs.ts';
import type { Need, NeedsTable } from './needs.ts';
import { type ContextEntry, makeContext } from './patterns.ts';
import { type Principal, principalArn } from './principals.ts';
import { ssmNeeds } from './ssm-needs.ts';

const tables: Readonly<Record<Exclude<ServiceName, 'sts'>, NeedsTable>> = { kms: kmsNeeds, ssm: ssmNeeds };

/** Stands between one request of a caller and what it asks for. */
export function createGuard(caller: Caller, service: ServiceName, operation: string): Guard {
  return {
    userId: caller.userId,
    enter: (call, input) => {
      // "No permissions are required to perform this operation", even with an explicit deny: GetCallerIdentity.
      if (service === 'sts') return;
      const table = tables[service];
      const needs = Object.hasOwn(table, operation) ? table[operation] : undefined;
      if (needs === undefined) throw new Error(`no rule for ${service}:${operation}`);
      for (const need of needs(call, input)) demand(caller, call, need);
    },
    // "Standard parameters … kms:Encrypt; advanced parameters … kms:GenerateDataKey."
    seal: (call, keyArn, tier, context) => {
      const action = tier === 'Advanced' ? 'kms:GenerateDataKey' : 'kms:Encrypt';
      const need = keyNeed(call, action, keyById(call, keyArn), viaStore(call, context));
      throughStore(() => demand(caller, call, need));
    },
    open: (call, blob, context) => {
      const key = keyOfBlob(call, blob);
      if (key === undefined) return;
      const need = { ...keyNeed(call, 'kms:Decrypt', key, viaStore(call, context)), discreet: true };
      throughStore(() => demand(caller, call, need));
    },
  };
}

/** Parameter Store asks KMS with the caller's own identity ("forward access sessions"). */
function viaStore(call: Call, context: EncryptionContext): ContextEntry[] {
  const service = `ssm.${call.region}.amazonaws.com`;
  return [...encryptionContext(context), ['kms:ViaService', service], ['aws:ViaAWSService', 'true']];
}

function throughStore(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const cause = `(Service: AWSKMS; Status Code: ${error.status}; Error Code: ${error.code})`;
    throw new AwsError(error.code, `${error.message} ${cause}`, error.status);
  }
}

/** @throws AwsError AccessDeniedException */
function demand({ principal, userId, policies }: Caller, call: Call, need: Need): void {
  const via = need.context?.some(([key]) => key === 'aws:ViaAWSService') ?? false;
  const context = makeContext([
    ...callerContext(principal, userId),
    ['aws:RequestedRegion', need.region ?? call.region],
    ['aws:CurrentTime', new Date(call.now).toISOString()],
    ['aws:EpochTime', String(Math.floor(call.now / 1000))],
    // The emulator stands for an endpoint that is reached over TLS.
    ['aws:SecureTransport', 'true'],
    ['aws:PrincipalIsAWSService', 'false'],
    ['aws:ViaAWSService', via ? undefined : 'false'],
    ...(need.context ?? []),
  ]);
  const { action, resource, key } = need;
  const keyPolicy = key === undefined ? undefined : policyOf(key.record);
  if (keyPolicy === 'broken')
    throw new AwsError('AccessDeniedException', `the policy of ${resource} can't be evaluated: set it anew`);
  const policiesHere = { identity: policies, ...(keyPolicy === undefined ? {} : { resource: keyPolicy }) };
  const verdict = evaluate(policiesHere, { principal, action, resource, context });
  if (verdict.allowed) return;
  // AWS does not tell which of the three it is.
  const message = need.discreet
    ? 'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'
    : `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason(verdict, action)}`;
  throw new AwsError('AccessDeniedException', message);
}

function callerContext(principal: Principal, userId: string): ContextEntry[] {
  const types = { root: 'Account', user: 'User', 'assumed-role': 'AssumedRole' } as const;
  return [
    ['aws:PrincipalArn', principalArn(principal)],
    ['aws:PrincipalAccount', principal.account],
    ['aws:PrincipalType', types[principal.kind]],
    ['aws:userid', userId],
    ['aws:username', principal.kind === 'user' ? principal.name : undefined],
  ];
}

function reason(verdict: Exclude<Verdict, { readonly allowed: true }>, action: string): string {
  const policy = `${verdict.policy}-based policy`;
  if (!verdict.explicit) return `because no ${policy} allows the ${action} action`;
  return `with an explicit deny in ${verdict.policy === 'identity' ? 'an' : 'a'} ${policy}`;
}

// Records are replaced, never changed, so one is read once.
const read = new WeakMap<KeyRecord, Policy | 'broken'>();

function policyOf(record: KeyRecord): Policy | 'broken' {
  const known = read.get(record);
  if (known !== undefined) return known;
  let policy: Policy | 'broken';
  try {
    policy = readPolicy(JSON.parse(record.policy), 'resource');
  } catch (error) {
    // A state folder may hold what an earlier version accepted.
    if (!(error instanceof PolicyError) && !(error instanceof SyntaxError)) throw error;
    policy = 'broken';
  }
  read.set(record, policy);
  return policy;
}
