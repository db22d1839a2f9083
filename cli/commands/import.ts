import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { isRefused, variableName } from '../../src/loader/index.ts';
import type { ImportProgress, ImportResult } from '../../src/vault/index.ts';
import { type CommandContext, say, write, writeJson } from '../context.ts';
import { sayEndedExpiries } from '../expiry.ts';
import { chooseFormat, parseSecrets } from '../formats/index.ts';
import { readAll, readFileWhole } from '../input.ts';
import { startProgress } from '../progress.ts';
import { behindJson, publishAfter, publishedJson, warnBehind, whereJson } from '../session.ts';
import { parseRate, sayEstimate, type WritingOptions, type WritingSession, withWriting } from '../writing.ts';

interface Options extends WritingOptions {
  readonly rate?: string;
  readonly format?: string;
  readonly dryRun?: boolean;
}

/** `waxseal import` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  const rate = parseRate(options.rate);
  const work = async (open: WritingSession): Promise<undefined> => {
    const [file = '-'] = args;
    const text = await readText(context, file);
    const source = file === '-' ? '<stdin>' : file;
    const items = parseSecrets(
      chooseFormat(file === '-' ? undefined : file, options.format, text),
      text,
      source,
    );
    const { signal } = context;
    let result: ImportResult;
    if (options.dryRun === true) result = await open.vault.planImport(items, { signal });
    else {
      const progress = startProgress(context, options, 'sealing');
      let begun = false;
      const onProgress = (now: ImportProgress): void => {
        if (!begun) sayEstimate(context, options, now.total - now.done, rate);
        begun = true;
        progress.update(now);
      };
      try {
        result = await open.vault.import(items, { signal, onProgress });
      } finally {
        progress.end();
      }
    }
    const published =
      options.dryRun === true ? undefined : await publishAfter(context, options, open, result.behind);
    warnBehind(context, options, published?.behind ?? []);
    sayEndedExpiries(context, options, result.endedExpiry, options.dryRun === true);
    warnUnloadable(
      context,
      options,
      items.map(({ name }) => name),
    );
    const { added, changed, unchanged, endedExpiry } = result;
    if (options.json === true) {
      await writeJson(context, {
        ...whereJson(open),
        dryRun: options.dryRun === true,
        added,
        changed,
        unchanged,
        endedExpiry,
        ...(published === undefined ? {} : publishedJson(published)),
        behind: behindJson(published?.behind ?? []),
        ...open.actedJson,
      });
      if (published !== undefined) open.checkRequired(published);
      return undefined;
    }
    if (options.dryRun === true) {
      await write(
        context,
        [...added.map((name) => `+ ${name}\n`), ...changed.map((name) => `~ ${name}\n`)].join(''),
      );
    }
    const verb = options.dryRun === true ? 'would be ' : '';
    await write(
      context,
      `${added.length} ${verb}added, ${changed.length} ${verb}changed, ${unchanged.length} unchanged\n`,
    );
    if (published !== undefined) open.checkRequired(published);
    return undefined;
  };
  // Nobody has to agree to what writes nothing.
  const yes = options.yes === true || options.dryRun === true;
  return withWriting(context, { ...options, yes }, work, rate);
}

async function readText(context: CommandContext, file: string): Promise<string> {
  const bytes = file === '-' ? await readAll(context.stdin) : await readFileWhole(resolve(context.cwd, file));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // No cause: it may quote what it read.
    throw new WaxsealError('import_invalid', `${file === '-' ? '<stdin>' : file} is not UTF-8 text`, {
      hint: 'save it as UTF-8; for one binary secret use "waxseal set NAME --file"',
    });
  }
}

/** Sealed they are safe; said now, because otherwise it shows when an application does not start. */
function warnUnloadable(context: CommandContext, options: Options, names: readonly string[]): void {
  const refused = names.filter((name) => isRefused(variableName(name)));
  if (refused.length === 0) return;
  say(context, options, `note: exec will refuse ${refused.join(', ')} unless allowed by name (--allow)`);
}
