import { holds } from './conditions.ts';
import type { Policy, Selection, Statement } from './document.ts';
import { type Context, matches, matchesResource, readPattern } from './patterns.ts';
import { type Principal, reach } from './principals.ts';

export interface AccessRequest {
  readonly principal: Principal;
  /** e.g. `kms:Decrypt`. */
  readonly action: string;
  /** An ARN, or `*` where the action is about no resource. */
  readonly resource: string;
  readonly context: Context;
}

export interface Policies {
  readonly identity: readonly Policy[];
  /** The policy of the resource, where it has one that must allow as well: a KMS key's. */
  readonly resource?: Policy;
}

/** The decision, with the policy that settled it or that failed to allow. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly explicit: boolean; readonly policy: 'identity' | 'resource' };

const allowed: Verdict = { allowed: true };
const denied = (explicit: boolean, policy: 'identity' | 'resource'): Verdict => ({
  allowed: false,
  explicit,
  policy,
});

/**
 * Decides as AWS does inside one account (IAM user guide, "Policy evaluation logic"): "an explicit deny in any
 * policy overrides any allows". A KMS key is stricter than other resources: "no AWS principal, including the account
 * root user or key creator, has any permissions to a KMS key unless they are explicitly allowed in a key policy";
 * IAM policies count where that policy allows the account.
 */
export function evaluate({ identity, resource }: Policies, request: AccessRequest): Verdict {
  if (identity.some((policy) => applies(policy, 'Deny', request))) return denied(true, 'identity');
  const resourceWays = resource === undefined ? undefined : ways(resource, request);
  if (resourceWays?.denied) return denied(true, 'resource');
  if (resourceWays?.direct) return allowed;
  if (resourceWays !== undefined && !resourceWays.account) return denied(false, 'resource');
  // No policy can be attached to the root user, and it needs none.
  const byIdentity =
    request.principal.kind === 'root' || identity.some((policy) => applies(policy, 'Allow', request));
  return byIdentity ? allowed : denied(false, 'identity');
}

function applies(policy: Policy, effect: Statement['effect'], request: AccessRequest): boolean {
  return policy.statements.some(
    (statement) => statement.effect === effect && covers(policy, statement, request),
  );
}

/** Whether a resource policy denies, allows the caller itself, or leaves it to the account's IAM policies. */
function ways(policy: Policy, request: AccessRequest): Record<'denied' | 'direct' | 'account', boolean> {
  const found = { denied: false, direct: false, account: false };
  for (const statement of policy.statements) {
    const reached = statement.principals
      .map((spec) => reach(spec, request.principal))
      .filter((one) => one !== undefined);
    if (reached.length === 0 || !covers(policy, statement, request)) continue;
    if (statement.effect === 'Deny') found.denied = true;
    else for (const way of reached) found[way] = true;
  }
  return found;
}

function covers(policy: Policy, statement: Statement, { action, resource, context }: AccessRequest): boolean {
  const variables = policy.variables ? context : undefined;
  // "The prefix and the action name are case insensitive."
  const isAction = selects(statement.actions, (text) => {
    const pattern = readPattern(text.toLowerCase());
    return pattern !== undefined && matches(pattern, action.toLowerCase());
  });
  return (
    isAction &&
    selectsResource(statement.resources, resource, variables) &&
    statement.conditions.every((condition) => holds(condition, context, variables))
  );
}

function selects({ not, patterns }: Selection, match: (pattern: string) => boolean): boolean {
  return patterns.some(match) !== not;
}

function selectsResource(selection: Selection, resource: string, variables: Context | undefined): boolean {
  const patterns = selection.patterns.map((text) => readPattern(text, variables));
  const known = patterns.filter((pattern) => pattern !== undefined);
  // A variable without a value makes a Resource that is nothing; with NotResource that must not become everything.
  if (selection.not && known.length < patterns.length) return false;
  return known.some((pattern) => matchesResource(pattern, resource)) !== selection.not;
}
