import { randomUUID } from 'node:crypto';
import { type Operations, operation } from './operation.ts';

export const stsOperations: Operations = {
  GetCallerIdentity: operation({}, (call) => ({
    Arn: call.caller,
    UserId: call.guard?.userId ?? call.account,
    Account: call.account,
  })),
};

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** An answer in the XML of the query protocol. */
export function stsXml(name: string, answer: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(answer).map(
    ([key, value]) => `<${key}>${escapeXml(String(value))}</${key}>`,
  );
  const result = `<${name}Result>${members.join('')}</${name}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`;
}

export function stsErrorXml(code: string, message: string, requestId: string): string {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
