/** What every format gives back, and how every format complains: `file:line: what is wrong`. */
import { isWaxsealError, WaxsealError } from '../../src/errors.ts';
import { checkSecretName, quoteName } from '../../src/secret-name.ts';

/** One secret as a file gives it. */
export interface ParsedSecret {
  readonly name: string;
  readonly value: Uint8Array;
  /** Where its name stands, counted from 1. */
  readonly line?: number;
}

/** A complaint about a file. `message` never holds a value, nor any text of the file that could be one. */
export function invalid(
  file: string,
  line: number | undefined,
  message: string,
  detail: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
): WaxsealError {
  const place = line === undefined ? file : `${file}:${line}`;
  return new WaxsealError('import_invalid', `${place}: ${message}`, detail);
}

/**
 * Says where a name stands that no vault can hold; lengths that depend on the vault are checked again later.
 * The shortest vault stands in for the real one, so that nothing is refused that might fit.
 */
export function checkNameAt(file: string, line: number | undefined, name: string): void {
  try {
    checkSecretName('/x', name);
  } catch (cause) {
    if (!isWaxsealError(cause)) throw cause;
    throw invalid(file, line, cause.message, { hint: cause.hint, cause });
  }
}

/** The UTF-8 bytes of a value. TextEncoder, because Buffer.from would leave the secret in a shared pool. */
export function encodeText(file: string, line: number | undefined, name: string, text: string): Uint8Array {
  if (!text.isWellFormed()) {
    // Encoding it anyway would put U+FFFD in its place: another secret, without a word.
    throw invalid(file, line, `the value of ${quoteName(name)} holds half of a surrogate pair`, {
      hint: 'it is not text; give its bytes in a YAML file as !!binary',
    });
  }
  return new TextEncoder().encode(text);
}

/** Collects the leaves of a tree of names, each of which may occur once, whichever way it is spelled. */
export class SecretList {
  readonly secrets: ParsedSecret[] = [];
  readonly #lines = new Map<string, number>();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Keeps one secret. @throws WaxsealError `import_invalid` */
  add(name: string, value: Uint8Array, line: number): void {
    checkNameAt(this.#file, line, name);
    const first = this.#lines.get(name);
    if (first !== undefined) throw givenTwice(this.#file, line, name, first);
    this.#lines.set(name, line);
    this.secrets.push({ name, value, line });
  }
}

/** The complaint about a name that occurs twice. */
export function givenTwice(file: string, line: number, name: string, first: number): WaxsealError {
  return invalid(file, line, `${quoteName(name)} is given twice, first on line ${first}`, {
    hint: 'remove one of the two',
  });
}

/** A name below another one: `smtp` and `password` make `smtp/password`. */
export function joinName(parent: string | undefined, key: string): string {
  return parent === undefined ? key : `${parent}/${key}`;
}
