import { AwsError } from './errors.ts';

/** Reads one member of a request; constraint failures are collected, wrong JSON types throw at once. */
export interface Field<T> {
  readonly read: (value: unknown, at: string, problems: string[]) => T;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Input<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

const wrongType = (at: string): AwsError =>
  new AwsError('SerializationException', `the member '${at}' has the wrong JSON type`);

// Values are not echoed: AWS leaves them out for sensitive members, and telling which is which is not worth a leak.
const failed = (at: string, constraint: string): string =>
  `Value at '${at}' failed to satisfy constraint: ${constraint}`;

/** Length limits, in characters (or bytes, or members). */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

function checkLength(length: number, limits: Limits, at: string, problems: string[]): void {
  if (limits.min !== undefined && length < limits.min)
    problems.push(failed(at, `Member must have length greater than or equal to ${limits.min}`));
  if (limits.max !== undefined && length > limits.max)
    problems.push(failed(at, `Member must have length less than or equal to ${limits.max}`));
}

/** A member that must be there; AWS takes null for absent. */
export function required<T>(field: Field<T>): Field<T> {
  return {
    read: (value, at, problems) => {
      if (value !== undefined && value !== null) return field.read(value, at, problems);
      problems.push(failed(at, 'Member must not be null'));
      // Never seen by an action: a problem stops the request first.
      return undefined as T;
    },
  };
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    read: (value, at, problems) =>
      value === undefined || value === null ? undefined : field.read(value, at, problems),
  };
}

export function string(limits: Limits & { readonly pattern?: RegExp } = {}): Field<string> {
  return {
    read: (value, at, problems) => {
      if (typeof value !== 'string') throw wrongType(at);
      checkLength(value.length, limits, at, problems);
      if (limits.pattern !== undefined && !limits.pattern.test(value))
        problems.push(failed(at, `Member must satisfy regular expression pattern: ${limits.pattern.source}`));
      return value;
    },
  };
}

export function oneOf<const V extends readonly string[]>(...values: V): Field<V[number]> {
  return {
    read: (value, at, problems) => {
      if (typeof value !== 'string') throw wrongType(at);
      if (!values.includes(value))
        problems.push(failed(at, `Member must satisfy enum value set: [${values.join(', ')}]`));
      return value;
    },
  };
}

export function integer(limits: Limits = {}): Field<number> {
  return {
    read: (value, at, problems) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(at);
      if (limits.min !== undefined && value < limits.min)
        problems.push(failed(at, `Member must have value greater than or equal to ${limits.min}`));
      if (limits.max !== undefined && value > limits.max)
        problems.push(failed(at, `Member must have value less than or equal to ${limits.max}`));
      return value;
    },
  };
}

export function boolean(): Field<boolean> {
  return {
    read: (value, at) => {
      if (typeof value !== 'boolean') throw wrongType(at);
      return value;
    },
  };
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes, base64 in JSON; limits in bytes. */
export function blob(limits: Limits = {}): Field<Buffer> {
  return {
    read: (value, at, problems) => {
      if (typeof value !== 'string' || !base64.test(value)) throw wrongType(at);
      const bytes = Buffer.from(value, 'base64');
      checkLength(bytes.length, limits, at, problems);
      return bytes;
    },
  };
}

export function list<T>(of: Field<T>, limits: Limits = {}): Field<readonly T[]> {
  return {
    read: (value, at, problems) => {
      if (!Array.isArray(value)) throw wrongType(at);
      checkLength(value.length, limits, at, problems);
      return value.map((member, index) => required(of).read(member, `${at}.${index + 1}.member`, problems));
    },
  };
}

export function stringMap(): Field<ReadonlyMap<string, string>> {
  return {
    read: (value, at) => {
      if (!isObject(value)) throw wrongType(at);
      const entries = Object.entries(value).map(([key, member]): [string, string] => {
        if (typeof member !== 'string') throw wrongType(at);
        return [key, member];
      });
      return new Map(entries);
    },
  };
}

export function structure<F extends Fields>(fields: F): Field<Input<F>> {
  return {
    read: (value, at, problems) => {
      if (!isObject(value)) throw wrongType(at);
      return readFields(fields, value, at === '' ? '' : `${at}.`, problems);
    },
  };
}

/** @throws AwsError SerializationException, ValidationException. Members that are not declared are ignored. */
export function validate<F extends Fields>(fields: F, body: unknown): Input<F> {
  if (!isObject(body)) throw new AwsError('SerializationException', 'the body is not a JSON object');
  const problems: string[] = [];
  const input = readFields(fields, body, '', problems);
  if (problems.length > 0) {
    const errors = problems.length === 1 ? 'error' : 'errors';
    throw new AwsError(
      'ValidationException',
      `${problems.length} validation ${errors} detected: ${problems.join('; ')}`,
    );
  }
  return input;
}

function readFields<F extends Fields>(
  fields: F,
  from: Readonly<Record<string, unknown>>,
  prefix: string,
  problems: string[],
): Input<F> {
  const entries = Object.entries(fields).map(([name, field]): [string, unknown] => {
    // AWS names members in messages with a small first letter.
    const at = `${prefix}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return [name, field.read(Object.hasOwn(from, name) ? from[name] : undefined, at, problems)];
  });
  return Object.fromEntries(entries) as Input<F>;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
