/** How an error ends a command: one line that says what happened, one that says what to do, an exit status. */
import { EXIT_STATUS, isWaxsealError, WaxsealError } from '../src/errors.ts';
import type { CommandContext } from './context.ts';

/** The status of a command ended by Ctrl-C: 128 and the number of SIGINT, as shells have it. */
const INTERRUPTED = 130;

/** Says what went wrong and returns the exit status. */
export function reportError(context: CommandContext, error: unknown, json: boolean): number {
  const known = toWaxsealError(error);
  // Control characters in a message that AWS or a file had a hand in must not drive the terminal.
  const clean = (text: string): string =>
    text.replace(/[\p{Cc}\p{Cf}]/gu, (c) => (c === '\n' ? c : '\u{FFFD}'));
  if (json) context.stderr.write(`${JSON.stringify({ error: known })}\n`);
  else {
    context.stderr.write(`error: ${clean(known.message)} [${known.code}]\n`);
    if (known.hint !== undefined) context.stderr.write(`  ${clean(known.hint)}\n`);
    if (context.env.WAXSEAL_DEBUG === '1') context.stderr.write(`${known.stack}\n`);
  }
  if (known.code === 'cancelled' && context.signal.aborted) return INTERRUPTED;
  return EXIT_STATUS[known.code];
}

function toWaxsealError(error: unknown): WaxsealError {
  if (isWaxsealError(error)) return error;
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    const what = { ENOENT: 'there is no such file', EACCES: 'it may not be read', EISDIR: 'it is a folder' }[
      code
    ];
    return new WaxsealError('usage', `${path ?? 'file'}: ${what}`, { cause: error });
  }
  return new WaxsealError('unexpected', `something unforeseen happened: ${message ?? String(error)}`, {
    cause: error,
    hint: 'WAXSEAL_DEBUG=1 shows where; please report it',
  });
}
