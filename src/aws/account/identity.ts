/** Who asks, and which account that is. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { isWaxsealError, type WaxsealError } from '../../errors.ts';
import { judgeClock, watchClock } from './clock.ts';
import { type Finding, findingsOf } from './finding.ts';
import { type Answer, ask, type CallerIdentity, type Scope } from './scope.ts';

/** How long the way to credentials may be, in ms: a program, a sign-in, another role. */
const CREDENTIALS_TIMEOUT = 15_000;

/** What asking came to. */
export interface Introduction {
  readonly caller: CallerIdentity | undefined;
  readonly findings: readonly Finding[];
  /** There is nothing to sign with, or AWS does not take it: nothing else can be asked. */
  readonly hopeless: boolean;
}

/** Asks AWS who the credentials belong to, in all regions at once; the first answer will do. */
export async function introduce(scope: Scope): Promise<Introduction> {
  const patient = { ...scope, timeout: CREDENTIALS_TIMEOUT };
  const [home = ''] = scope.plan.regions;
  const found = await ask(patient, 'sts:GetCallerIdentity', home, () =>
    scope.clients.of(home).kms.config.credentials(),
  );
  if (!found.ok) return unknown(found.error, undefined);
  let aheadMs: number | undefined;
  const answer = await firstAnswer(scope, (ahead) => {
    aheadMs = ahead;
  });
  if (!answer.ok) return unknown(answer.error, aheadMs);
  const caller = answer.value;
  const credentials = findingsOf('credentials')('ok', `${caller.arn}, account ${caller.account}`);
  return {
    caller,
    findings: [credentials, ...judgeAccount(scope, caller), judgeClock(aheadMs)],
    hopeless: false,
  };
}

function unknown(error: WaxsealError, aheadMs: number | undefined): Introduction {
  const hopeless = isWaxsealError(error, 'credentials');
  const clock = aheadMs === undefined ? [] : [judgeClock(aheadMs)];
  return {
    caller: undefined,
    findings: [findingsOf('credentials')('fail', error.message, error.hint), ...clock],
    hopeless,
  };
}

async function firstAnswer(
  scope: Scope,
  tellClock: (aheadMs: number) => void,
): Promise<Answer<CallerIdentity>> {
  const late = new AbortController();
  const attempts = scope.plan.regions.map(async (region) => {
    const answer = await askRegion(scope, region, late.signal, tellClock);
    if (!answer.ok) throw answer.error;
    return answer;
  });
  try {
    return await Promise.any(attempts);
  } catch (error) {
    const { errors } = error as { errors: readonly WaxsealError[] };
    const cancelled = errors.find((one) => isWaxsealError(one, 'cancelled'));
    if (cancelled !== undefined) throw cancelled;
    // A region that is not enabled refuses good credentials too: only when all refuse are they to blame.
    const telling = errors.find((one) => !isWaxsealError(one, 'credentials')) ?? errors[0];
    if (telling === undefined) throw error;
    return { ok: false, error: telling };
  } finally {
    late.abort();
    await Promise.allSettled(attempts);
  }
}

async function askRegion(
  scope: Scope,
  region: string,
  late: AbortSignal,
  tellClock: (aheadMs: number) => void,
): Promise<Answer<CallerIdentity>> {
  const sts = scope.clients.sts(region);
  watchClock(sts, tellClock);
  const answer = await ask(
    scope,
    'sts:GetCallerIdentity',
    region,
    (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
    late,
  );
  return answer.ok
    ? { ok: true, value: { arn: answer.value.Arn ?? '', account: answer.value.Account ?? '' } }
    : answer;
}

function judgeAccount({ settings }: Scope, { account }: CallerIdentity): readonly Finding[] {
  const say = findingsOf('account');
  const expected = settings.file?.config.account;
  // A server that stands in for AWS has an account of its own.
  if (expected === undefined || settings.aws.kind !== 'account') return [];
  if (expected === account) return [say('ok', `the account is the one that ${settings.file?.file} names`)];
  return [
    say(
      'fail',
      `credentials are of account ${account}, waxseal.json says ${expected}`,
      `sign in to account ${expected} (AWS_PROFILE, AWS_* variables), or correct "account" in waxseal.json`,
    ),
  ];
}
