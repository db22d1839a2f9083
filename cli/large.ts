/** What is said of a large secret while it is written, and then. */
import type { ImportProgress, ValueSize, WriteResult } from '../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say } from './context.ts';
import { startProgress } from './progress.ts';

/** Writes a value with a bar for its parts, which is there only while there are some. */
export async function withParts<T>(
  context: CommandContext,
  options: CommonOptions,
  write: (onProgress: (progress: ImportProgress) => void) => Promise<T>,
): Promise<T> {
  const progress = startProgress(context, options, 'writing parts');
  let begun = false;
  try {
    return await write((now) => {
      begun = true;
      progress.update(now);
    });
  } finally {
    if (begun) progress.end();
  }
}

/** Says over how many parameters a value lies, to a person at a terminal. */
export function sayParts(
  context: CommandContext,
  options: CommonOptions,
  { name, changed, parts }: WriteResult,
  { oneAdvanced }: ValueSize,
): void {
  if (!changed || parts === undefined || context.stderr.isTTY !== true || options.json === true) return;
  const advanced = oneAdvanced
    ? '; one advanced parameter would hold it, for 0.05 USD a month in each region: "tier": "advanced" in waxseal.json'
    : '';
  say(
    context,
    options,
    `${name} is large: ${parts + 1} parameters in each region, and of its older values only the last one is kept${advanced}`,
  );
}

/** The same for `--json`. */
export function partsJson({ changed, parts }: WriteResult, { oneAdvanced }: ValueSize): object {
  return changed && parts !== undefined ? { parameters: parts + 1, ...(oneAdvanced && { oneAdvanced }) } : {};
}
