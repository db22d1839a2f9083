/** What sealing and opening a file have in common: from an input to an output, with what may go wrong in between. */
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, say, write, writeJson } from '../context.ts';
import { startByteProgress } from '../progress.ts';
import { type Session, whereJson, withVault } from '../session.ts';
import { type Input, openInput } from './input.ts';
import { type FileOptions, parseContext, targetOf } from './options.ts';
import { type Take, writeWhole } from './output.ts';
import { prepareOwnPlace, preparePlace } from './place.ts';
import { stoppable } from './stoppable.ts';

/** One file on its way. */
export interface Job {
  readonly open: Session;
  readonly input: Input;
  /** Of `--context`. */
  readonly pairs: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Is told how many bytes were read. */
  readonly tell: (done: number) => void;
}

/** What is done with a file. */
export interface Direction {
  /** Whether the output is the sealed one. */
  readonly sealing: boolean;
  /** Refuses what cannot be meant, before anything is asked of AWS. */
  readonly look?: (input: Input, inPlace: boolean) => Promise<void>;
  /** The output, in bytes that belong behind one another; begins when it is asked for. */
  readonly output: (job: Job) => AsyncIterable<readonly Uint8Array[]>;
}

/** Runs a command over one file, a pipe or stdin. */
export function transform(
  context: CommandContext,
  [file = '-']: readonly string[],
  options: FileOptions,
  { sealing, look, output }: Direction,
): Promise<undefined> {
  const pairs = parseContext(options.context);
  const target = targetOf(context, file, options, sealing);
  const overwrite = target.inPlace || options.force === true;
  return stoppable(context, async (signal) => {
    if (target.path !== undefined && !target.inPlace) await preparePlace(target.path, overwrite);
    const input = await openInput(context, file, signal);
    try {
      const path =
        target.path !== undefined && target.inPlace
          ? await prepareOwnPlace(target.path, options.force === true)
          : target.path;
      await look?.(input, target.inPlace);
      await withVault(context, options, async (open) => {
        const progress = startByteProgress(context, options, sealing ? 'sealing' : 'opening', input.size);
        let bytes = 0;
        const tell = (done: number): void => {
          bytes = done;
          progress.update(done);
        };
        const fill = async (take: Take): Promise<void> => {
          for await (const parts of output({ open, input, pairs, signal, tell })) await take(parts);
        };
        try {
          if (path === undefined) {
            await fill(async (parts) => {
              for (const part of parts) await write(context, part);
            });
            await input.checkUnchanged();
          } else {
            await writeWhole(path, { overwrite, like: input.stats, ready: input.checkUnchanged }, fill);
          }
        } catch (error) {
          throw partlyOut(error, path);
        } finally {
          progress.end();
        }
        if (options.json === true) {
          await writeJson(context, { ...whereJson(open), file: path, read: bytes, context: pairs });
        } else if (path !== undefined) say(context, options, `${sealing ? 'sealed' : 'opened'}: ${path}`);
      });
      return undefined;
    } finally {
      await input.close();
    }
  });
}

/** Whoever reads a pipe has a part already, and has to know what it is worth. */
function partlyOut(error: unknown, path: string | undefined): unknown {
  if (path !== undefined || !(error instanceof WaxsealError) || error.code !== 'decrypt_failed') return error;
  return new WaxsealError(error.code, error.message, {
    hint: 'what came out before is authentic, and not the whole: throw it away',
    cause: error,
  });
}
