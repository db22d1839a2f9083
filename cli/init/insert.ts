/** Adds a vault to the text of a waxseal.json and leaves every other character where it is. */
import type { ObjectNode } from '@humanwhocodes/momoa';

/**
 * The text with one more vault behind the last one, indented as that one is; undefined where there is none to follow.
 * @param text - a valid waxseal.json, with or without a byte-order mark
 */
export async function insertVault(
  text: string,
  path: string,
  entry: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const mark = text.startsWith('\uFEFF') ? text.slice(0, 1) : '';
  const json = text.slice(mark.length);
  const { parse } = await import('@humanwhocodes/momoa');
  const { body } = parse(json);
  const outer = body.type === 'Object' ? memberNamed(body, 'vaults') : undefined;
  const last = outer?.value.type === 'Object' ? outer.value.members.at(-1) : undefined;
  if (outer === undefined || last === undefined) return undefined;

  const before = json.slice(outer.value.loc.start.offset + 1, last.loc.start.offset);
  const end = last.loc.end.offset;
  const indent = /\n([ \t]*)$/.exec(before)?.[1];
  const added =
    indent === undefined
      ? `, ${JSON.stringify(path)}: ${oneLine(entry)}`
      : `,\n${indent}${indented(path, entry, indent, indentOf(json, outer.loc.start.offset))}`;
  const newline = json.includes('\r\n') ? '\r\n' : '\n';
  return mark + json.slice(0, end) + added.replaceAll('\n', newline) + json.slice(end);
}

/** A member of an object, and where it stands. */
export type Member = ObjectNode['members'][number];

/** The last one of that name: the one that JSON.parse takes. */
export function memberNamed({ members }: ObjectNode, key: string): Member | undefined {
  return members.findLast(({ name }) => (name.type === 'String' ? name.value : name.name) === key);
}

function indented(path: string, entry: object, indent: string, outerIndent: string): string {
  const step = indent.startsWith(outerIndent) ? indent.slice(outerIndent.length) : '';
  const text = JSON.stringify(entry, undefined, step === '' ? 2 : step);
  return `${JSON.stringify(path)}: ${text.replaceAll('\n', `\n${indent}`)}`;
}

/** What stands before the first character of the line at `offset`. */
function indentOf(json: string, offset: number): string {
  const line = json.slice(json.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

function oneLine(entry: object): string {
  return JSON.stringify(entry, undefined, 1)
    .replace(/\[\s+/g, '[')
    .replace(/\s+\]/g, ']')
    .replace(/\n\s*/g, ' ');
}
