/**
 * What kind of program a file is, as far as its first bytes tell. A failure to replace this process cannot be caught,
 * so only what the system is certain to run is called by its kind; the rest is `unsure`.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { needsOfElf } from './elf.ts';
import { isRunnable } from './find-program.ts';
import { isForMac } from './mach-o.ts';

/** What the system will do with the file. */
export type ProgramKind =
  /** It runs it. */
  | { readonly kind: 'certain' }
  /** It refuses it, and shells then run it with /bin/sh. */
  | { readonly kind: 'no shebang' }
  /** What it names to be run with is not there. */
  | { readonly kind: 'lacks'; readonly what: string }
  | { readonly kind: 'unsure' };

/** Enough for a shebang (the kernel reads 256 bytes) and for the table of an ELF file. */
const HEAD = 4096;
const SHEBANG_MOST = 256;
/** How many scripts may be run by scripts: Linux goes a little further, other systems not even this far. */
const NESTED_MOST = process.platform === 'linux' ? 3 : 1;

/** Says what a file is. */
export function programKind(file: string): ProgramKind {
  return kindOf(file, NESTED_MOST);
}

/** @param scripts - how many scripts there may still be from here on */
function kindOf(file: string, scripts: number): ProgramKind {
  const head = readHead(file);
  if (head === undefined) return { kind: 'unsure' };
  if (head.toString('latin1', 0, 2) === '#!') {
    if (scripts === 0) return { kind: 'unsure' };
    return scriptKind(head.toString('utf8', 2, SHEBANG_MOST), scripts - 1);
  }
  if (process.platform === 'linux') {
    const needs = needsOfElf(head, process.arch);
    if (needs !== undefined) {
      return needs.loader === undefined || isRunnable(needs.loader)
        ? { kind: 'certain' }
        : { kind: 'lacks', what: needs.loader };
    }
  }
  if (process.platform === 'darwin' && isForMac(head, process.arch)) return { kind: 'certain' };
  // A NUL means that it is no text: the system may have been taught to run it (wine, qemu, java).
  return { kind: head.includes(0) ? 'unsure' : 'no shebang' };
}

/** @param text - what follows `#!` */
function scriptKind(text: string, scripts: number): ProgramKind {
  const end = text.indexOf('\n');
  const interpreter = /^[ \t]*([^ \t]*)/.exec(end === -1 ? text : text.slice(0, end))?.[1] ?? '';
  // None named, or its name may go on behind what the kernel reads.
  if (interpreter === '' || (end === -1 && text.trim() === interpreter)) return { kind: 'unsure' };
  if (!isRunnable(interpreter)) return { kind: 'lacks', what: interpreter };
  const kind = kindOf(interpreter, scripts);
  // The kernel refuses it, and then it is for the C library to find a way.
  return kind.kind === 'no shebang' ? { kind: 'unsure' } : kind;
}

/** The first bytes; undefined when they may not be read, though the file may be run. */
function readHead(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD, 0));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
