/** What the commands about files take, and where their output goes. */
import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext, CommonOptions } from '../context.ts';

/** Options of a command that reads one file and writes another. */
export interface FileOptions extends CommonOptions {
  /** `key=value`, each time it is given. */
  readonly context?: readonly string[];
  readonly output?: string;
  readonly inPlace?: boolean;
  readonly force?: boolean;
}

/** What a sealed file is called: the name of the plain one, and this. */
const SUFFIX = '.waxseal';

/** The pairs of `--context`. @throws WaxsealError `usage` */
export function parseContext(pairs: readonly string[] = []): Readonly<Record<string, string>> {
  const split = pairs.map((pair): readonly [string, string] => {
    const at = pair.indexOf('=');
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
    throw new WaxsealError('usage', '--context expected key=value', {
      hint: 'such as --context customer=42',
    });
  });
  if (new Set(split.map(([key]) => key)).size !== split.length) {
    throw new WaxsealError('usage', '--context was given twice with the same key');
  }
  return Object.fromEntries(split);
}

/** Where output goes: undefined for stdout. */
export interface Target {
  readonly path: string | undefined;
  /** It takes the place of the input. */
  readonly inPlace: boolean;
}

/**
 * Where the output goes.
 * @param file - `-` for stdin
 * @throws WaxsealError `usage` where nobody said, or two things at once
 */
export function targetOf(
  context: CommandContext,
  file: string,
  options: FileOptions,
  sealing: boolean,
): Target {
  const { output, inPlace = false } = options;
  if (inPlace) {
    if (output !== undefined) throw new WaxsealError('usage', '--in-place and --output exclude each other');
    if (file === '-') throw new WaxsealError('usage', '--in-place needs a file, not a pipe');
    return { path: resolve(context.cwd, file), inPlace };
  }
  const path = output === '-' ? undefined : (output ?? usualName(file, sealing));
  if (path === undefined) {
    if (options.json === true) {
      throw new WaxsealError('usage', 'the output and --json both want stdout', {
        hint: 'add --output FILE',
      });
    }
    if (output === undefined && context.stdout.isTTY === true) {
      throw new WaxsealError('usage', 'the output would land on the terminal', {
        hint: 'add --output FILE, or --output - if that is meant',
      });
    }
    return { path, inPlace };
  }
  return { path: resolve(context.cwd, path), inPlace };
}

function usualName(file: string, sealing: boolean): string | undefined {
  if (file === '-') return undefined;
  if (sealing) return `${file}${SUFFIX}`;
  if (file.endsWith(SUFFIX) && !/(^|\/)$/.test(file.slice(0, -SUFFIX.length))) {
    return file.slice(0, -SUFFIX.length);
  }
  throw new WaxsealError('usage', `${file} does not end in ${SUFFIX}: nobody knows what to call it opened`, {
    hint: 'add --output FILE, or --in-place',
  });
}
