/** The formats that secrets come in from, and go out to. */
import type { FormatName } from './choose.ts';
import { parseDotenv } from './dotenv.ts';
import { parseJson } from './json.ts';
import type { ParsedSecret } from './secret.ts';
import { parseYaml } from './yaml.ts';

export { chooseFormat, type FormatName } from './choose.ts';
export type { ParsedSecret } from './secret.ts';
export { toShellExports } from './shell.ts';

const PARSERS: Record<FormatName, (text: string, file: string) => readonly ParsedSecret[]> = {
  dotenv: parseDotenv,
  json: parseJson,
  yaml: parseYaml,
};

/**
 * Reads the secrets of a file. An empty one has none.
 * @param file - the name that complaints carry
 * @throws WaxsealError `import_invalid`, with file and line where they are known
 */
export function parseSecrets(format: FormatName, text: string, file: string): readonly ParsedSecret[] {
  return PARSERS[format](text, file);
}
