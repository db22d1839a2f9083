import { open as openSealed } from '../../src/file/seal.ts';
import { lookAt } from '../../src/file/whole.ts';
import type { CommandContext } from '../context.ts';
import type { FileOptions } from '../file/options.ts';
import { type Job, transform } from '../file/run.ts';

/** Bytes of a piece of what is no file in chunks. */
const PIECE = 65_536;

/** `waxseal file decrypt` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: FileOptions,
): Promise<undefined> {
  return transform(context, args, options, {
    sealing: false,
    // What is no sealed file, or is another's, is refused before anything is asked of AWS.
    look: async (input) => void (await sizes(input)),
    output: opened,
  });
}

async function* opened({ open, input, pairs, signal, tell }: Job): AsyncGenerator<readonly Uint8Array[]> {
  const { header, record } = await sizes(input);
  const pieces = input.pieces(record, header, tell);
  for await (const plaintext of openSealed(pieces, open, { context: pairs, signal })) yield [plaintext];
}

/** A file is read as it is cut into chunks, so that none has to be put together. */
async function sizes({ beginning }: Job['input']): Promise<{ header: number; record: number }> {
  const look = beginning === undefined ? undefined : await lookAt(beginning);
  if (look === undefined || look.kind === 'envelope') return { header: 0, record: PIECE };
  return { header: look.headerBytes, record: look.recordBytes };
}
