import { isObject } from '../validate.ts';
import { type Condition, readOperator } from './conditions.ts';
import { type PrincipalSpec, readPrincipalSpec } from './principals.ts';

/** A policy, read and checked. */
export interface Policy {
  readonly statements: readonly Statement[];
  /** Whether `${…}` are variables: from Version 2012-10-17 on. */
  readonly variables: boolean;
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Selection;
  readonly resources: Selection;
  /** Only in resource policies. */
  readonly principals: readonly PrincipalSpec[];
  readonly conditions: readonly Condition[];
}

/** Action or NotAction, Resource or NotResource. */
export interface Selection {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

/** What a policy document can't be accepted for. */
export class PolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}

type Json = Readonly<Record<string, unknown>>;

const statementElements = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

/**
 * Reads a policy document (IAM user guide, "Grammar of the IAM JSON policy language"). Whatever is not known here
 * is refused: a condition that was skipped would allow what it was written to forbid.
 * @param kind - `identity` policies have no Principal, those of a `resource` must
 * @throws PolicyError
 */
export function readPolicy(document: unknown, kind: 'identity' | 'resource'): Policy {
  if (!isObject(document)) throw new PolicyError('The policy is not a JSON object.');
  requireElements(document, ['Version', 'Id', 'Statement'], 'The policy');
  const { Version: version = '2008-10-17', Statement: given } = document;
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw new PolicyError('The policy has a Version that is neither 2012-10-17 nor 2008-10-17.');
  if (given === undefined) throw new PolicyError('The policy has no Statement.');
  const statements = Array.isArray(given) ? given : [given];
  return {
    statements: statements.map((statement, index) =>
      readStatement(statement, kind, `Statement ${index + 1}`),
    ),
    variables: version === '2012-10-17',
  };
}

function requireElements(from: Json, known: readonly string[], where: string): void {
  const unknown = Object.keys(from).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new PolicyError(`${where} has an element that is not known: ${unknown}.`);
}

function readStatement(given: unknown, kind: 'identity' | 'resource', where: string): Statement {
  if (!isObject(given)) throw new PolicyError(`${where} is not a JSON object.`);
  if (given.NotPrincipal !== undefined)
    throw new PolicyError(`${where} has NotPrincipal, which is not supported: name the principals.`);
  const elements = kind === 'resource' ? [...statementElements, 'Principal'] : statementElements;
  requireElements(given, elements, where);
  if (given.Sid !== undefined && typeof given.Sid !== 'string')
    throw new PolicyError(`${where} has a Sid that is not a string.`);
  if (given.Effect !== 'Allow' && given.Effect !== 'Deny')
    throw new PolicyError(`${where} has an Effect that is neither Allow nor Deny.`);
  return {
    effect: given.Effect,
    actions: readSelection(given, 'Action', /^(\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+)$/, where),
    resources: readSelection(given, 'Resource', /^(\*|arn:.+)$/s, where),
    principals: kind === 'resource' ? readPrincipals(given.Principal, where) : [],
    conditions: readConditions(given.Condition, where),
  };
}

function readSelection(from: Json, name: string, syntax: RegExp, where: string): Selection {
  const [plain, inverted] = [from[name], from[`Not${name}`]];
  if ((plain === undefined) === (inverted === undefined))
    throw new PolicyError(`${where} needs either ${name} or Not${name}.`);
  const patterns = strings(plain ?? inverted, `${where}: ${name}`);
  const bad = patterns.find((pattern) => !syntax.test(pattern));
  if (bad !== undefined || patterns.length === 0)
    throw new PolicyError(`${where} has a value that no ${name} can have: ${bad ?? 'none at all'}.`);
  return { not: plain === undefined, patterns };
}

function readPrincipals(given: unknown, where: string): readonly PrincipalSpec[] {
  if (given === '*') return [{ kind: 'everyone' }];
  if (!isObject(given) || Object.keys(given).length === 0)
    throw new PolicyError(`${where} has no valid Principal.`);
  requireElements(given, ['AWS', 'Service', 'Federated'], `${where}: Principal`);
  return Object.entries(given).flatMap(([type, value]) =>
    strings(value, `${where}: Principal`).map((text): PrincipalSpec => {
      const spec = type === 'AWS' ? readPrincipalSpec(text) : { kind: 'nobody' as const };
      if (spec === undefined) throw new PolicyError(`${where} has an invalid principal: ${text}.`);
      return spec;
    }),
  );
}

function readConditions(given: unknown, where: string): readonly Condition[] {
  if (given === undefined) return [];
  if (!isObject(given)) throw new PolicyError(`${where} has a Condition that is not a JSON object.`);
  return Object.entries(given).flatMap(([name, keys]) => {
    const operator = readOperator(name);
    if (operator === undefined)
      throw new PolicyError(`${where} has a condition operator that is not known: ${name}.`);
    if (!isObject(keys)) throw new PolicyError(`${where}: ${name} is not a JSON object.`);
    return Object.entries(keys).map(([key, value]) => ({
      operator,
      key: key.toLowerCase(),
      values: strings(scalarsToText(value), `${where}: ${name} of ${key}`),
    }));
  });
}

// Numbers and booleans may stand without quotes.
function scalarsToText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => scalarsToText(one));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function strings(value: unknown, where: string): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((one) => typeof one === 'string')) return list;
  throw new PolicyError(`${where} is neither a string nor a list of strings.`);
}
