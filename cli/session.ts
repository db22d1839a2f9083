/** A command's vault: opened, announced, closed. */
import { type OpenVault, openVault } from '../src/open-vault.ts';
import type { BehindRegion } from '../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say } from './context.ts';

/** Opens the vault that is meant, says which one and in which AWS, and closes it whatever happens. */
export async function withVault<T>(
  context: CommandContext,
  options: CommonOptions,
  use: (open: OpenVault) => Promise<T>,
): Promise<T> {
  const open = await openVault({ vault: options.vault, env: context.env, cwd: context.cwd });
  try {
    announce(context, options, open);
    return await use(open);
  } finally {
    await open.close();
  }
}

/** Says which vault and which AWS a command works on, and what a first start made. */
export function announce(
  context: CommandContext,
  options: CommonOptions,
  { settings, connection }: OpenVault,
): void {
  say(context, options, `vault ${settings.vault} · ${connection.which}`);
  if (connection.made.length > 0) say(context, options, firstStart(connection.made));
}

/** What the embedded AWS made, as one message. */
export function firstStart(made: readonly string[]): string {
  return `first start of the embedded AWS: it made what "cdktf deploy" makes from the same plan:\n${made.map((what) => `  ${what}`).join('\n')}`;
}

/** Which vault and AWS, for `--json`. */
export function whereJson({ settings, connection }: OpenVault): { vault: string; aws: string } {
  return { vault: settings.vault, aws: connection.which };
}

/** Warns of replicas that did not take a write. */
export function warnBehind(
  context: CommandContext,
  options: CommonOptions,
  behind: readonly BehindRegion[],
): void {
  for (const [region, error] of new Map(behind.map((one) => [one.region, one.error]))) {
    say(context, options, `warning: ${region} does not have it yet: ${error.message}`);
    say(context, options, '  it stands at home; writing it again brings it to every region');
  }
}

/** Replicas that lag, for `--json`. */
export function behindJson(behind: readonly BehindRegion[]): readonly unknown[] {
  return behind.map(({ region, error }) => ({ region, error: error.toJSON() }));
}
