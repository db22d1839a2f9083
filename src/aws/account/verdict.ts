/** What the caller may do: from single rights to what they add up to. */
import { accountName } from '../../config/index.ts';
import type { AccessLevel } from '../../config/schema.ts';
import type { Finding, Say } from './finding.ts';
import { type Answer, nameOf, type Scope } from './scope.ts';

/** Whether one action is allowed. */
export type Verdict =
  | { readonly action: string; readonly may: boolean }
  /** Nobody knows, and why. */
  | { readonly action: string; readonly may: undefined; readonly why: string };

/** Something that rights are for. */
export interface Purpose {
  /** Such as `read secrets`. */
  readonly what: string;
  /** The policy of the stack that grants it. */
  readonly level: AccessLevel;
  /** What to do where it could not be found out. */
  readonly whenUnknown?: string | undefined;
}

/** What a call that was made, or a dry run of one, says about the right to it. */
export function verdictOf(action: string, answer: Answer<unknown>): Verdict {
  // "DryRunOperationException": it would have been done (KMS developer guide, "Test your permissions").
  if (answer.ok || nameOf(answer.error) === 'DryRunOperationException') return { action, may: true };
  if (answer.error.code === 'denied') return { action, may: false };
  return { action, may: undefined, why: answer.error.message };
}

/** What single rights add up to. A right that is missing is no fault of the vault's. */
export function addUp(scope: Scope, say: Say, purpose: Purpose, verdicts: readonly Verdict[]): Finding {
  const { what, level, whenUnknown } = purpose;
  const denied = verdicts.filter(({ may }) => may === false).map(({ action }) => action);
  if (denied.length > 0) {
    return say(
      'info',
      `you may not ${what}: ${denied.join(', ')} ${denied.length > 1 ? 'are' : 'is'} not allowed`,
      scope.settings.aws.kind === 'account'
        ? `if you are meant to: attach the policy ${accountName(scope.plan.vault, level)}, and check the key policy`
        : undefined,
    );
  }
  const unknown = verdicts.flatMap((one) => (one.may === undefined ? [one.why] : []));
  if (unknown.length === 0) return say('ok', `you may ${what}`);
  return say('untested', `whether you may ${what}: ${[...new Set(unknown)].join('; ')}`, whenUnknown);
}
