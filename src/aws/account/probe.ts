/** Whether parameters can be written, found out by writing one and taking it away again. */
import { randomBytes } from 'node:crypto';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { sdkParameterStore } from '../sdk/parameter-store.ts';
import { type Finding, findingsOf } from './finding.ts';
import { awsCommand } from './remedies.ts';
import { ask, nameOf, type Scope, stopWhenCancelled } from './scope.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What a probe showed. */
export interface Probe {
  readonly verdict: Verdict;
  /** What it could not take away. */
  readonly left: readonly Finding[];
}

/**
 * Writes a parameter of its own and deletes it. Once begun it is not stopped: a call that is given up may still be
 * done, and then nobody would clean up.
 * @throws WaxsealError `cancelled`, which names what is left, if anything is
 */
export async function probeWrite(scope: Scope, region: string): Promise<Probe> {
  stopWhenCancelled(scope.signal);
  const unhurried = { timeout: scope.timeout, signal: new AbortController().signal };
  const name = parameterName(scope.plan.vault, `${RESERVED_FOLDER}/probe-${randomBytes(8).toString('hex')}`);
  const { ssm } = scope.clients.of(region);
  const parameters = sdkParameterStore(region, ssm);
  const put = await ask(unhurried, 'ssm:PutParameter', region, (signal) =>
    parameters.write(name, 'written by waxseal doctor', { create: true, tier: 'standard', signal }),
  );
  const verdict = verdictOf('ssm:PutParameter', put);
  if (!put.ok && isWaxsealError(put.error, 'denied', 'rejected', 'throttled', 'credentials')) {
    stopWhenCancelled(scope.signal);
    return { verdict, left: [] };
  }
  const removed = await ask(unhurried, 'ssm:DeleteParameter', region, (abortSignal) =>
    ssm.reader.send(new DeleteParameterCommand({ Name: name }), { abortSignal }),
  );
  const gone = removed.ok || nameOf(removed.error) === 'ParameterNotFound';
  const message = `${name} ${put.ok ? 'was written' : 'may have been written'} in ${region} and could not be deleted`;
  const fix = awsCommand(scope, `ssm delete-parameter --name ${name}`, region);
  if (!gone && scope.signal.aborted) {
    throw new WaxsealError('cancelled', `stopped; ${message}`, { hint: fix, region });
  }
  stopWhenCancelled(scope.signal);
  if (gone) return { verdict, left: await mayDropParts(scope, region) };
  return {
    verdict,
    left: [findingsOf('write', region)('warn', `${message}: ${removed.error.message}`, fix)],
  };
}

/** Whether parts of large secrets may be removed: by a name that nothing has, for rights are looked at first. */
async function mayDropParts(scope: Scope, region: string): Promise<readonly Finding[]> {
  const folder = parameterName(scope.plan.vault, `${RESERVED_FOLDER}/large`);
  const { ssm } = scope.clients.of(region);
  const removed = await ask(scope, 'ssm:DeleteParameter', region, (abortSignal) =>
    ssm.reader.send(
      new DeleteParameterCommand({ Name: `${folder}/probe-${randomBytes(8).toString('hex')}` }),
      { abortSignal },
    ),
  );
  if (removed.ok || verdictOf('ssm:DeleteParameter', removed).may !== false) return [];
  return [
    findingsOf('write', region)(
      'warn',
      `past parts of large secrets stay in ${region}: ssm:DeleteParameter is not allowed on ${folder}/*`,
      'deploy again, for the policy of writers has it; or allow it in one of your own',
    ),
  ];
}
