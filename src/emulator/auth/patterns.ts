/**
 * Values of a request's condition keys, by the key's name in small letters: "Condition key names are not
 * case-sensitive." A key without values is not there.
 */
export type Context = ReadonlyMap<string, readonly string[]>;

export type ContextEntry = readonly [key: string, value: string | readonly string[] | undefined];

export function makeContext(entries: Iterable<ContextEntry>): Context {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of entries) {
    const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    const name = key.toLowerCase();
    if (values.length > 0) context.set(name, [...(context.get(name) ?? []), ...values]);
  }
  return context;
}

const many: unique symbol = Symbol('*');
const one: unique symbol = Symbol('?');

/** A pattern in pieces: single characters, and the two wildcards. */
export type Pattern = readonly (string | typeof many | typeof one)[];

/**
 * Takes a policy's text apart and fills in its variables, `${aws:username}`, also with a default,
 * `${aws:username, 'nobody'}`; `${*}`, `${?}` and `${$}` stand for the characters themselves.
 * @param variables - absent where the policy's Version is not 2012-10-17: "you must include the Version element
 *   and set it to a version that supports policy variables", else they are literal text
 * @returns undefined where a variable has no value: then "the statement doesn't match"
 */
export function readPattern(text: string, variables?: Context): Pattern | undefined {
  const pattern: (string | typeof many | typeof one)[] = [];
  for (const [piece, name] of text.matchAll(/\$\{([^}]*)\}|./gsu)) {
    if (name !== undefined && variables !== undefined) {
      const value = variableValue(name, variables);
      if (value === undefined) return undefined;
      pattern.push(...value);
    } else if (name !== undefined) pattern.push(...[...piece].map(wildcard));
    else pattern.push(wildcard(piece));
  }
  return pattern;
}

const wildcard = (character: string): string | typeof many | typeof one =>
  character === '*' ? many : character === '?' ? one : character;

function variableValue(text: string, variables: Context): string | undefined {
  if (['*', '?', '$'].includes(text)) return text;
  const [, name = text, fallback] = /^(.*?)\s*(?:,\s*'([^']*)'\s*)?$/s.exec(text) ?? [];
  const values = variables.get(name.trim().toLowerCase()) ?? [];
  // A key of several values can't be a variable.
  return values.length === 1 ? values[0] : fallback;
}

/** The pattern's text, where wildcards mean nothing. */
export function plainText(pattern: Pattern): string {
  return pattern.map((piece) => (piece === many ? '*' : piece === one ? '?' : (piece as string))).join('');
}

/** Matches a whole text; `*` takes any number of characters, `?` exactly one. */
export function matches(pattern: Pattern, text: string): boolean {
  const characters = [...text];
  let at = 0;
  let from = 0;
  // Where the latest `*` stands, and how far it reaches so far.
  let star = -1;
  let reach = 0;
  while (from < characters.length) {
    const piece = pattern[at];
    if (piece === many) {
      star = at++;
      reach = from;
    } else if (piece === one || piece === characters[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++reach;
    } else return false;
  }
  return pattern.slice(at).every((piece) => piece === many);
}

function split(pattern: Pattern): Pattern[] {
  const parts: Pattern[] = [];
  let rest = pattern;
  // The sixth part is the resource and may hold colons of its own.
  while (parts.length < 5) {
    const colon = rest.indexOf(':');
    if (colon < 0) break;
    parts.push(rest.slice(0, colon));
    rest = rest.slice(colon + 1);
  }
  return [...parts, rest];
}

/** "Each of the six colon-delimited components of the ARN is checked separately and each can include wildcards." */
export function matchesArn(pattern: Pattern, text: string): boolean {
  const wanted = split(pattern);
  const given = text.split(':');
  if (wanted.length < 6 || given.length < 6) return false;
  const parts = [...given.slice(0, 5), given.slice(5).join(':')];
  return wanted.every((part, index) => matches(part, parts[index] ?? ''));
}

/**
 * A statement's Resource against what a request is about. "If you specify an incomplete ARN in the Resource field,
 * AWS automatically completes the ARN by adding wildcard characters (*) to all missing fields."
 */
export function matchesResource(pattern: Pattern, resource: string): boolean {
  const parts = split(pattern);
  if (parts.length === 1) return matches(pattern, resource);
  const missing = Math.max(0, 6 - parts.length);
  const completed = [...pattern, ...Array.from({ length: missing }, () => [':', many] as const).flat()];
  return matchesArn(completed, resource);
}
