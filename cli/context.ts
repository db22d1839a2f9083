/** What a command has to work with: streams, environment, folder, and how much it may say. */
import type { Readable, Writable } from 'node:stream';

/** A terminal or a pipe to write to. */
export type OutStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
/** A terminal or a pipe to read from. */
export type InStream = Readable & { readonly isTTY?: boolean };

/** Where a command runs. */
export interface CommandContext {
  readonly stdin: InStream;
  /** Data goes here, and nothing else. */
  readonly stdout: OutStream;
  /** Messages go here. */
  readonly stderr: OutStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Does what Ctrl-C does: for whoever has the terminal in raw mode, in which it makes no signal. */
  readonly interrupt: () => void;
  /** Whether the standard streams are as they came, so that another program may take the place of this process. */
  readonly streamsUntouched: boolean;
}

/** Options that every command about a vault takes. */
export interface CommonOptions {
  readonly vault?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Tell which calls were made. */
  readonly explain?: boolean;
}

/** Writes data, as it is. */
export function write(context: CommandContext, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    context.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes one JSON document. */
export function writeJson(context: CommandContext, value: unknown): Promise<void> {
  return write(context, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a message, unless `--quiet`. */
export function say(context: CommandContext, options: Pick<CommonOptions, 'quiet'>, message: string): void {
  if (options.quiet !== true) context.stderr.write(`${message}\n`);
}
