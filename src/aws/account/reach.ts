/** Whether a region answers, by what two first calls to it met. */
import { isWaxsealError, type WaxsealError } from '../../errors.ts';
import { type Finding, findingsOf } from './finding.ts';
import { nameOf } from './scope.ts';

/** What the first call to each service met; undefined where it went well. */
export interface FirstCalls {
  readonly region: string;
  readonly kms: WaxsealError | undefined;
  readonly ssm: WaxsealError | undefined;
  /** STS took the same credentials elsewhere. */
  readonly known: boolean;
}

/**
 * What a region says to good credentials when it is not enabled for the account. Source: IAM user guide, "Regions and
 * endpoints: opt-in Regions" and, for tokens, "Managing STS in an AWS Region".
 */
const NOT_ENABLED = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidToken',
  'OptInRequired',
  'OptInRequiredException',
  'SubscriptionRequiredException',
]);

/** Judges what the first calls met. */
export function judgeReach(calls: FirstCalls): Finding {
  const say = findingsOf('region', calls.region);
  const met = [calls.kms, calls.ssm].filter((error): error is WaxsealError => error !== undefined);
  const refused = met.find((error) => calls.known && NOT_ENABLED.has(nameOf(error)));
  if (refused !== undefined) {
    return say(
      'fail',
      `${calls.region} does not know these credentials although AWS does: it is not enabled for the account`,
      `enable it (aws account enable-region --region-name ${calls.region}) and wait until it is; or, with a session token of the global STS endpoint, ask for one of a region (AWS_STS_REGIONAL_ENDPOINTS=regional)`,
    );
  }
  if (met.length === 2 && met.every((error) => nameOf(error) === 'ENOTFOUND')) {
    return say(
      'fail',
      `there is no server for ${calls.region}: no such region, or no name service`,
      `check the region's name in waxseal.json${calls.known ? '' : ', and the network'}`,
    );
  }
  const silent = met.find((error) => !answered(error));
  if (silent !== undefined) return say('fail', silent.message, silent.hint);
  return say('ok', 'KMS and Parameter Store answer');
}

/** Whether an error is an answer of AWS about what was asked. */
export function answered(error: WaxsealError | undefined): boolean {
  return !isWaxsealError(error, 'unreachable', 'timeout', 'credentials', 'unexpected');
}
