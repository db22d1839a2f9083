/** One call: attempts, signed and sent, until one is answered. */
import type { LocalEndpoint } from '../sdk/clients.ts';
import { pause, unlessAborted } from './abort.ts';
import { type Json, readAnswer } from './answer.ts';
import type { Clock } from './clock.ts';
import type { CredentialProvider } from './credentials.ts';
import { endpointOf, type Service } from './endpoint.ts';
import type { Environment } from './environment.ts';
import type { Answer } from './http-answer.ts';
import type { Credentials } from './identity.ts';
import { retryDelay } from './retry.ts';
import { sign } from './signer.ts';
import type { Transport } from './transport.ts';

const TARGETS: Readonly<Record<Service, string>> = { kms: 'TrentService', ssm: 'AmazonSSM' };

/** One call. */
export interface LeanCall {
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly input: Json;
  /** The field of the answer that holds a secret in base64: it becomes bytes, and is never a string. */
  readonly secretField?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What a call is made with. */
export interface Parts {
  readonly transport: Transport;
  readonly credentials: CredentialProvider;
  readonly clock: Clock;
  readonly env: Environment;
  readonly local: LocalEndpoint | undefined;
}

/** What is known of a call so far. */
export interface Progress {
  attempts: number;
  bytes: number;
  status: number;
}

/**
 * Makes a call.
 * @param progress - kept up to date, for whoever observes it
 * @throws what the last attempt met, in AWS's or Node's words
 */
export async function perform(parts: Parts, call: LeanCall, progress: Progress): Promise<Json> {
  const credentials = await unlessAborted(parts.credentials(call.region), call.signal);
  let corrected = false;
  for (;;) {
    progress.attempts += 1;
    const signedAt = parts.clock.now();
    try {
      const answer = await send(parts, call, credentials, signedAt);
      progress.status = answer.status;
      progress.bytes = answer.body.byteLength;
      return readAnswer(answer, call.secretField);
    } catch (error) {
      // Once: a server whose own clock jumps must not keep us here.
      const skewed: boolean = !corrected && parts.clock.corrects(error, signedAt);
      corrected ||= skewed;
      const delay = skewed ? 0 : retryDelay(error, progress.attempts);
      if (delay === undefined) throw error;
      await pause(delay, call.signal);
    }
  }
}

/** The embedded AWS may have moved to another process; a refused connection did nothing, so it is asked again there. */
async function send(parts: Parts, call: LeanCall, credentials: Credentials, at: Date): Promise<Answer> {
  const { local } = parts;
  if (local === undefined) {
    return sendTo(parts, call, endpointOf(parts.env, call.service, call.region), credentials, at);
  }
  try {
    return await sendTo(parts, call, new URL(local.url()), credentials, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || local.renew === undefined) throw error;
    return sendTo(parts, call, new URL(await unlessAborted(local.renew(), call.signal)), credentials, at);
  }
}

async function sendTo(
  { transport }: Parts,
  { service, operation, region, input, signal }: LeanCall,
  url: URL,
  credentials: Credentials,
  at: Date,
): Promise<Answer> {
  const body = JSON.stringify(input);
  const headers = {
    'content-length': String(Buffer.byteLength(body)),
    'content-type': 'application/x-amz-json-1.1',
    'user-agent': 'waxseal',
    'x-amz-target': `${TARGETS[service]}.${operation}`,
  };
  const signed = await sign({ service, region, url, headers, body }, credentials, at);
  return transport.post({ url, headers: signed, body, signal });
}
