/** Finds the file behind a command's name, as `execvp` does. */
import { accessSync, constants, statSync } from 'node:fs';

/** Where a command's file was found, or what the shell's exit status for the failure is and why. */
export type Found = { readonly file: string } | NotRunnable;

/** Why a command cannot be run. */
export interface NotRunnable {
  /** As shells have it. */
  readonly status: typeof NOT_EXECUTABLE | typeof NOT_FOUND;
  readonly why: string;
}

/** The file is there and may not be run. */
export const NOT_EXECUTABLE = 126;
/** There is no such file. */
export const NOT_FOUND = 127;

/** Where C libraries look when there is no PATH. */
const USUAL_PATH = '/bin:/usr/bin';

const MISSING: NotRunnable = { status: NOT_FOUND, why: 'command not found' };
const DENIED: NotRunnable = { status: NOT_EXECUTABLE, why: 'not executable' };

/**
 * Finds a command.
 * @param name - a name with a slash is taken as it is; an empty one is never found
 * @param path - the PATH of the environment that the command is to run in; an empty part of it is the working directory
 */
export function findProgram(name: string, path: string = USUAL_PATH): Found {
  if (name === '') return MISSING;
  if (name.includes('/')) return look(name) ?? { status: NOT_EXECUTABLE, why: 'is a directory' };
  let failure = MISSING;
  for (const folder of path.split(':')) {
    const found = look(`${folder === '' ? '.' : folder}/${name}`);
    if (found !== undefined && 'file' in found) return found;
    // One that may not be run counts only when no later folder has one that may.
    if (found?.status === NOT_EXECUTABLE) failure = found;
  }
  return failure;
}

/** Whether `file` is a regular file that may be run. */
export function isRunnable(file: string): boolean {
  const found = look(file);
  return found !== undefined && 'file' in found;
}

/** One file; undefined for a folder. */
function look(file: string): Found | undefined {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return undefined;
    if (!stats.isFile()) return DENIED;
    accessSync(file, constants.X_OK);
    return { file };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? MISSING : DENIED;
  }
}
