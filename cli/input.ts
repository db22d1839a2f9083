/** What a person or a pipe gives: values, files, yes or no. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { isWaxsealError, WaxsealError } from '../src/errors.ts';
import { MAX_LARGE_BYTES } from '../src/vault/index.ts';
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
    if (length > MAX_INPUT) {
      throw new WaxsealError('usage', 'more than 64 MiB is no secret', {
        hint: `a secret has ${MAX_LARGE_BYTES} bytes at most; "waxseal file encrypt" seals files of any size`,
      });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Everything in a file. @throws WaxsealError `usage` above 64 MiB; what reading meets, with the path */
export async function readFileWhole(path: string): Promise<Uint8Array> {
  try {
    return await readAll(createReadStream(path));
  } catch (error) {
    // Of a folder Node does not say which.
    throw isWaxsealError(error) ? error : Object.assign(error as Error, { path });
  }
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
  const text = await promptForSecret({ label, env: context.env, interrupt: () => context.interrupt() });
  if (text === undefined) throw new WaxsealError('cancelled', 'nothing was written');
  return Buffer.from(text);
}

/** Asks a yes-or-no question; anything but y is no, Ctrl-C and the end of the input too. */
export async function confirm(context: CommandContext, question: string): Promise<boolean> {
  const { stdin, stderr, signal } = context;
  const lines = createInterface({ input: stdin, output: stderr });
  const gone = new AbortController();
  // In raw mode the terminal makes no signal of Ctrl-C, so whoever waits for one is told.
  lines.on('SIGINT', () => context.interrupt());
  // Else it would wait for ever, or the next message would stand behind the question.
  lines.on('close', () => gone.abort());
  try {
    const either = AbortSignal.any([signal, gone.signal]);
    const answer = await lines.question(`${question} [y/N] `, { signal: either });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if ((error as Error).name === 'AbortError') return false;
    throw error;
  } finally {
    lines.close();
  }
}

/** A conversation with a person: questions that are answered by a line each. */
export interface Questions {
  /**
   * Asks for a line, without the spaces around it; an empty one means `usual`, which is shown.
   * @throws WaxsealError `cancelled` on Esc, Ctrl-C or the end of the input
   */
  ask(question: string, usual?: string): Promise<string>;
  close(): void;
}

/** How long an Esc may be the beginning of another key, such as an arrow over a slow line, in ms. */
const ESCAPE_WAIT = 100;

/** Begins to ask, on stderr so that stdout stays for data. What is typed ahead answers the questions that follow. */
export function openQuestions({ stdin, stderr, signal, interrupt }: CommandContext): Questions {
  const lines = createInterface({ input: stdin, output: stderr, escapeCodeTimeout: ESCAPE_WAIT });
  const gone = new AbortController();
  const ahead: string[] = [];
  const giveUp = (): void => gone.abort();
  const onKey = (_text: string | undefined, key: { readonly name?: string }): void => {
    if (key.name === 'escape') giveUp();
  };
  lines.on('line', (line) => void ahead.push(line));
  lines.on('SIGINT', () => {
    interrupt();
    giveUp();
  });
  lines.on('close', giveUp);
  stdin.on('keypress', onKey);
  return {
    async ask(question, usual) {
      const prompt = `${question}${usual === undefined ? '' : ` [${usual}]`}: `;
      const typed = ahead.shift();
      if (typed !== undefined) stderr.write(`${prompt}${typed}\n`);
      try {
        const either = AbortSignal.any([signal, gone.signal]);
        const answer = (typed ?? (await lines.question(prompt, { signal: either }))).trim();
        return answer === '' ? (usual ?? '') : answer;
      } catch (error) {
        if (!gone.signal.aborted && !signal.aborted) throw error;
        stderr.write('\n');
        throw new WaxsealError('cancelled', 'nothing was written');
      }
    },
    close() {
      stdin.off('keypress', onKey);
      lines.close();
    },
  };
}
