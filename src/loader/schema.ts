/** Checks loaded secrets against what an application says it needs. No message ever holds a value. */
import { WaxsealError } from '../errors.ts';

/**
 * What validation libraries agree on (Standard Schema 1, standardschema.dev): zod, valibot, arktype and others have it.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a schema answers. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One complaint of a schema. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The variables that must be there. @throws WaxsealError `not_found` that names all that are missing */
export function checkRequired(variables: ReadonlyMap<string, string>, required: readonly string[]): void {
  const missing = required.filter((name) => !variables.has(name));
  if (missing.length === 0) return;
  throw new WaxsealError(
    'not_found',
    `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not in the vault`,
    {
      hint: 'set what is missing with "waxseal set NAME", or take it out of "required"',
    },
  );
}

/**
 * The variables as a schema reads them.
 * @throws WaxsealError `secrets_invalid` with every complaint; `usage` when the schema gives no object
 */
export async function applySchema<Output>(
  variables: ReadonlyMap<string, string>,
  schema: StandardSchema<Output>,
): Promise<Output> {
  const result = await schema['~standard'].validate(Object.fromEntries(variables));
  if (result.issues === undefined) {
    if (typeof result.value === 'object' && result.value !== null) return result.value;
    throw new WaxsealError('usage', 'the schema gives no object', { hint: 'describe an object of secrets' });
  }
  const lines = result.issues.map((issue) => describeIssue(issue, variables));
  const count = `${lines.length} ${lines.length === 1 ? 'problem' : 'problems'}`;
  // No cause: libraries keep the values in their errors.
  throw new WaxsealError(
    'secrets_invalid',
    `the secrets are not as the schema has them, ${count}:\n  ${lines.join('\n  ')}`,
    {
      hint: 'mend the values with "waxseal set NAME", or the schema',
    },
  );
}

function describeIssue({ message, path = [] }: SchemaIssue, variables: ReadonlyMap<string, string>): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  const [name = ''] = keys;
  const where = keys.length === 0 ? '' : `${keys.join('.')}: `;
  if (name !== '' && !variables.has(name)) return `${where}is missing`;
  return `${where}${quotesValue(message, name, variables) ? 'is not as the schema has it' : message}`;
}

/** Short values of other secrets are in too many sentences to tell; the one that is complained of is never shown. */
const TELLING = 4;

function quotesValue(message: string, name: string, variables: ReadonlyMap<string, string>): boolean {
  return [...variables].some(
    ([other, value]) =>
      value !== '' && (other === name || value.length >= TELLING) && message.includes(value),
  );
}
