import { resolve } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { checkSecretName } from '../../src/secret-name.ts';
import { type CommandContext, say } from '../context.ts';
import { type ExpiresOption, parseExpires } from '../expiry.ts';
import { promptSecret, readAll, readFileWhole, withoutLastNewline } from '../input.ts';
import { partsJson, sayParts, withParts } from '../large.ts';
import { parseRevision } from '../options.ts';
import { type WritingOptions, withWriting } from '../writing.ts';
import { finishWrite } from '../written.ts';

interface Options extends WritingOptions, ExpiresOption {
  readonly file?: string;
  readonly exact?: boolean;
  readonly expectRevision?: string;
}

/** `waxseal set` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<undefined> {
  const expiresAt = parseExpires(options);
  return withWriting(context, options, async (open) => {
    const [name = ''] = args;
    if (name.includes('=')) {
      throw new WaxsealError('usage', 'the name holds a "="', {
        hint: 'the value comes from a prompt, a pipe or a file; on the command line it would show in "ps"',
      });
    }
    checkSecretName(open.vault.path, name);
    const expectRevision = parseRevision(options.expectRevision);
    const value = await readValue(context, options, name);
    const size = open.vault.sizeOf(name, value);
    const { signal } = context;
    const result = await withParts(context, options, (onProgress) =>
      open.vault.set(name, value, { expectRevision, expiresAt, signal, onProgress }),
    ).finally(() => value.fill(0));
    sayParts(context, options, result, size);
    await finishWrite(context, options, open, result, expiresAt, partsJson(result, size));
    return undefined;
  });
}

async function readValue(context: CommandContext, options: Options, name: string): Promise<Uint8Array> {
  if (options.file !== undefined) return readFileWhole(resolve(context.cwd, options.file));
  if (context.stdin.isTTY === true) return promptSecret(context, `value of ${name}`);
  const piped = await readAll(context.stdin);
  if (piped.byteLength === 0 && options.exact !== true) {
    throw new WaxsealError('usage', 'nothing came through the pipe', {
      hint: 'if an empty value is meant, add --exact; a value on the command line would show in "ps"',
    });
  }
  if (options.exact === true) return piped;
  const { value, removed } = withoutLastNewline(piped);
  if (removed) say(context, options, 'left out the line break at the end of the value (--exact keeps it)');
  return value;
}
