/**
 * Reads .env files exactly as the `dotenv` package does: its own parser supplies every name and value.
 * `$NAME` in a value is left as it is, as dotenv leaves it: nothing is expanded.
 * What dotenv does silently (skip a line, let the last of two values win) is a complaint here, because a secret
 * that is not imported is noticed when the application is down.
 */
import { parse } from 'dotenv';
import { quoteName } from '../../src/secret-name.ts';
import { checkNameAt, encodeText, invalid, type ParsedSecret } from './secret.ts';

/**
 * The expression that dotenv (BSD-2-Clause) looks for assignments with. It serves to find where each stands and
 * what lies between them, which dotenv does not tell; values never come from here.
 */
const ASSIGNMENT =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

interface Assignment {
  readonly line: number;
  readonly source: string;
}

/** Reads a .env file. @throws WaxsealError `import_invalid` */
export function parseDotenv(text: string, file: string): readonly ParsedSecret[] {
  const values = parse(text);
  const found = findAssignments(text.replace(/\r\n?/g, '\n'), file);
  for (const [name, { line }] of found) {
    if (Object.hasOwn(values, name)) continue;
    // dotenv assigns to a plain object, where __proto__ is not a key
    throw invalid(file, line, `${quoteName(name)} is a name that dotenv drops`, { hint: 'rename it' });
  }
  return Object.entries(values).map(([name, value]) => {
    const line = found.get(name)?.line;
    checkNameAt(file, line, name);
    if (value.includes('\0')) {
      throw invalid(file, line, `the value of ${quoteName(name)} holds a NUL character`, {
        hint: 'no environment variable can hold one; import bytes from a YAML file with !!binary',
      });
    }
    const secret = { name, value: encodeText(file, line, name, value) };
    return line === undefined ? secret : { ...secret, line };
  });
}

/** The last assignment of each name. */
function findAssignments(text: string, file: string): Map<string, Assignment> {
  const found = new Map<string, Assignment>();
  let line = 1;
  let end = 0;
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [source] = match;
    const name = match[1] ?? '';
    const start = match.index + source.search(/\S/);
    refuseIgnored(text.slice(end, start), line, file);
    line += countLines(text, end, start);
    const earlier = found.get(name);
    if (earlier !== undefined && parse(earlier.source)[name] !== parse(source)[name]) {
      throw invalid(
        file,
        line,
        `${quoteName(name)} is given twice with different values, first on line ${earlier.line}`,
        { hint: 'remove one of the two; dotenv would take the later one' },
      );
    }
    found.set(name, { line, source });
    end = match.index + source.length;
    line += countLines(text, start, end);
  }
  refuseIgnored(text.slice(end), line, file);
  return found;
}

/** Complains about a line that dotenv would skip. Nothing of it is shown: it may be the rest of a secret. */
function refuseIgnored(between: string, firstLine: number, file: string): void {
  if (between.trim() === '') return;
  const lines = between.split('\n').map((line) => line.trim());
  const ignored = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
  if (ignored === -1) return;
  throw invalid(file, firstLine + ignored, 'the line is neither NAME=value nor a comment', {
    hint: 'a value of several lines needs quotes around all of it, and a name only has letters, digits, "_", "." and "-"',
  });
}

function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
