import { Agent, request as httpRequest } from 'node:http';
import { jsonHeaders } from './http.ts';

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls of KMS and SSM without the SDK, over connections that stay open: the load is the server's, not the client's. */
export type Caller = (target: string, body: object) => Promise<Reply>;

export function caller(endpoint: string, agent: Agent = new Agent({ keepAlive: true })): Caller {
  return (target, body) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = { ...jsonHeaders(target), 'content-length': String(Buffer.byteLength(text)) };
      const request = httpRequest(endpoint, { method: 'POST', headers, agent }, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) as Reply['body'] }),
        );
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(text);
    });
}
