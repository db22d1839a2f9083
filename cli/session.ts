/** A command's vault: opened, announced, closed. */

import { isWaxsealError, type WaxsealError } from '../src/errors.ts';
import type { Explainer } from '../src/loader/explain.ts';
import { type OpenVault, type OpenVaultOptions, openVault } from '../src/open-vault.ts';
import { type BehindRegion, mergeBehind, type PublishResult } from '../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say } from './context.ts';
import { explained } from './explain.ts';

/** A command's open vault. */
export interface Session extends OpenVault {
  /** Where `--explain` asks for one. */
  readonly explainer: Explainer | undefined;
}

/** Opens the vault that is meant, says which one and in which AWS, and closes it whatever happens. */
export function withVault<T>(
  context: CommandContext,
  options: CommonOptions,
  use: (open: Session) => Promise<T>,
  opening: Pick<OpenVaultOptions, 'actAsHome' | 'rate'> = {},
): Promise<T> {
  const { env, cwd } = context;
  return explained(context, options, async (explainer) => {
    const open = await openVault({
      ...opening,
      vault: options.vault,
      env,
      cwd,
      observe: explainer?.observe,
    });
    try {
      explainer?.opened(open);
      announce(context, options, open);
      return await use({ ...open, explainer });
    } finally {
      await open.close();
    }
  });
}

/** Says which vault and which AWS a command works on, and what a first start made. */
export function announce(
  context: CommandContext,
  options: Pick<CommonOptions, 'quiet'>,
  { settings, connection }: Pick<OpenVault, 'settings' | 'connection'>,
): void {
  say(context, options, `vault ${settings.vault} · ${connection.which}`);
  const started = firstStart(connection);
  if (started !== undefined) say(context, options, started);
}

/** What the embedded AWS made or changed, as one message; undefined for nothing. */
export function firstStart({ made, followed }: OpenVault['connection']): string | undefined {
  if (followed.length > 0) {
    return `the embedded AWS follows "keyId" in waxseal.json:\n${followed.map((what) => `  ${what}`).join('\n')}`;
  }
  if (made.length === 0) return undefined;
  return `first start of the embedded AWS: it made what a deploy makes from the same plan:\n${made.map((what) => `  ${what}`).join('\n')}`;
}

/** Which vault and AWS, for `--json`. */
export function whereJson({ settings, connection }: OpenVault): { vault: string; aws: string } {
  return { vault: settings.vault, aws: connection.which };
}

/** What is said where a replica answered. */
export function answeredBy(region: string, [home]: readonly string[]): string {
  return `answered by ${region}, home (${home}) did not`;
}

/** What became of the release after a write. */
export interface Published {
  /** Its number; undefined where it is published by hand, or could not be. */
  readonly release: number | undefined;
  /** Replicas that lack what was written, or the release. */
  readonly behind: readonly BehindRegion[];
  readonly error: WaxsealError | undefined;
}

/**
 * Publishes what a command wrote, once, unless waxseal.json says that somebody does it by hand. A write stands even
 * when its release could not be published: that is a warning, and said in `--json`.
 * @param behind - replicas that did not take the write itself
 * @param how - whether the releases of all regions are brought together
 */
export async function publishAfter(
  context: CommandContext,
  options: CommonOptions,
  { vault, settings, explainer }: Session,
  behind: readonly BehindRegion[],
  how: { readonly reconcile?: boolean } = {},
): Promise<Published> {
  if (settings.publish === 'manual') {
    say(context, options, 'not published yet: waxseal release diff, then waxseal release publish');
    return { release: undefined, behind, error: undefined };
  }
  try {
    const published = await vault.publish({ signal: context.signal, ...how });
    explainer?.release(published.release);
    warnOfPublish(context, options, published);
    return { release: published.release, behind: mergeBehind(behind, published.behind), error: undefined };
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    say(context, options, `warning: written, but not published: ${error.message}`);
    say(context, options, '  applications start with the release before; waxseal release publish');
    return { release: undefined, behind, error };
  }
}

/** Says what a publish had to leave as it was. */
export function warnOfPublish(
  context: CommandContext,
  options: CommonOptions,
  { problems }: Pick<PublishResult, 'problems'>,
): void {
  for (const { name, error } of problems) {
    say(
      context,
      options,
      `warning: ${name} stays in the release as it was published before: ${error.message}`,
    );
    // What is not to be trusted has the hint of what reads it.
    if (error.code === 'conflict' && error.hint !== undefined) say(context, options, `  ${error.hint}`);
  }
}

/** The release, for `--json`. */
export function publishedJson({ release, error }: Published): object {
  return {
    ...(release === undefined ? {} : { release }),
    ...(error === undefined ? {} : { unpublished: error.toJSON() }),
  };
}

/** Warns of replicas that did not take a write. */
export function warnBehind(
  context: CommandContext,
  options: CommonOptions,
  behind: readonly BehindRegion[],
): void {
  for (const [region, error] of new Map(behind.map((one) => [one.region, one.error]))) {
    say(context, options, `warning: ${region} does not have it yet: ${error.message}`);
    // What was written on both sides no sync brings together by itself: the conflict says what to do about it.
    const next = error.code === 'conflict' ? error.hint : undefined;
    say(context, options, `  the write stands; ${next ?? 'waxseal region sync brings it to every region'}`);
  }
}

/** Replicas that lag, for `--json`. */
export function behindJson(behind: readonly BehindRegion[]): readonly unknown[] {
  return behind.map(({ region, error }) => ({ region, error: error.toJSON() }));
}
