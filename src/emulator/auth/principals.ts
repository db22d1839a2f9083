import { createHash } from 'node:crypto';

/** A caller as policies see it. */
export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role';
  readonly arn: string;
  readonly account: string;
  readonly partition: string;
  /** Of the user or the role; absent for root. */
  readonly name: string;
}

const rootPattern = /^arn:(aws[a-z-]*):iam::(\d{12}):root$/;
const userPattern = /^arn:(aws[a-z-]*):iam::(\d{12}):user\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;
const sessionPattern =
  /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/;
const rolePattern = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;

/** The caller that an ARN names; undefined where it names none. */
export function readPrincipal(arn: string): Principal | undefined {
  for (const [kind, pattern] of [
    ['root', rootPattern],
    ['user', userPattern],
    ['assumed-role', sessionPattern],
  ] as const) {
    const [, partition, account, name = ''] = pattern.exec(arn) ?? [];
    if (partition !== undefined && account !== undefined) return { kind, arn, account, partition, name };
  }
  return undefined;
}

/** "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed it." */
export function principalArn({ kind, arn, account, partition, name }: Principal): string {
  return kind === 'assumed-role' ? `arn:${partition}:iam::${account}:role/${name}` : arn;
}

/** The unique id, made from the ARN: what STS calls UserId and policies `aws:userid`. */
export function uniqueId(principal: Principal): string {
  if (principal.kind === 'root') return principal.account;
  const digest = createHash('sha256')
    .update(principalArn(principal))
    .digest('hex')
    .slice(0, 17)
    .toUpperCase();
  if (principal.kind === 'user') return `AIDA${digest}`;
  return `AROA${digest}:${principal.arn.split('/').at(-1) ?? ''}`;
}

/** Whom a resource policy's statement is about. */
export type PrincipalSpec =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'arn'; readonly arn: string }
  /** By its name alone: no two roles of an account share one, and a session's ARN leaves the path out. */
  | { readonly kind: 'role'; readonly account: string; readonly name: string }
  /** A service, an identity provider or a deleted principal: never a caller here. */
  | { readonly kind: 'nobody' };

/**
 * Reads one value of `Principal.AWS`; undefined where AWS would refuse it. "You cannot use a wildcard to match part
 * of a principal name or ARN", and a group can't be a principal.
 */
export function readPrincipalSpec(text: string): PrincipalSpec | undefined {
  if (text === '*') return { kind: 'everyone' };
  const account = /^\d{12}$/.test(text) ? text : rootPattern.exec(text)?.[2];
  if (account !== undefined) return { kind: 'account', account };
  if (/^A(IDA|ROA)[A-Z0-9]{12,}$/.test(text)) return { kind: 'nobody' };
  if (/[*?]/.test(text)) return undefined;
  const [, , roleAccount, name] = rolePattern.exec(text) ?? [];
  if (roleAccount !== undefined && name !== undefined) return { kind: 'role', account: roleAccount, name };
  if (userPattern.test(text) || sessionPattern.test(text)) return { kind: 'arn', arn: text };
  return undefined;
}

/**
 * How a statement reaches a caller. `account`: only as one of the account's principals. An Allow for the account
 * "gives permission to use IAM policies" and nothing by itself; a Deny for it holds for each of its principals.
 */
export function reach(spec: PrincipalSpec, caller: Principal): 'direct' | 'account' | undefined {
  switch (spec.kind) {
    case 'everyone':
      return 'direct';
    case 'account':
      if (spec.account !== caller.account) return undefined;
      return caller.kind === 'root' ? 'direct' : 'account';
    case 'arn':
      return spec.arn === caller.arn ? 'direct' : undefined;
    case 'role': {
      const same = caller.kind === 'assumed-role' && spec.account === caller.account;
      return same && spec.name === caller.name ? 'direct' : undefined;
    }
    case 'nobody':
      return undefined;
  }
}
