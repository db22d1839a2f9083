/** What the commands that write to a vault have in common: another region in home's place, and how many must hold it. */
import { WaxsealError } from '../src/errors.ts';
import { type BehindRegion, DEFAULT_QUOTA } from '../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say } from './context.ts';
import { confirm } from './input.ts';
import { parseWhole } from './options.ts';
import { type Published, type Session, withVault } from './session.ts';
import { formatSpan } from './table.ts';

/** Options of a command that writes. */
export interface WritingOptions extends CommonOptions {
  readonly actAsHome?: string;
  readonly require?: string;
  readonly yes?: boolean;
}

/** An open vault to write to. */
export interface WritingSession extends Session {
  /**
   * What ends the command when it is all said: fewer regions hold the write than `--require` asked for.
   * @throws WaxsealError `behind`
   */
  checkRequired(published: Pick<Published, 'behind' | 'error'>): void;
  /** For `--json`. */
  readonly actedJson: { readonly actedAsHome?: string };
}

/**
 * Opens the vault to write to it. Another region acts as home only when a person agrees or `--yes` stands for one, and
 * it is said in every run, also with `--quiet`.
 * @param rate - the most writes a second in each region
 * @throws WaxsealError `usage`, `no_terminal`, `cancelled`
 */
export function withWriting<T>(
  context: CommandContext,
  options: WritingOptions,
  use: (open: WritingSession) => Promise<T>,
  rate?: number,
): Promise<T> {
  const opening = { actAsHome: options.actAsHome, rate };
  return withVault(
    context,
    options,
    async (open) => {
      const { actsFor, regions } = open.vault;
      const required = parseRequired(options.require, regions.length);
      if (actsFor !== undefined) await agree(context, options, regions[0] ?? '', actsFor);
      return use({
        ...open,
        checkRequired: (published) => checkRequired(regions, required, published),
        actedJson: actsFor === undefined || regions[0] === undefined ? {} : { actedAsHome: regions[0] },
      });
    },
    opening,
  );
}

async function agree(
  context: CommandContext,
  options: WritingOptions,
  acting: string,
  home: string,
): Promise<void> {
  context.stderr.write(
    `warning: acting as home in ${acting}: ${home} decides again after: waxseal region sync\n`,
  );
  if (options.yes === true) return;
  if (context.stdin.isTTY !== true) {
    throw new WaxsealError('no_terminal', `nobody can be asked whether ${acting} is to act as home`, {
      hint: 'add --yes',
    });
  }
  if (!(await confirm(context, `let ${acting} decide in the place of ${home}?`))) {
    throw new WaxsealError('cancelled', 'nothing was written');
  }
}

function parseRequired(text: string | undefined, regions: number): number {
  if (text === undefined) return 0;
  return text === 'all' ? regions : parseWhole('--require', text, regions);
}

function checkRequired(
  regions: readonly string[],
  required: number,
  { behind, error }: { readonly behind: readonly BehindRegion[]; readonly error: WaxsealError | undefined },
): void {
  if (required === 0) return;
  if (error !== undefined) {
    throw new WaxsealError('behind', 'the write stands, but no region has it in a release', {
      hint: 'waxseal release publish',
      cause: error,
    });
  }
  const lacking = regions.filter((name) => behind.some(({ region }) => region === name));
  const conflict = behind.find(({ error: why }) => why.code === 'conflict')?.error;
  const holding = regions.length - lacking.length;
  if (holding >= required) return;
  throw new WaxsealError(
    'behind',
    `the write stands, but ${holding} of ${regions.length} regions hold it, not ${required}: ${lacking.join(', ')} is behind`,
    { hint: conflict?.hint ?? 'when it answers again: waxseal region sync', cause: conflict },
  );
}

/** Waits that are shorter than this, in seconds, need no announcement. */
const LONG = 20;

/** Says before long work how long it may take, to a person at a terminal. @param writes - in each region, all regions at once */
export function sayEstimate(
  context: CommandContext,
  options: CommonOptions,
  writes: number,
  rate: number = DEFAULT_QUOTA,
): void {
  if (context.stderr.isTTY === true && writes / rate >= LONG) say(context, options, estimate(writes, rate));
}

/** How long writes take that PutParameter's quota allows so many of a second. */
export function estimate(writes: number, rate: number = DEFAULT_QUOTA): string {
  const what = writes === 1 ? '1 write' : `${writes} writes`;
  return `${what} in each region: about ${formatSpan(Math.ceil(writes / rate))} at ${rate} writes a second`;
}

/** The most writes a second in each region, as `--rate` has it. @throws WaxsealError `usage` */
export function parseRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = parseWhole('--rate', text, 1000);
  if (rate > 0) return rate;
  throw new WaxsealError('usage', '--rate expected at least one write a second');
}
