import { AwsError, EmulatorError } from '../errors.ts';
import type { Identity, ServiceName } from '../types.ts';
import { isObject } from '../validate.ts';
import { type Policy, PolicyError, readPolicy } from './document.ts';
import { type Principal, readPrincipal, uniqueId } from './principals.ts';

/** Whom a request comes from, and what IAM lets it do. */
export interface Caller {
  readonly principal: Principal;
  /** What STS calls UserId. */
  readonly userId: string;
  readonly policies: readonly Policy[];
}

/** Who may call. With none set nobody is asked who they are. */
export interface Identities {
  /** Replaces all of them. @throws EmulatorError emulator_option_invalid, and nothing is replaced */
  set(list: unknown): void;
  readonly list: readonly Identity[];
  /**
   * The caller whose access key signed a request; undefined while no identities are set.
   * @throws AwsError UnrecognizedClientException, from STS InvalidClientTokenId
   */
  caller(accessKeyId: string | undefined, service: ServiceName): Caller | undefined;
}

export function createIdentities(account: string, initial: readonly Identity[] = []): Identities {
  let list: readonly Identity[] = [];
  let callers: ReadonlyMap<string, Caller> = new Map();
  const set = (given: unknown): void => {
    if (!Array.isArray(given)) throw invalid('expected a list');
    const read = new Map<string, Caller>();
    for (const one of given as readonly unknown[]) {
      const [accessKeyId, caller] = readIdentity(one, account);
      if (read.has(accessKeyId)) throw invalid(`two have the access key id ${accessKeyId}`);
      read.set(accessKeyId, caller);
    }
    callers = read;
    // A copy: what the caller changes later has not been checked.
    list = structuredClone(given) as readonly Identity[];
  };
  set(initial);
  return {
    set,
    get list() {
      return structuredClone(list);
    },
    caller: (accessKeyId, service) => {
      if (callers.size === 0) return undefined;
      const caller = callers.get(accessKeyId ?? '');
      if (caller !== undefined) return caller;
      const message = 'The security token included in the request is invalid.';
      if (service === 'sts') throw new AwsError('InvalidClientTokenId', message, 403);
      throw new AwsError('UnrecognizedClientException', message);
    },
  };
}

function invalid(what: string): EmulatorError {
  const hint = 'an identity has an accessKeyId, an arn and a list of IAM policies';
  return new EmulatorError('emulator_option_invalid', `not identities: ${what}`, hint);
}

function readIdentity(given: unknown, account: string): readonly [accessKeyId: string, caller: Caller] {
  if (!isObject(given)) throw invalid('one is not an object');
  const { accessKeyId, arn, policies } = given;
  if (typeof accessKeyId !== 'string' || !/^\w{1,128}$/.test(accessKeyId))
    throw invalid('one has no valid accessKeyId');
  const refuse = (what: string): EmulatorError => invalid(`${accessKeyId} ${what}`);
  const known = ['accessKeyId', 'arn', 'account', 'policies'];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw refuse(`has an unknown member ${unknown}`);
  const principal = typeof arn === 'string' ? readPrincipal(arn) : undefined;
  if (principal === undefined) throw refuse('has an arn that is no user, assumed role or account root');
  // One account is all there is: another one's callers would find its parameters and keys empty.
  const own = given.account ?? principal.account;
  if (own !== principal.account || own !== account) throw refuse(`is not of the account ${account}`);
  if (!Array.isArray(policies)) throw refuse('has no list of policies');
  if (principal.kind === 'root' && policies.length > 0)
    throw refuse('is the account root, to which no policy can be attached');
  const read = policies.map((policy: unknown, index) => {
    try {
      return readPolicy(policy, 'identity');
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw refuse(`has a malformed policy ${index + 1}: ${error.message}`);
    }
  });
  return [accessKeyId, { principal, userId: uniqueId(principal), policies: read }];
}
