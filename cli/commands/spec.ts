/** What a command is. */
import type { CommandContext } from '../context.ts';

/** Runs a command. A returned number is its exit status. */
export type Run = (
  context: CommandContext,
  args: readonly string[],
  // biome-ignore lint/suspicious/noExplicitAny: each command knows the type of its own options
  options: any,
) => Promise<number | undefined>;

/** An option: flags, what it does, and whether it takes one value each time it is given, for a list of them. */
export type OptionSpec = readonly [flags: string, description: string, each?: 'repeatable'];

/** One command. */
export interface CommandSpec {
  /** Name and arguments, as in `get <name>`. */
  readonly usage: string;
  readonly group: string;
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** Everything after the first argument belongs to somebody else. */
  readonly passThrough?: boolean;
  readonly subcommands?: readonly CommandSpec[];
  readonly load: () => Promise<{ readonly run: Run }>;
}
