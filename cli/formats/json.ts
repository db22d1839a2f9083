/**
 * Reads JSON: an object of strings, numbers and booleans; objects in it join their names with "/".
 * momoa reads it, because JSON.parse hides duplicate keys, rounds long numbers and knows no lines.
 */

import { type ObjectNode, parse, type ValueNode } from '@humanwhocodes/momoa';
import { quoteName } from '../../src/secret-name.ts';
import { encodeText, givenTwice, invalid, joinName, type ParsedSecret, SecretList } from './secret.ts';

interface Reader {
  readonly text: string;
  readonly file: string;
  readonly list: SecretList;
}

/** Reads a JSON file. @throws WaxsealError `import_invalid` */
export function parseJson(text: string, file: string): readonly ParsedSecret[] {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return [];
  const { body } = parseTree(json, file);
  if (body.type !== 'Object') {
    throw invalid(file, body.loc.start.line, 'the file is not an object of names and values', {
      hint: 'it looks like {"DATABASE_URL": "..."}',
    });
  }
  const list = new SecretList(file);
  readObject({ text: json, file, list }, body, undefined);
  return list.secrets;
}

function parseTree(json: string, file: string): { readonly body: ValueNode } {
  try {
    return parse(json);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(file, undefined, 'the JSON is nested too deeply');
    // The error itself is not kept as the cause: it quotes what it met, which may be part of a secret.
    const { line, column } = error as { line?: number; column?: number };
    const where = column === undefined ? '' : ` at column ${column}`;
    throw invalid(file, line, `it is not JSON${where}`, { hint: 'mend the JSON there' });
  }
}

function readObject(reader: Reader, object: ObjectNode, parent: string | undefined): void {
  const lines = new Map<string, number>();
  for (const member of object.members) {
    const { line } = member.loc.start;
    const key = stringOf(reader, member.name, 'a name');
    const name = joinName(parent, key);
    const first = lines.get(key);
    if (first !== undefined) throw givenTwice(reader.file, line, name, first);
    lines.set(key, line);
    readValue(reader, member.value, name, line);
  }
}

function readValue(reader: Reader, node: ValueNode, name: string, line: number): void {
  if (node.type === 'Object') readObject(reader, node, name);
  else reader.list.add(name, encodeText(reader.file, line, name, textOf(reader, node, name, line)), line);
}

function textOf(reader: Reader, node: ValueNode, name: string, line: number): string {
  switch (node.type) {
    case 'String':
      return stringOf(reader, node, `the value of ${quoteName(name)}`);
    case 'Number':
    case 'Boolean':
      // As it is written: 1.10 and 12345678901234567890 would not survive being a number.
      return sourceOf(reader, node);
    case 'Array':
      throw invalid(reader.file, line, `${quoteName(name)} is an array`, {
        hint: 'a secret is one value; write the array as a string, or give each element a name',
      });
    default:
      throw invalid(reader.file, line, `${quoteName(name)} is null`, {
        hint: 'leave it out, or write "" for an empty value',
      });
  }
}

/** Decoded by JSON.parse and not by momoa, which lets control characters pass that JSON forbids. */
function stringOf(reader: Reader, node: Located, what: string): string {
  try {
    return JSON.parse(sourceOf(reader, node)) as string;
  } catch {
    throw invalid(reader.file, node.loc.start.line, `${what} holds a control character that is not escaped`, {
      hint: 'write a line break as \\n and a tab as \\t',
    });
  }
}

interface Located {
  readonly loc: ValueNode['loc'];
}

function sourceOf({ text }: Reader, { loc }: Located): string {
  return text.slice(loc.start.offset, loc.end.offset);
}
