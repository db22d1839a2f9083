import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { whereJson, withVault } from '../session.ts';
import { formatAge, formatTable } from '../table.ts';

/** `waxseal release list` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const releases = await open.vault.releases({ signal: context.signal });
    if (options.json === true) {
      const time = (ms: number | undefined): string | undefined =>
        ms === undefined ? undefined : new Date(ms).toISOString();
      const json = releases.map(({ number, publishedAt, storedAt, publishedBy, secrets }) => ({
        release: number,
        publishedAt: time(publishedAt),
        storedAt: time(storedAt),
        publishedBy,
        secrets,
        rollback: secrets !== undefined,
      }));
      await writeJson(context, { ...whereJson(open), releases: json });
      return undefined;
    }
    if (releases.length === 0) {
      say(context, options, 'nothing was published yet; "waxseal release publish" does');
      return undefined;
    }
    const now = Date.now();
    const rows = releases.map(({ number, publishedAt, publishedBy, secrets }) => [
      String(number),
      formatAge(publishedAt, now),
      publishedBy ?? '?',
      secrets === undefined ? '?' : String(secrets),
      secrets === undefined ? 'its parts are no longer kept' : '',
    ]);
    await write(context, formatTable(['RELEASE', 'AGE', 'BY', 'SECRETS', ''], rows));
    return undefined;
  });
}
