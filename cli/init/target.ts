/** The file that is written, as it is before. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONFIG_FILE, type Config, parseConfig } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';

/** Where it goes. */
export interface Target {
  /** Its absolute path. */
  readonly file: string;
  readonly folder: string;
  /** Its text; undefined where there is none yet. */
  readonly text: string | undefined;
  /** What it says, as it stands there, and what that means. */
  readonly content: Readonly<Record<string, unknown>> | undefined;
  readonly config: Config | undefined;
  /** The paths of the vaults in it. */
  readonly vaults: readonly string[];
  /** What a new file says as `$schema`. */
  readonly schema: string | undefined;
}

const SCHEMA = './node_modules/waxseal/waxseal.schema.json';

/** Reads what is there. @throws WaxsealError `config_invalid` for a file that is wrong already */
export async function readTarget(folder: string): Promise<Target> {
  const file = join(folder, CONFIG_FILE);
  const text = readText(file);
  const config = text === undefined ? undefined : await parseConfig(text, file);
  return {
    file,
    folder,
    text,
    content: text === undefined ? undefined : (JSON.parse(withoutMark(text)) as Record<string, unknown>),
    config,
    vaults: Object.keys(config?.vaults ?? {}),
    schema: existsSync(join(folder, SCHEMA)) ? SCHEMA : undefined,
  };
}

/** A file's text, or undefined where there is none. @throws WaxsealError `config_invalid` when it cannot be read */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new WaxsealError('config_invalid', `${file} cannot be read`, {
      cause,
      hint: code === 'EISDIR' ? 'it is a folder; move it away' : 'check its permissions',
    });
  }
}

/** The nearest waxseal.json above a folder: what commands there have used so far. */
export function fileAbove(folder: string): string | undefined {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const file = join(dirname(at), CONFIG_FILE);
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** Text without the byte-order mark that some editors put in front. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}
