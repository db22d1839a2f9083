/** What a person or a pipe gives: values, files, yes or no. */
import { createInterface } from 'node:readline/promises';
import { WaxsealError } from '../src/errors.ts';
import type { CommandContext, InStream } from './context.ts';

/** Nothing that fits into a parameter is larger, whatever it compresses to; more is a mistake that should end soon. */
const MAX_INPUT = 64 * 1024 * 1024;

/** Everything that comes through a pipe. @throws WaxsealError `usage` above 64 MiB */
export async function readAll(stream: InStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    length += bytes.byteLength;
    if (length > MAX_INPUT) throw new WaxsealError('usage', 'more than 64 MiB came through the pipe');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Without the line break that `echo` puts behind a one-line value. A value of several lines, such as a PEM file,
 * keeps its own.
 */
export function withoutLastNewline(value: Uint8Array): {
  readonly value: Uint8Array;
  readonly removed: boolean;
} {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = text.at(-1) === 0x0a ? (text.at(-2) === 0x0d ? 2 : 1) : 0;
  if (end === 0 || text.subarray(0, -end).includes(0x0a)) return { value, removed: false };
  return { value: value.subarray(0, value.byteLength - end), removed: true };
}

/** Asks for a value that is not shown. @throws WaxsealError `cancelled` on Esc or Ctrl-C */
export async function promptSecret(context: CommandContext, label: string): Promise<Uint8Array> {
  const { promptForSecret } = await import('./ui/prompt.tsx');
  const text = await promptForSecret({ label, env: context.env });
  if (text === undefined) throw new WaxsealError('cancelled', 'nothing was written');
  return Buffer.from(text);
}

/** Asks a yes-or-no question; anything but y is no. */
export async function confirm(context: CommandContext, question: string): Promise<boolean> {
  const lines = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if ((error as Error).name === 'AbortError') return false;
    throw error;
  } finally {
    lines.close();
  }
}
