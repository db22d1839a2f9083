import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AwsError } from './errors.ts';
import { stsErrorXml, stsXml } from './sts.ts';
import type { ServiceName } from './types.ts';

const json = 'application/x-amz-json-1.1';

/** Codes that AWS answers with another status than 400. */
const statuses: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  InternalServerError: 500,
  InternalError: 500,
  KMSInternalException: 500,
  KeyUnavailableException: 500,
  DependencyTimeoutException: 503,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
};
// The query protocol of STS answers what has to do with credentials as forbidden.
const stsStatuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  InvalidClientTokenId: 403,
};

/** An injected error, with the status that AWS gives its code. */
export function injected(service: ServiceName, code: string): AwsError {
  const status = (service === 'sts' ? stsStatuses[code] : undefined) ?? statuses[code] ?? 400;
  return new AwsError(code, code === 'ThrottlingException' ? 'Rate exceeded' : 'an injected fault', status);
}

export function sendAnswer(
  response: ServerResponse,
  service: ServiceName,
  operation: string,
  answer: Readonly<Record<string, unknown>>,
  stalled = false,
): void {
  const [type, body] =
    service === 'sts' ? ['text/xml', stsXml(operation, answer)] : [json, JSON.stringify(answer)];
  send(response, 200, type, body, randomUUID(), stalled);
}

export function sendError(
  response: ServerResponse,
  service: ServiceName | undefined,
  error: AwsError,
  stalled = false,
): void {
  const requestId = randomUUID();
  if (service === 'sts') {
    const body = stsErrorXml(error.code, error.message, requestId);
    send(response, error.status, 'text/xml', body, requestId, stalled);
    return;
  }
  const body = { __type: error.code, ...(error.message === '' ? {} : { message: error.message }) };
  send(response, error.status, json, JSON.stringify(body), requestId, stalled);
}

/** A stalled answer is announced by its headers and does not follow; the connection stays open. */
function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  requestId: string,
  stalled: boolean,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': requestId,
  });
  if (stalled) response.flushHeaders();
  else response.end(body);
}
