/** What the system takes as arguments and environment of a process. See execve(2), "Limits on size". */
import { readFileSync } from 'node:fs';
import { WaxsealError } from '../../src/errors.ts';

/** Linux: one string may have as many bytes as 32 pages, its ending NUL included. */
const PAGES_OF_A_STRING = 32;
/** Linux: what all of it may have at least, whatever the stack; macOS: what it may have. Bytes. */
const LEAST_ON_LINUX = 131_072;
const MOST_ON_MAC = 1_048_576;
/** Linux: and at most, three quarters of the usual stack of 8 MiB. */
const MOST_ON_LINUX = 6_291_456;
/** For what the kernel adds itself: the file's name, a script's interpreter and its argument. */
const RESERVE = 8192;
const POINTER = 8;

/**
 * Checks that a process can be started with these.
 * @throws WaxsealError `command_failed` when a string, or all together, are too large; `not_loadable` for a NUL
 */
export function checkLimits(argv: readonly string[], env: Readonly<Record<string, string>>): void {
  let total = RESERVE;
  let largest = { what: '', bytes: 0 };
  const count = (what: string, text: string, before: number): void => {
    if (text.includes('\0')) {
      throw new WaxsealError('not_loadable', `${what}: neither variables nor arguments can hold a NUL`);
    }
    const bytes = before + Buffer.byteLength(text) + 1;
    total += bytes + POINTER;
    if (bytes > largest.bytes) largest = { what, bytes };
  };
  for (const name of Object.keys(env)) count(name, env[name] ?? '', Buffer.byteLength(name) + 1);
  argv.forEach((text, place) => {
    count(`argument ${place} of the command`, text, 0);
  });
  if (process.platform === 'linux' && largest.bytes > LEAST_ON_LINUX) checkString(largest);
  if (total > LEAST_ON_LINUX && total > limit()) {
    throw new WaxsealError(
      'command_failed',
      'arguments and environment together are too large for the system',
      {
        hint: 'leave some secrets out (--only, --except, --pristine); "ulimit -s" raises the limit on Linux',
      },
    );
  }
}

function checkString({ what, bytes }: { readonly what: string; readonly bytes: number }): void {
  if (bytes <= PAGES_OF_A_STRING * pageSize()) return;
  throw new WaxsealError('command_failed', `${what} is larger than Linux lets one variable or argument be`, {
    hint: 'leave that secret out (--except) and let the command read it: waxseal get NAME > file',
  });
}

/** Bytes for all strings and the pointers to them. Where it is not known, starting the process will tell. */
function limit(): number {
  if (process.platform === 'darwin') return MOST_ON_MAC;
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  const soft = /^Max stack size\s+(\S+)/m.exec(readProc('/proc/self/limits').toString())?.[1];
  const stack = Number(soft);
  if (Number.isNaN(stack)) return MOST_ON_LINUX;
  return Math.max(LEAST_ON_LINUX, Math.min(stack / 4, MOST_ON_LINUX));
}

/** The tag of the page size in the vector that the kernel gives each process; see getauxval(3). */
const AT_PAGESZ = 6n;

function pageSize(): number {
  const vector = readProc('/proc/self/auxv');
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4096;
}

function readProc(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
