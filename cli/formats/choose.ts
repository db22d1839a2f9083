/** Which format a file is in. */
import { basename } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { quoteName } from '../../src/secret-name.ts';

/** The formats that secrets are read from. */
export type FormatName = 'dotenv' | 'json' | 'yaml';

const FORMATS: readonly FormatName[] = ['dotenv', 'json', 'yaml'];

/** The first that fits counts: `.env.json` is JSON. */
const BY_FILE: readonly (readonly [RegExp, FormatName])[] = [
  [/\.json$/i, 'json'],
  [/\.ya?ml$/i, 'yaml'],
  [/\.env(\..*)?$/i, 'dotenv'],
];

/** By the first line that is more than a comment. `NAME: value` is YAML, though dotenv would read it too. */
const BY_TEXT: readonly (readonly [RegExp, FormatName])[] = [
  [/^\{/, 'json'],
  [/^(---|%YAML)(\s|$)/, 'yaml'],
  [/^(export\s+)?[\w.-]+\s*=/, 'dotenv'],
  [/^("[^"]*"|'[^']*'|[^\s:=][^:=]*):(\s|$)/, 'yaml'],
];

/**
 * Picks the format: the one asked for, else by the file's name, else by a look at the text.
 * @param file - undefined or `-` for standard input
 * @param text - what was read; no part of it gets into a message
 * @throws WaxsealError `usage` when it cannot be told
 */
export function chooseFormat(file: string | undefined, asked: string | undefined, text: string): FormatName {
  if (asked !== undefined) {
    const format = FORMATS.find((name) => name === asked);
    if (format !== undefined) return format;
    throw new WaxsealError('usage', `unknown format ${quoteName(asked)}`, {
      hint: `the formats are ${FORMATS.join(', ')}`,
    });
  }
  const named = file === undefined ? undefined : match(BY_FILE, basename(file));
  const format = named ?? guess(text);
  if (format !== undefined) return format;
  const what = file === undefined || file === '-' ? 'standard input' : file;
  throw new WaxsealError('usage', `cannot tell the format of ${what}`, {
    hint: `name it: ${FORMATS.join(', ')}`,
  });
}

function guess(text: string): FormatName | undefined {
  for (const [line] of text.matchAll(/\S[^\n\r]*/g)) {
    if (!line.startsWith('#')) return match(BY_TEXT, line);
  }
  // Nothing but comments holds no secret, whatever it is called.
  return 'dotenv';
}

function match(table: readonly (readonly [RegExp, FormatName])[], text: string): FormatName | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}
