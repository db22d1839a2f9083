/** What IAM says that the caller may do, without doing it. */
import {
  type ContextEntry,
  type EvaluationResult,
  GetRoleCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { ask, type CallerIdentity, type Scope } from './scope.ts';
import type { Verdict } from './verdict.ts';

/** Asks IAM whether all of `actions` are allowed on all of `resources` (ARNs), in a region. */
export type Simulate = (
  region: string,
  actions: readonly string[],
  resources: readonly string[],
) => Promise<Verdict>;

/** Whose policies can be simulated. */
export type Principal =
  | { readonly kind: 'root' }
  /** A user, by its ARN. */
  | { readonly kind: 'user'; readonly arn: string }
  /** A session of a role; its ARN leaves out the role's path. */
  | { readonly kind: 'role'; readonly name: string; readonly arn: string }
  | { readonly kind: 'other' };

/** Reads an ARN of GetCallerIdentity. Source: IAM user guide, "IAM identifiers". */
export function principalOf(arn: string): Principal {
  const [, partition, service, , account, resource = ''] = arn.split(':');
  if (service === 'iam' && resource === 'root') return { kind: 'root' };
  if (service === 'iam' && resource.startsWith('user/')) return { kind: 'user', arn };
  const [type, name] = resource.split('/');
  return service === 'sts' && type === 'assumed-role' && name !== undefined
    ? { kind: 'role', name, arn: `arn:${partition}:iam::${account}:role/${name}` }
    : { kind: 'other' };
}

/** Whether a simulation allows everything that was asked. */
export function allAllowed(results: readonly EvaluationResult[]): boolean {
  return (
    results.length > 0 &&
    results.every(
      ({ EvalDecision, ResourceSpecificResults = [], OrganizationsDecisionDetail: organization }) =>
        organization?.AllowedByOrganizations !== false &&
        (ResourceSpecificResults.length > 0
          ? ResourceSpecificResults.every(({ EvalResourceDecision }) => EvalResourceDecision === 'allowed')
          : EvalDecision === 'allowed'),
    )
  );
}

/** Asks IAM about one caller. On anything but an account no call is made. */
export function simulator(scope: Scope, caller: CallerIdentity | undefined): Simulate {
  const principal = caller === undefined ? undefined : principalOf(caller.arn);
  const iam = scope.clients.iam.bind(undefined, scope.plan.home);
  let source: Promise<string> | undefined;
  return async (region, actions, resources) => {
    const action = actions.join(', ');
    const untested = (why: string): Verdict => ({ action, may: undefined, why });
    if (scope.settings.aws.kind === 'embedded') return untested('the embedded AWS has no IAM to ask');
    if (scope.settings.aws.kind === 'endpoint') return untested('IAM is not asked at an endpoint');
    if (principal === undefined || principal.kind === 'other') return untested('not a user or role of IAM');
    if (principal.kind === 'root') return { action, may: true };
    source ??= sourceArn(scope, principal);
    const input = {
      PolicySourceArn: await source,
      ActionNames: [...actions],
      ResourceArns: [...resources],
      ContextEntries: [requestedRegion(region)],
    };
    const answer = await ask(scope, 'iam:SimulatePrincipalPolicy', region, (abortSignal) =>
      iam().send(new SimulatePrincipalPolicyCommand(input), { abortSignal }),
    );
    if (answer.ok) return { action, may: allAllowed(answer.value.EvaluationResults ?? []) };
    return untested(
      answer.error.code === 'denied' ? 'iam:SimulatePrincipalPolicy is not allowed' : answer.error.message,
    );
  };
}

function requestedRegion(region: string): ContextEntry {
  return { ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: [region] };
}

/** A role's full ARN: those of single sign-on have a path, which only GetRole tells. */
async function sourceArn(
  scope: Scope,
  principal: Extract<Principal, { readonly kind: 'user' | 'role' }>,
): Promise<string> {
  if (principal.kind === 'user') return principal.arn;
  const { home } = scope.plan;
  const answer = await ask(scope, 'iam:GetRole', home, (abortSignal) =>
    scope.clients.iam(home).send(new GetRoleCommand({ RoleName: principal.name }), { abortSignal }),
  );
  return (answer.ok ? answer.value.Role?.Arn : undefined) ?? principal.arn;
}
