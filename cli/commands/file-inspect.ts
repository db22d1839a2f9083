import { type FileLook, lookAt, plaintextBytes } from '../../src/file/whole.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { type Input, openInput } from '../file/input.ts';

/** `waxseal file inspect` */
export async function run(
  context: CommandContext,
  [file = '-']: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  const input = await openInput(context, file, context.signal);
  let look: FileLook;
  try {
    look = await lookAt(input.beginning ?? beginningOf(input));
  } finally {
    await input.close();
  }
  const size = input.size === undefined ? undefined : plaintextBytes(look, input.size);
  const { kind, vault, context: pairs, name, dataKeyId, kmsKeyId, sealedAt, chunkBytes } = look;
  const at = new Date(sealedAt * 1000).toISOString();
  if (options.json === true) {
    const plain = size === undefined ? {} : { bytes: size };
    const keys = { dataKey: dataKeyId, kmsKey: kmsKeyId };
    await writeJson(context, {
      kind,
      vault,
      context: pairs,
      name,
      ...keys,
      sealedAt: at,
      chunkBytes,
      ...plain,
    });
  } else {
    const lines = [
      ['kind', kind === 'file' ? 'sealed file' : 'JSON envelope'],
      ['vault', vault],
      ...Object.entries(pairs).map(([key, value]) => ['context', `${key}=${value}`]),
      ...(name === '' ? [] : [['name', name]]),
      ['sealed', at],
      ['KMS key', kmsKeyId],
      ['data key', dataKeyId],
      ['chunks', `${chunkBytes} bytes`],
      ...(size === undefined ? [] : [['plaintext', `${size} bytes`]]),
    ];
    await write(context, lines.map(([what = '', value = '']) => `${what.padEnd(10)} ${value}\n`).join(''));
  }
  say(context, options, 'this is what it says of itself: only "waxseal file decrypt" proves it');
  return undefined;
}

/** A pipe is read as far as it takes, and what was read is kept. */
function beginningOf(input: Input): (length: number) => Promise<Uint8Array> {
  const pieces = input.pieces(0, 0, () => {})[Symbol.asyncIterator]();
  let read: Buffer = Buffer.alloc(0);
  return async (length) => {
    while (read.byteLength < length) {
      const { value, done } = await pieces.next();
      if (done === true) break;
      read = Buffer.concat([read, value]);
    }
    return read.subarray(0, length);
  };
}
