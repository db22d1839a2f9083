/** What an answer says, in AWS JSON 1.1: a result, or a code and a message. */

import { type AnswerHead, AwsFailure } from './failure.ts';
import type { Answer } from './http-answer.ts';
import { takeSecretField } from './secret-field.ts';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The result. The body is wiped: it may hold a plain data key.
 * @param secretField - a field that holds base64, which becomes bytes in the result and is never a string
 * @throws AwsFailure with AWS's code, or `MalformedAnswer`
 */
export function readAnswer({ status, headers, body }: Answer, secretField?: string): Json {
  const secret = secretField === undefined ? undefined : takeSecretField(body, secretField);
  const json = parse(body);
  body.fill(0);
  if (status >= 200 && status < 300) {
    if (json !== undefined) {
      return secretField === undefined || secret === undefined ? json : { ...json, [secretField]: secret };
    }
    throw malformed({ status, headers });
  }
  const code = [headers['x-amzn-errortype'], json?.code, json?.__type].find((one) => typeof one === 'string');
  const message = [json?.message, json?.Message].find((one) => typeof one === 'string') ?? '';
  throw new AwsFailure(bareCode(code ?? `HTTP ${status}`), message, { status, headers });
}

/** It is never quoted: it may hold secrets. */
function malformed(answer: AnswerHead): AwsFailure {
  return new AwsFailure('MalformedAnswer', 'the answer is not what AWS documents', answer);
}

function parse(body: Buffer): Json | undefined {
  try {
    const json: unknown = JSON.parse(body.toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** `com.amazonaws.kms#NotFoundException:http://…` and the like come down to the name in the middle. */
function bareCode(code: string): string {
  const [first = ''] = code.split(/[,:]/);
  return first.slice(first.lastIndexOf('#') + 1);
}
