/** Finds and reads waxseal.json. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { WaxsealError } from '../errors.ts';
import type { Config } from './schema.ts';

/** The name of the file. */
export const CONFIG_FILE = 'waxseal.json';

/** A waxseal.json and where it was found. */
export interface ConfigFile {
  /** Its absolute path. */
  readonly file: string;
  /** The folder that it stands in. */
  readonly folder: string;
  readonly config: Config;
}

/** Looks for waxseal.json from `folder` upwards, as git looks for its own. @throws WaxsealError `config_invalid` */
export async function findConfig(folder: string): Promise<ConfigFile | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await readConfig(join(at, CONFIG_FILE));
    if (found !== undefined) return found;
    if (dirname(at) === at) return undefined;
  }
}

/** Reads one file; undefined when there is none. @throws WaxsealError `config_invalid` */
export async function readConfig(file: string): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new WaxsealError('config_invalid', `${file} cannot be read`, {
      cause,
      hint: code === 'EISDIR' ? 'it is a folder; move it away' : 'check its permissions',
    });
  }
  // Loaded for a file that is there: an application that variables configure never pays for the schema.
  const { parseConfig } = await import('./parse.ts');
  return { file: resolve(file), folder: dirname(resolve(file)), config: await parseConfig(text, file) };
}
