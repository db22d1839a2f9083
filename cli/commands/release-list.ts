import type { ListedRelease } from '../../src/vault/index.ts';
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
      const json = releases.map(
        ({ number, publishedAt, storedAt, publishedBy, secrets, pinned, partsGone }) => ({
          release: number,
          publishedAt: time(publishedAt),
          storedAt: time(storedAt),
          publishedBy,
          secrets,
          rollback: secrets !== undefined && (partsGone ?? []).length === 0,
          pinned,
          partsGone,
        }),
      );
      await writeJson(context, { ...whereJson(open), releases: json });
      return undefined;
    }
    if (releases.length === 0) {
      say(context, options, 'nothing was published yet; "waxseal release publish" does');
      return undefined;
    }
    const now = Date.now();
    const rows = releases.map((release) => [
      String(release.number),
      formatAge(release.publishedAt, now),
      release.publishedBy ?? '?',
      release.secrets === undefined ? '?' : String(release.secrets),
      remarks(release).join('; '),
    ]);
    await write(context, formatTable(['RELEASE', 'AGE', 'BY', 'SECRETS', ''], rows));
    return undefined;
  });
}

function remarks({ secrets, pinned, partsGone = [] }: ListedRelease): readonly string[] {
  const [name = '', ...others] = partsGone;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return [
    ...(pinned === true ? ['pinned'] : []),
    ...(secrets === undefined ? ['its parts are no longer kept'] : []),
    ...(name === '' ? [] : [`no rollback: the parts of ${name}${more} are no longer kept`]),
  ];
}
