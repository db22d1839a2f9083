/** Puts a vault into waxseal.json: the rest stays as it is, and a change that came between is not lost. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { WaxsealError } from '../../src/errors.ts';
import type { Draft } from './answers.ts';
import { insertVault } from './insert.ts';
import { readText, type Target, withoutMark } from './target.ts';

/** The file's new text. */
export async function newText(draft: Draft, { text }: Target): Promise<string> {
  const whole = `${JSON.stringify(draft.data, undefined, 2)}\n`;
  if (text === undefined) return whole;
  const inserted = await insertVault(text, draft.plan.vault, draft.entry);
  // A file that says a key twice, or has no line to follow, is written anew rather than wrongly.
  return inserted !== undefined && isDeepStrictEqual(parsed(inserted), draft.data) ? inserted : whole;
}

/**
 * Writes the file, unless it is no longer what was read. Between the look and the writing nobody else who asks for
 * the lock comes in, and nothing here waits, so no interruption leaves the lock behind.
 * @throws WaxsealError `conflict` when somebody was faster, `usage` when it cannot be written
 */
export function writeUnchanged({ file, text }: Target, replacement: string): void {
  const lock = `${file}.lock`;
  try {
    closeSync(openSync(lock, 'wx'));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? conflict(
          `${file} is being written by another process`,
          `start again; if there is none, remove ${lock}`,
        )
      : cannotWrite(file, error);
  }
  try {
    if (readText(file) !== text)
      throw conflict(`${file} changed meanwhile`, 'nothing was written; start again');
    writeFileAtomic.sync(file, replacement);
  } catch (error) {
    throw error instanceof WaxsealError ? error : cannotWrite(file, error);
  } finally {
    rmSync(lock, { force: true });
  }
}

function conflict(message: string, hint: string): WaxsealError {
  return new WaxsealError('conflict', message, { hint });
}

function cannotWrite(file: string, cause: unknown): WaxsealError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  return new WaxsealError('usage', `${file} cannot be written (${code})`, {
    cause,
    hint: "check the folder's permissions",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(withoutMark(text)) as unknown;
  } catch {
    return undefined;
  }
}
