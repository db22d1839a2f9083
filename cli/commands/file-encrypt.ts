import { WaxsealError } from '../../src/errors.ts';
import { CHUNK_BYTES, seal } from '../../src/file/seal.ts';
import { isSealed, sealDocument } from '../../src/file/whole.ts';
import type { CommandContext } from '../context.ts';
import type { Input } from '../file/input.ts';
import type { FileOptions } from '../file/options.ts';
import { type Job, transform } from '../file/run.ts';

interface Options extends FileOptions {
  readonly jsonEnvelope?: boolean;
}

/** In bytes: what a person may want to read as a document. */
const MAX_DOCUMENT = 1_048_576;

/** `waxseal file encrypt` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  return transform(context, args, options, {
    sealing: true,
    look: (input, inPlace) => (inPlace && options.force !== true ? refuseTwice(input) : Promise.resolve()),
    output: options.jsonEnvelope === true ? asDocument : asFile,
  });
}

function asFile({ open, input, pairs, signal, tell }: Job): AsyncIterable<readonly Uint8Array[]> {
  return seal(input.pieces(CHUNK_BYTES, 0, tell), open, { context: pairs, signal });
}

async function* asDocument(job: Job): AsyncGenerator<readonly Uint8Array[]> {
  const { open, input, pairs, signal, tell } = job;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of input.pieces(CHUNK_BYTES, 0, tell)) {
    length += piece.byteLength;
    if (length > MAX_DOCUMENT) {
      throw new WaxsealError('usage', 'more than 1 MiB is too much for a JSON envelope', {
        hint: 'leave --json-envelope out',
      });
    }
    // The input reads on into the buffer that this is a part of.
    parts.push(Buffer.from(piece));
  }
  const value = Buffer.concat(parts);
  try {
    yield [Buffer.from(await sealDocument(value, open, { context: pairs, signal }))];
  } finally {
    for (const part of [value, ...parts]) part.fill(0);
  }
}

/** A second run over a folder must not seal what is sealed. @throws WaxsealError `usage` */
async function refuseTwice({ beginning }: Input): Promise<void> {
  if (beginning === undefined || !(await isSealed(beginning))) return;
  throw new WaxsealError('usage', 'it is sealed already; nothing was written', {
    hint: 'add --force to seal it once more',
  });
}
