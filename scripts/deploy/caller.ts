/** Who deploys, and whether that is who should. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromAws } from '../../src/aws/errors.ts';
import type { Config } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { clientConfig, type Reach } from './existing.ts';

/**
 * The ARN of the caller, once it is one that may deploy what the file says.
 * @throws WaxsealError `credentials` when there are none, or they are of another account; `denied` when the key policy
 *   would lock the caller out
 */
export async function checkCaller(config: Config, reach: Reach, changes = true): Promise<string> {
  const region = Object.values(config.vaults)[0]?.home ?? 'us-east-1';
  const { account, arn } = await whoCalls(region, reach);
  if (config.account !== undefined && config.account !== account) {
    throw new WaxsealError(
      'credentials',
      `the credentials are of account ${account}, waxseal.json says ${config.account}`,
      { hint: 'choose the profile of that account (AWS_PROFILE), or change "account"' },
    );
  }
  // A look changes no policy, and whoever may delete keys need not be among those who administer them.
  if (reach.endpoint === undefined && changes && !isBreakGlass(arn, config)) {
    checkAdministrator(arn, config.administrators);
  }
  return arn;
}

async function whoCalls(region: string, reach: Reach): Promise<{ account: string; arn: string }> {
  const sts = new STSClient(clientConfig(region, reach));
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn };
  } catch (error) {
    throw fromAws(error, { action: 'sts:GetCallerIdentity', region });
  } finally {
    sts.destroy();
  }
}

/** KMS refuses a policy that its author could not change again, two minutes into the deploy: better said here. */
export function checkAdministrator(arn: string, administrators: readonly string[]): void {
  if (administrators.length === 0) return;
  const principal = principalArn(arn);
  const isMeant = (pattern: string): boolean =>
    new RegExp(`^${withoutPath(pattern).split('*').map(literally).join('.*')}$`).test(principal);
  if (administrators.some(isMeant)) return;
  throw new WaxsealError('denied', `${principal} is not among the "administrators" of waxseal.json`, {
    hint: 'deploy as one of them, or add it: a key policy that its author cannot change is refused by KMS',
  });
}

/** @throws WaxsealError `denied` for whom the key policy does not let delete a key, before anything else is deleted */
export function checkBreakGlass(arn: string, config: Pick<Config, 'breakGlass'>): void {
  if (isBreakGlass(arn, config)) return;
  throw new WaxsealError(
    'denied',
    `${principalArn(arn)} may not delete keys: their policy lets ${config.breakGlass.role} alone`,
    {
      hint: 'nothing was changed; run it as that role, with the rights of whoever deploys beside its own (docs/OPERATIONS.md, "Break glass")',
    },
  );
}

function isBreakGlass(arn: string, { breakGlass: { role } }: Pick<Config, 'breakGlass'>): boolean {
  const principal = principalArn(arn);
  return role.startsWith('arn:') ? withoutPath(role) === principal : principal.endsWith(`:role/${role}`);
}

/** What `aws:PrincipalArn` is for a caller, without a path: of a role session it is the role. */
function principalArn(arn: string): string {
  return withoutPath(arn.replace(/^(arn:[^:]*):sts::(\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam::$2:role/$3'));
}

/** A session's ARN does not tell the path of its role, so it cannot be compared. */
function withoutPath(arn: string): string {
  return arn.replace(/:(role|user)\/.*\//, ':$1/');
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
