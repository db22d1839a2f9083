/**
 * The recorded call patterns of tools that are not here: calls in a row, on one connection kept open, after what the
 * tool itself takes to start. They are made inside a process that is up already, so nothing of Node's start is counted
 * against them: what a real one takes is at least this.
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { REGION } from './emulator.ts';

/** Of chamber exec, recorded: 10 ms until its first call. */
export const CHAMBER_START_MS = 10;
/** Of sops exec-env on a local file, recorded: 43 ms in all at 20 ms a call, 107 ms at 80 ms. */
export const SOPS_START_MS = 23;
/** As chamber and AWS's SDK for Go try by default. */
const TRIES = 10;

type Body = Readonly<Record<string, unknown>>;
type Call = (service: 'AmazonSSM' | 'TrentService', operation: string, body: Body) => Promise<Body>;

/** Chamber: pages of ten below a path, one after the other, and one call before. @returns ms */
export async function replayChamber(endpoint: string, path: string, size: number): Promise<number> {
  return timed(endpoint, CHAMBER_START_MS, async (call) => {
    await call('AmazonSSM', 'GetParametersByPath', { Path: `${path}/none`, MaxResults: 10 });
    let found = 0;
    let NextToken: unknown;
    do {
      const page = await call('AmazonSSM', 'GetParametersByPath', {
        Path: path,
        WithDecryption: true,
        MaxResults: 10,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      found += (page.Parameters as readonly unknown[]).length;
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    if (found !== size) throw new Error(`${found} of ${size} secrets`);
  });
}

/** Sops on a file that lies there: one Decrypt. @returns ms */
export async function replaySops(endpoint: string, wrapped: string): Promise<number> {
  return timed(endpoint, SOPS_START_MS, async (call) => {
    await call('TrentService', 'Decrypt', { CiphertextBlob: wrapped });
  });
}

async function timed(
  endpoint: string,
  startMs: number,
  work: (call: Call) => Promise<void>,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const began = performance.now();
    await pause(startMs);
    await work((service, operation, body) =>
      patiently(() => send(endpoint, agent, service, operation, body)),
    );
    return performance.now() - began;
  } finally {
    agent.destroy();
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A throttled call waits for a random part of 1, 2, 4 … s, at most 20: shorter than the SDK for Go does. */
async function patiently(call: () => Promise<Answer>): Promise<Body> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, text } = await call();
    if (status === 200) return JSON.parse(text) as Body;
    if (!text.includes('ThrottlingException') || attempt === TRIES) throw new Error(text);
    await pause(Math.min(20_000, 1000 * 2 ** (attempt - 1)) * Math.random());
  }
}

function send(
  endpoint: string,
  agent: Agent,
  service: string,
  operation: string,
  body: Body,
): Promise<Answer> {
  const scope = `20260101/${REGION}/${service === 'AmazonSSM' ? 'ssm' : 'kms'}/aws4_request`;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${service}.${operation}`,
    authorization: `AWS4-HMAC-SHA256 Credential=bench/${scope}, SignedHeaders=host, Signature=00`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
