/**
 * Writes waxseal.schema.json, which editors read, from the schema that waxseal itself checks by.
 * `--check` writes nothing and exits 1 when the file on disk differs; a path names another file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { configSchema } from '../src/config/index.ts';

const { $schema, ...rest } = toJsonSchema(configSchema, {
  target: 'draft-07',
  // As it is written, not as it is read: what has a default may be left out.
  typeMode: 'input',
  // JSON Schema has no flags; validators read patterns with "u" by default, so that one may be dropped.
  overrideAction: ({ valibotAction, jsonSchema }): JsonSchema | undefined => {
    if (valibotAction.type !== 'regex') return undefined;
    const { flags, source } = (valibotAction as v.RegexAction<string, string>).requirement;
    return flags === 'u' ? { ...jsonSchema, pattern: source } : undefined;
  },
});
const text = `${JSON.stringify({ $schema, title: 'waxseal.json', ...rest }, null, 2)}\n`;

const check = process.argv.includes('--check');
const file =
  process.argv.slice(2).find((argument) => !argument.startsWith('-')) ??
  join(import.meta.dirname, '..', 'waxseal.schema.json');
const name = relative(process.cwd(), file);

if (!check) {
  writeFileSync(file, text);
  process.stdout.write(`${name}\n`);
} else if (contents(file) !== text) {
  process.stderr.write(`${name} is not what src/config/schema.ts says\nhint: npm run schema\n`);
  process.exitCode = 1;
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
