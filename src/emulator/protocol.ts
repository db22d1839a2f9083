import type { IncomingMessage } from 'node:http';
import { AwsError } from './errors.ts';
import type { ServiceName } from './types.ts';

/** What a request wants, before its body is understood. */
export interface Target {
  readonly service: ServiceName;
  readonly operation: string;
}

const services: ReadonlyMap<string, ServiceName> = new Map([
  ['TrentService', 'kms'],
  ['AmazonSSM', 'ssm'],
]);

/** KMS and SSM name the operation in a header, STS in the form that its body (or query) is. */
export function readTarget(request: IncomingMessage, url: URL, body: string): Target {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const [prefix = '', operation = ''] = target.split('.', 2);
    const service = services.get(prefix);
    if (service !== undefined) return { service, operation };
  } else if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const operation = new URLSearchParams(body).get('Action');
    if (operation !== null) return { service: 'sts', operation };
  } else {
    const operation = url.searchParams.get('Action');
    if (operation !== null) return { service: 'sts', operation };
  }
  throw new AwsError('UnknownOperationException', 'the request names no operation of KMS, SSM or STS');
}

const authorizationPattern =
  /^AWS4-HMAC-SHA256 +Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, *SignedHeaders=[^,\s]+, *Signature=[0-9a-f]+$/;

/**
 * The region in the credential scope. The signature itself is taken on trust.
 * @throws AwsError MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException
 */
export function readRegion(authorization: string | undefined, service: ServiceName): string {
  if (authorization === undefined || authorization === '')
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  const [, region, scope] = authorizationPattern.exec(authorization.trim()) ?? [];
  if (region === undefined)
    throw new AwsError(
      'IncompleteSignatureException',
      'the Authorization header is not one of AWS4-HMAC-SHA256 with a credential scope',
      403,
    );
  if (scope !== service)
    throw new AwsError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service}'.`,
      403,
    );
  return region;
}

/** Who signed, as far as can be told. */
export function readAccessKeyId(authorization: string | undefined): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1];
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Whether the Host header names this machine: a page that rebinds its own name to loopback sends another. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && loopback.test(host);
}

export const bodyLimit: number = 10 * 1024 * 1024;

/** The whole body, or undefined where it is larger than 10 MB. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
