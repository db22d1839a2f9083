/** What AWS and the network say when something fails, in waxseal's own codes. One table for all clients. */
import { type ErrorCode, WaxsealError } from '../errors.ts';

/** What was being done, for the message. */
export interface CallInfo {
  /** Such as `ssm:GetParameters`, which is also the IAM action's name. */
  readonly action: string;
  readonly region: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
}

const REFRESH = 'sign in again (such as "aws sso login") or set fresh AWS_* variables';

const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDeniedException: { code: 'denied', what: 'is not allowed for these credentials' },
  ExpiredTokenException: { code: 'credentials', what: 'the credentials have expired', hint: REFRESH },
  ExpiredToken: { code: 'credentials', what: 'the credentials have expired', hint: REFRESH },
  UnrecognizedClientException: {
    code: 'credentials',
    what: 'AWS does not know the credentials',
    hint: REFRESH,
  },
  InvalidClientTokenId: { code: 'credentials', what: 'AWS does not know the credentials', hint: REFRESH },
  MissingAuthenticationTokenException: {
    code: 'credentials',
    what: 'there are no credentials',
    hint: REFRESH,
  },
  CredentialsProviderError: { code: 'credentials', what: 'no AWS credentials were found', hint: REFRESH },
  InvalidSignatureException: {
    code: 'credentials',
    what: 'AWS refused the signature',
    hint: "check the secret access key and this machine's clock",
  },
  ThrottlingException: {
    code: 'throttled',
    what: 'AWS asked to slow down',
    hint: "try again in a moment; Parameter Store's throughput setting raises the limit",
  },
  ParameterAlreadyExists: { code: 'already_exists', what: 'the parameter is there already' },
  DisabledException: {
    code: 'key_unusable',
    what: 'the KMS key is disabled',
    hint: '"waxseal doctor" has the command that enables it again (kms:EnableKey); regions where it is enabled go on',
  },
  KMSInvalidStateException: {
    code: 'key_unusable',
    what: 'the KMS key cannot be used in its state',
    hint: 'a key pending deletion comes back by kms:CancelKeyDeletion, then kms:EnableKey: "waxseal doctor" has the commands',
  },
  NotFoundException: {
    code: 'key_not_found',
    what: 'there is no such KMS key or alias',
    hint: "deploy the vault's keys to this region first (npm run deploy); names are case-sensitive",
  },
  IncorrectKeyException: {
    code: 'foreign_key',
    what: "it was wrapped by another KMS key than the vault's",
    hint: "somebody planted it, or the vault's alias was moved; nothing was decrypted",
  },
  InvalidCiphertextException: {
    code: 'decrypt_failed',
    what: 'KMS does not open the data key for this vault: it was changed, or made for another',
  },
  ParameterMaxVersionLimitExceeded: {
    code: 'rejected',
    what: 'the oldest of its 100 versions has a label and cannot be dropped',
    hint: 'remove the label (aws ssm unlabel-parameter-version), then write again',
  },
};

/** Other names for the same things. */
const ALIASES: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  TooManyUpdates: 'ThrottlingException',
  Throttling: 'ThrottlingException',
  ThrottledException: 'ThrottlingException',
  TooManyRequestsException: 'ThrottlingException',
  RequestLimitExceeded: 'ThrottlingException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  IncompleteSignatureException: 'InvalidSignatureException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
};

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'DependencyTimeoutException',
  'KeyUnavailableException',
]);

/** Says in waxseal's words what a call met. Never throws; a WaxsealError is returned as it is. */
export function fromAws(error: unknown, call: CallInfo, signal?: AbortSignal): WaxsealError {
  if (error instanceof WaxsealError) return error;
  const failure = error as Partial<Error & { code: string; $metadata: { httpStatusCode?: number } }>;
  const name = ALIASES[failure.name ?? ''] ?? failure.name ?? '';
  const at = `${call.action} in ${call.region}`;
  const detail = { cause: error, region: call.region };
  const meaning = MEANINGS[name];
  if (meaning?.code === 'denied') {
    const right = missingRight(call.action, failure.message);
    return new WaxsealError('denied', `${right} is not allowed in ${call.region}`, {
      ...detail,
      hint: `grant ${right} to these credentials; for a KMS action, in the key policy too`,
    });
  }
  if (meaning !== undefined) {
    // What AWS says of credentials names the one thing that is wrong with them.
    const why =
      meaning.code === 'credentials' && failure.message ? ` (${failure.message.slice(0, 200)})` : '';
    return new WaxsealError(meaning.code, `${at}: ${meaning.what}${why}`, { ...detail, hint: meaning.hint });
  }
  const { code = '' } = failure;
  // Before the time-outs: the SDK calls a connection that was cut a TimeoutError too.
  if (signal?.aborted !== true && (UNREACHABLE.has(code) || UNREACHABLE.has(name))) {
    return new WaxsealError('unreachable', `${at}: cannot be reached (${code === '' ? name : code})`, {
      ...detail,
      hint: 'check the network, or WAXSEAL_ENDPOINT where it is set',
    });
  }
  if (signal?.aborted === true || ['TimeoutError', 'AbortError'].includes(name) || code === 'ETIMEDOUT') {
    return new WaxsealError('timeout', `${at}: no answer in time`, {
      ...detail,
      hint: 'check the network and the endpoint',
    });
  }
  const status = failure.$metadata?.httpStatusCode ?? 0;
  const said = (failure.message ?? '').slice(0, 300);
  return status >= 400 && status < 500
    ? new WaxsealError('rejected', `${at}: ${name}: ${said}`, detail)
    : new WaxsealError('unexpected', `${at} failed: ${name} ${said}`.trimEnd(), detail);
}

/** ReEncrypt takes two rights, each on another key: AWS says which of them is missing. */
function missingRight(action: string, said = ''): string {
  if (action !== 'kms:ReEncrypt') return action;
  return (
    /kms:ReEncrypt(From|To)/.exec(said)?.[0] ??
    'kms:ReEncryptFrom on the one key or kms:ReEncryptTo on the other'
  );
}
