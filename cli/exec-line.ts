/**
 * Reads the command line of `exec` from the same table as commander does, without loading commander: a start has to
 * be quick. What is not plainly right (help, a mistake, a spelling that is rarely used) is left to commander, so that
 * there is one voice for help and complaints.
 */
import { EXEC, GLOBAL_OPTIONS } from './commands/exec-table.ts';
import type { OptionSpec } from './commands/spec.ts';

/** What was asked for. */
export interface ExecLine {
  /** The command and its arguments. */
  readonly args: readonly string[];
  /** Options under the names that commander gives them. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface Option {
  readonly key: string;
  /** `no` for an option that is false when it is given: `--no-large` sets `large`. */
  readonly takes: 'nothing' | 'no' | 'one' | 'one each time' | 'many';
}

/** Reads a line. @returns undefined when it is not plainly an `exec` to be run */
export function readExecLine(argv: readonly string[]): ExecLine | undefined {
  const before = readOptions(argv, 0, GLOBAL_OPTIONS);
  if (before === undefined || argv[before.end] !== 'exec') return undefined;
  const own = readOptions(argv, before.end + 1, EXEC.options ?? []);
  if (own === undefined) return undefined;
  const args = argv.slice(argv[own.end] === '--' ? own.end + 1 : own.end);
  if (args.length === 0) return undefined;
  return { args, options: { ...before.options, ...own.options } };
}

/** Reads options from `start` to the first argument. @returns undefined at anything else that begins with a dash */
function readOptions(
  argv: readonly string[],
  start: number,
  specs: readonly OptionSpec[],
): { readonly options: Record<string, unknown>; readonly end: number } | undefined {
  const known = byFlag(specs);
  const options: Record<string, unknown> = {};
  let at = start;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--' || !isDashed(word)) break;
    const [, flag = word, attached] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = known.get(flag);
    if (option === undefined) return undefined;
    const { key, takes } = option;
    if (takes === 'nothing' || takes === 'no') {
      if (attached !== undefined) return undefined;
      options[key] = takes === 'nothing';
      continue;
    }
    const value = attached ?? argv[++at];
    if (value === undefined) return undefined;
    const values = [value];
    while (
      takes === 'many' &&
      attached === undefined &&
      at + 1 < argv.length &&
      !isDashed(argv[at + 1] ?? '')
    ) {
      values.push(argv[++at] ?? '');
    }
    // Commander takes "-1" for a value, too.
    if (takes === 'many' && /^-[\d.]/.test(argv[at + 1] ?? '')) return undefined;
    options[key] = takes === 'one' ? value : [...((options[key] as string[] | undefined) ?? []), ...values];
  }
  return { options, end: at };
}

function isDashed(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function byFlag(specs: readonly OptionSpec[]): ReadonlyMap<string, Option> {
  const known = new Map<string, Option>();
  for (const [flags, , each] of specs) {
    const [, short, long = '', value = ''] = /^(?:(-\w), )?--([\w-]+)(?: <(.*)>)?$/.exec(flags) ?? [];
    const isNo = long.startsWith('no-');
    const key = long.replace(/^no-/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const takes =
      value === ''
        ? isNo
          ? 'no'
          : 'nothing'
        : value.endsWith('...')
          ? 'many'
          : each
            ? 'one each time'
            : 'one';
    known.set(`--${long}`, { key, takes });
    if (short !== undefined) known.set(short, { key, takes });
  }
  return known;
}
