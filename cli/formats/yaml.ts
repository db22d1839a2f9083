/**
 * Reads YAML 1.2 under the same rules as JSON. The tree is walked as it was written, and no schema decides what a
 * value is: 0123, 1.10, yes and 2001-01-01 stay the text that they are. `!!binary` gives bytes.
 */

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { quoteName } from '../../src/secret-name.ts';
import { encodeText, givenTwice, invalid, joinName, type ParsedSecret, SecretList } from './secret.ts';

const TAG = 'tag:yaml.org,2002:';
const TEXT_TAGS: ReadonlySet<string> = new Set([
  '!',
  ...['str', 'int', 'float', 'bool', 'timestamp'].map((name) => TAG + name),
]);
const MAP_TAGS: ReadonlySet<string> = new Set([`${TAG}map`]);
const BINARY = `${TAG}binary`;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Nodes that may be reached through aliases: enough for shared settings, far too few for a "billion laughs". */
const MAX_ALIASED_NODES = 1000;

interface Reader {
  readonly file: string;
  readonly list: SecretList;
  readonly lineOf: (node: Node) => number;
  readonly targets: ReadonlyMap<Alias, Node>;
  aliasedNodes: number;
}

/** Reads a YAML file. @throws WaxsealError `import_invalid` */
export function parseYaml(text: string, file: string): readonly ParsedSecret[] {
  const list = new SecretList(file);
  try {
    readDocument(text.replace(/^\uFEFF/, ''), file, list);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(file, undefined, 'the YAML is nested too deeply');
    throw error;
  }
  return list.secrets;
}

function readDocument(text: string, file: string, list: SecretList): void {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    lineCounter,
    prettyErrors: false,
    resolveKnownTags: false,
    // yaml compares each key with all others of its map, minutes for a large file; readMap looks them up instead.
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    if (error.code === 'MULTIPLE_DOCS') {
      throw invalid(file, line, 'the file holds more than one document', { hint: 'import one at a time' });
    }
    // Neither its message nor the error as the cause: both quote the file, and with it perhaps a secret.
    const what = error.code.toLowerCase().replaceAll('_', ' ');
    throw invalid(file, line, `it is not YAML (${what})`, { hint: 'mend the YAML there' });
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.source === '' && contents.value === null)) return;
  const lineOf = (node: Node): number => lineCounter.linePos(node.range?.[0] ?? 0).line;
  if (!isMap(contents)) {
    throw invalid(file, lineOf(contents), 'the file is not a map of names and values', {
      hint: 'it looks like DATABASE_URL: "..."',
    });
  }
  const reader: Reader = { file, list, lineOf, targets: findTargets(document), aliasedNodes: 0 };
  checkTag(reader, contents, MAP_TAGS, lineOf(contents));
  readMap(reader, contents, undefined, undefined);
}

/** An anchor's name may be used again: an alias means the last one before it, in the order of the text. */
function findTargets(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** @param aliasLine - where the alias stands that led here; places inside its target would mislead */
function readMap(
  reader: Reader,
  map: YAMLMap,
  parent: string | undefined,
  aliasLine: number | undefined,
): void {
  const lines = new Map<string, number>();
  for (const { key, value } of map.items as readonly { key: unknown; value: unknown }[]) {
    const line = aliasLine ?? reader.lineOf(key as Node);
    const text = readKey(reader, key, line);
    const name = joinName(parent, text);
    const first = lines.get(text);
    if (first !== undefined) throw givenTwice(reader.file, line, name, first);
    lines.set(text, line);
    readValue(reader, value as Node | null, name, line, aliasLine);
  }
}

function readKey(reader: Reader, key: unknown, line: number): string {
  if (isScalar(key) && key.tag === undefined && key.source !== undefined && key.source !== '') {
    return key.source;
  }
  throw invalid(reader.file, line, 'a name is not plain text', {
    hint: 'write it as NAME: value, without a tag or an alias',
  });
}

function readValue(
  reader: Reader,
  node: Node | null,
  name: string,
  line: number,
  aliasLine: number | undefined,
): void {
  const { file, list } = reader;
  if (aliasLine !== undefined && ++reader.aliasedNodes > MAX_ALIASED_NODES) {
    throw invalid(file, line, 'aliases stand for too many values', { hint: 'write the values out' });
  }
  if (isAlias(node)) {
    const target = reader.targets.get(node);
    if (target === undefined) throw invalid(file, line, `${quoteName(name)} is an alias without an anchor`);
    readValue(reader, target, name, line, line);
  } else if (isMap(node)) {
    checkTag(reader, node, MAP_TAGS, line);
    readMap(reader, node, name, aliasLine);
  } else if (isScalar(node)) {
    list.add(name, bytesOf(reader, node, name, line), line);
  } else if (node === null) {
    throw isNull(file, line, name);
  } else {
    throw invalid(file, line, `${quoteName(name)} is an array`, {
      hint: 'a secret is one value; write the array as a string, or give each element a name',
    });
  }
}

function bytesOf(reader: Reader, scalar: Scalar, name: string, line: number): Uint8Array {
  const source = scalar.source ?? '';
  if (scalar.tag === BINARY) {
    const base64 = source.replace(/\s+/g, '');
    // Checked, because Buffer skips what is not base64 and would give other bytes without a word.
    if (base64.length % 4 !== 0 || !BASE64.test(base64)) {
      throw invalid(reader.file, line, `the value of ${quoteName(name)} is not base64`, {
        hint: '!!binary takes base64 with its padding',
      });
    }
    const bytes = new Uint8Array(Buffer.byteLength(base64, 'base64'));
    Buffer.from(bytes.buffer).write(base64, 'base64');
    return bytes;
  }
  checkTag(reader, scalar, TEXT_TAGS, line);
  if (scalar.value === null) throw isNull(reader.file, line, name);
  return encodeText(reader.file, line, name, source);
}

function isNull(file: string, line: number, name: string): Error {
  return invalid(file, line, `${quoteName(name)} is null`, {
    hint: 'leave it out, or write "" for an empty value',
  });
}

function checkTag(reader: Reader, node: Node, known: ReadonlySet<string>, line: number): void {
  const { tag } = node as { tag?: string };
  if (tag === undefined || known.has(tag)) return;
  throw invalid(reader.file, line, 'the value has a tag that is not known here', {
    hint: 'only !!str, !!int, !!float, !!bool, !!timestamp, !!binary and !!map are read',
  });
}
