/** `--strict`: the names that a project says it needs, and whether all of them are set. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';

/** Where projects list what they need; the first that is there counts. */
const USUAL_FILES = ['.env.example', '.env.schema'];

/** The names that have to be set, and who says so. */
export interface Needed {
  readonly file: string;
  readonly names: readonly string[];
}

/**
 * Reads what a project needs. A name in a comment is not needed.
 * @param file - relative to `folder`; default one of the usual files there
 * @throws WaxsealError `usage` without such a file, `import_invalid` with the line that is no assignment
 */
export async function readNeeded(folder: string, file: string | undefined): Promise<Needed> {
  const candidates = file === undefined ? USUAL_FILES : [file];
  for (const name of candidates) {
    const text = readIfThere(file === undefined ? join(folder, name) : resolve(folder, name));
    if (text === undefined) continue;
    const { parseDotenv } = await import('../formats/dotenv.ts');
    return { file: name, names: parseDotenv(text, name).map((one) => one.name) };
  }
  throw new WaxsealError('usage', `--strict: there is no ${candidates.join(' and no ')} here`, {
    hint: 'name a file that lists the variables: --strict-file PATH',
  });
}

/** @throws WaxsealError `not_found`, naming every one that is missing */
export function checkNeeded({ file, names }: Needed, env: Readonly<Record<string, string>>): void {
  const missing = names.filter((name) => env[name] === undefined);
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new WaxsealError(
    'not_found',
    `${missing.join(', ')} ${verb} in ${file} and not set; nothing was started`,
    {
      hint: `set what the vault lacks, such as with "waxseal set ${missing[0]}"`,
    },
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
