import { request as httpRequest } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

/** A bare request, for what the SDK would never send. Rejects when the connection is cut. */
export function send(
  endpoint: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
  method: string = body === undefined ? 'GET' : 'POST',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, endpoint), { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          body: text,
          type: response.headers['content-type'] ?? '',
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

export function authorization(service: string, region = 'us-east-1'): string {
  return `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

/** Headers of a JSON request, e.g. to `AmazonSSM.GetParameter`. */
export function jsonHeaders(target: string, region = 'us-east-1'): Record<string, string> {
  const service = target.startsWith('TrentService') ? 'kms' : 'ssm';
  return {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
    authorization: authorization(service, region),
  };
}

/** The error code of a JSON answer. */
export function typeOf(answer: Answer): unknown {
  return (JSON.parse(answer.body) as { readonly __type?: unknown }).__type;
}
