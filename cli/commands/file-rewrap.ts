import { open as openFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { rewrapTarget } from '../../src/aws/account/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type RewrapChange, rewrapFile } from '../../src/file/rewrap.ts';
import { type CommandContext, say, writeJson } from '../context.ts';
import { type Input, openInput } from '../file/input.ts';
import { type FileOptions, parseContext } from '../file/options.ts';
import { writeWhole } from '../file/output.ts';
import { prepareOwnPlace } from '../file/place.ts';
import { stoppable } from '../file/stoppable.ts';
import { whereJson, withVault } from '../session.ts';

interface Options extends FileOptions {
  readonly to?: string;
  readonly fresh?: boolean;
}

/** Bytes that are copied at once, where the file is written anew. */
const PIECE = 1_048_576;

/** `waxseal file rewrap` */
export function run(
  context: CommandContext,
  [file = '']: readonly string[],
  options: Options,
): Promise<undefined> {
  if ((options.to === undefined) === (options.fresh !== true)) {
    throw new WaxsealError(
      'usage',
      'a rewrap goes either to another KMS key or to new material of the same',
      {
        hint: '--to KEY, or --fresh',
      },
    );
  }
  const pairs = parseContext(options.context);
  return stoppable(context, async (signal) => {
    const input = await openInput(context, file, signal);
    const { beginning } = input;
    try {
      if (beginning === undefined) throw new WaxsealError('usage', 'a rewrap needs a file, not a pipe');
      await withVault(context, options, async (open) => {
        const looking = { signal, observe: open.explainer?.observe };
        const to =
          options.to === undefined
            ? undefined
            : await rewrapTarget(open.settings, open.connection.endpoint, options.to, looking);
        const result = await rewrapFile(beginning, open, { context: pairs, to, signal });
        const { change } = result;
        if (change !== undefined) await apply(context, file, input, change, options.force === true);
        const [from, now] = [result.from, result.to];
        if (options.json === true) {
          await writeJson(context, {
            ...whereJson(open),
            file,
            from,
            to: now,
            changed: change !== undefined,
          });
        } else {
          const key = from === now ? `the newest material of ${now}` : now;
          say(
            context,
            options,
            `${file}: ${change === undefined ? 'nothing to do: it is' : 'now'} under ${key}`,
          );
        }
      });
      return undefined;
    } finally {
      await input.close();
    }
  });
}

/** Writes the new wrapping. Whatever happens meanwhile, the file opens under the one or the other. */
async function apply(
  context: CommandContext,
  file: string,
  input: Input,
  change: RewrapChange,
  force: boolean,
): Promise<void> {
  const path = resolve(context.cwd, file);
  await input.checkUnchanged();
  if (change.inPlace) {
    await overwriteBlock(path, change);
    return;
  }
  const place = await prepareOwnPlace(path, force);
  const how = { overwrite: true, like: input.stats, ready: input.checkUnchanged };
  await writeWhole(place, how, async (take) => {
    await take([change.after]);
    let skip = change.before.byteLength;
    for await (const piece of input.pieces(PIECE, 0, () => {})) {
      const rest = piece.subarray(skip);
      skip = Math.max(0, skip - piece.byteLength);
      // A copy: what was read stands in a buffer that is used again.
      if (rest.byteLength > 0) await take([Buffer.from(rest)]);
    }
  });
}

/** One block at the beginning of a file is written at once, or not at all. */
async function overwriteBlock(path: string, { before, after }: RewrapChange): Promise<void> {
  const handle = await openFile(path, 'r+').catch((cause: NodeJS.ErrnoException) => {
    throw new WaxsealError('usage', `${path} cannot be written: ${cause.code}`, { cause });
  });
  try {
    const now = Buffer.alloc(before.byteLength);
    await handle.read(now, 0, now.byteLength, 0);
    if (!now.equals(before)) {
      throw new WaxsealError('conflict', 'somebody else changed the file meanwhile; nothing was written');
    }
    await handle.write(after, 0, after.byteLength, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
