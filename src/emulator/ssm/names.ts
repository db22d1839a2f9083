import { parameterArn, parseArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import { type Field, required, string } from '../validate.ts';

/** A name as every operation takes it; the finer rules are below. */
export const parameterName: Field<string> = required(string({ min: 1, max: 2048 }));

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const badCharacters =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

/**
 * The rules for a name that is to be written ("Requirements and constraints for parameter names").
 * @throws AwsError ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException
 */
export function requireWritableName(call: Call, name: string): void {
  requireNameSyntax(name);
  const first = name.replace(/^\//, '').toLowerCase();
  if (first.startsWith('aws'))
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (first.startsWith('ssm')) throw invalid(badCharacters);
  if (name.includes('/') && !name.startsWith('/'))
    throw invalid('Parameter name must be a fully qualified name.');
  if (levels(name) > 15)
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      'A hierarchy can have a maximum of 15 levels. Parameter name must not exceed them.',
    );
  // "The maximum length for the fully qualified parameter name … including the full ARN … is 1011 characters."
  if (parameterArn(call.region, call.account, name).length > 1011)
    throw invalid('Parameter name is too long: with its ARN it can have 1011 characters at most.');
}

function requireNameSyntax(name: string): void {
  if (name.endsWith('/')) throw invalid('Parameter name must not end with slash.');
  if (!/^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*$/.test(name)) throw invalid(badCharacters);
}

function levels(name: string): number {
  return name.replace(/^\//, '').split('/').length;
}

/** What a reader asks for: a name with, perhaps, a version or a label. */
export interface Reference {
  readonly name: string;
  /** As given, with its colon. */
  readonly selector?: string;
}

/**
 * Reads `name`, `name:version`, `name:label`, or an ARN with or without either.
 * @throws AwsError ValidationException
 */
export function readReference(call: Call, text: string): Reference {
  const local = text.startsWith('arn:') ? fromArn(call, text) : text;
  const colon = local.indexOf(':');
  const name = colon < 0 ? local : local.slice(0, colon);
  requireNameSyntax(name);
  if (colon < 0) return { name };
  const selector = local.slice(colon);
  if (!/^:[a-zA-Z0-9_.-]{1,100}$/.test(selector)) throw invalid(badCharacters);
  return { name, selector };
}

function fromArn(call: Call, text: string): string {
  const arn = parseArn(text);
  const rest = arn?.resource.startsWith('parameter/') ? arn.resource.slice('parameter'.length) : undefined;
  if (arn === undefined || rest === undefined || arn.service !== 'ssm' || arn.region !== call.region)
    throw invalid(`Invalid parameter ARN ${text}`);
  if (arn.account !== call.account)
    throw new AwsError('AccessDeniedException', `User: ${call.caller} is not authorized to read ${text}`);
  // The ARN of `name` and of `/name` are the same; the flat one is looked for where the other is missing.
  const plain = rest.split(':')[0] ?? rest;
  if (plain.lastIndexOf('/') > 0 || call.tx.get('parameter', call.region, plain) !== undefined) return rest;
  return call.tx.get('parameter', call.region, plain.slice(1)) === undefined ? rest : rest.slice(1);
}
