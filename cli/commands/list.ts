import { expiryNote, expiryState, type ListedSecret, noVault } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { expiryJson } from '../expiry.ts';
import { parseSpan } from '../options.ts';
import { whereJson, withVault } from '../session.ts';
import { formatAge, formatTable } from '../table.ts';

interface Options extends CommonOptions {
  readonly deleted?: boolean;
  readonly expiring?: string;
}

/** `waxseal list` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const within = options.expiring === undefined ? undefined : parseSpan('--expiring', options.expiring);
  return withVault(context, options, async (open) => {
    const listing = await open.vault.list({ signal: context.signal });
    if (!listing.exists && Object.keys(listing.failed).length === 0) {
      throw noVault(open.vault.path, open.vault.regions);
    }
    const now = Date.now();
    const secrets = listing.secrets.filter(
      ({ deleted, expiresAt }) =>
        (options.deleted === true || !deleted) &&
        (within === undefined || expiryState(expiresAt, now, within) !== undefined),
    );
    if (options.json === true) {
      await writeJson(context, {
        ...whereJson(open),
        region: listing.region,
        secrets: secrets.map(toJson),
        failed: listing.failed,
      });
      return undefined;
    }
    for (const [region, error] of Object.entries(listing.failed)) {
      say(context, options, `warning: ${region} did not answer: ${error.message}`);
    }
    if (secrets.length === 0) {
      if (within !== undefined) say(context, options, `nothing expires within ${options.expiring}`);
      else say(context, options, 'no secrets yet; add one with "waxseal set NAME" or "waxseal import .env"');
      return undefined;
    }
    const regions = open.vault.regions;
    const expires = secrets.some(({ expiresAt }) => expiresAt !== undefined);
    const rows = secrets.map((secret) => [
      secret.name,
      secret.problem?.code === 'malformed' ? '?' : String(secret.revision),
      secret.sealedAt === 0 ? '?' : formatAge(secret.sealedAt, now),
      ...(expires ? [secret.expiresAt === undefined ? '-' : expiryNote(secret.expiresAt, now)] : []),
      ...regions.map((region) => secret.copies[region] ?? 'missing'),
      secret.problem === undefined
        ? secret.deleted
          ? 'deleted'
          : secret.large === true
            ? 'large'
            : ''
        : `! ${secret.problem.message}`,
    ]);
    const titles = ['NAME', 'REVISION', 'AGE', ...(expires ? ['EXPIRES'] : [])];
    await write(context, formatTable([...titles, ...regions.map((r) => r.toUpperCase()), ''], rows));
    return undefined;
  });
}

function toJson(secret: ListedSecret): unknown {
  return {
    name: secret.name,
    revision: secret.revision,
    sealedAt: new Date(secret.sealedAt).toISOString(),
    ...expiryJson(secret.expiresAt),
    binary: secret.binary,
    large: secret.large === true,
    deleted: secret.deleted,
    dataKey: secret.dataKeyId,
    copies: secret.copies,
    ...(secret.problem === undefined ? {} : { problem: secret.problem }),
  };
}
