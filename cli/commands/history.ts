import type { HistoryItem } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { answeredBy, whereJson, withVault } from '../session.ts';
import { formatTable } from '../table.ts';

/** `waxseal history` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const [name = ''] = args;
    const items = await open.vault.history(name, { signal: context.signal });
    const region = items[0]?.region ?? open.vault.regions[0] ?? '';
    if (region !== open.vault.regions[0]) say(context, options, answeredBy(region, open.vault.regions));
    if (options.json === true)
      await writeJson(context, { ...whereJson(open), name, region, history: items.map(toJson) });
    else {
      const rows = items.map((item) => [
        item.revision === 0 ? '?' : String(item.revision),
        item.sealedAt === 0 ? '?' : new Date(item.sealedAt).toISOString().slice(0, 19).replace('T', ' '),
        item.writtenBy?.split(':').at(-1) ?? '?',
        item.dataKeyId === '' ? '?' : item.dataKeyId,
        note(item),
      ]);
      await write(context, formatTable(['REVISION', 'SEALED (UTC)', 'BY', 'DATA KEY', ''], rows));
    }
    return undefined;
  });
}

function note(item: HistoryItem): string {
  if (item.problem !== undefined) return `! ${item.problem.message}`;
  if (item.deleted) return 'deleted';
  return item.linked
    ? ''
    : 'its parent is not the revision below: that one is no longer kept, or was changed';
}

function toJson(item: HistoryItem): unknown {
  return {
    revision: item.revision,
    sealedAt: new Date(item.sealedAt).toISOString(),
    ...(item.storedAt === undefined ? {} : { storedAt: new Date(item.storedAt).toISOString() }),
    ...(item.writtenBy === undefined ? {} : { writtenBy: item.writtenBy }),
    deleted: item.deleted,
    dataKey: item.dataKeyId,
    linked: item.linked,
    ...(item.problem === undefined ? {} : { problem: item.problem }),
  };
}
