import type { HistoryItem } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { momentText, revisionJson, valueJson, writerText } from '../revision-text.ts';
import { answeredBy, whereJson, withVault } from '../session.ts';
import { formatTable } from '../table.ts';

interface Options extends CommonOptions {
  readonly reveal?: boolean;
}

/** `waxseal history` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const [name = ''] = args;
    const items = await open.vault.history(name, { signal: context.signal, values: options.reveal });
    const region = items[0]?.region ?? open.vault.regions[0] ?? '';
    if (region !== open.vault.regions[0]) say(context, options, answeredBy(region, open.vault.regions));
    if (options.reveal === true) say(context, options, `the values of ${name} are shown, old ones too`);
    if (options.json === true)
      await writeJson(context, { ...whereJson(open), name, region, history: items.map(toJson) });
    else {
      const rows = items.map((item, i) => [
        item.revision === 0 ? '?' : String(item.revision),
        item.sealedAt === 0 ? '?' : momentText(item.sealedAt),
        writerText(item.writtenBy),
        item.generation === 0 ? '?' : String(item.generation),
        item.dataKeyId === '' ? '?' : item.dataKeyId,
        note(item, i === 0),
      ]);
      const header = ['REVISION', 'SEALED (UTC)', 'BY', 'GENERATION', 'DATA KEY', ''];
      await write(context, formatTable(header, rows));
      if (options.reveal === true) await reveal(context, items);
      for (const id of new Set(items.map(({ formerKeyId }) => formerKeyId))) {
        if (id !== undefined)
          say(context, options, `what is under ${id} opens with "acceptedKeyIds": ["${id}"] in waxseal.json`);
      }
    }
    for (const { value } of items) value?.fill(0);
    return undefined;
  });
}

/** The values below the table: one may have many lines. */
async function reveal(context: CommandContext, items: readonly HistoryItem[]): Promise<void> {
  // A value must not be able to move the cursor or rename the window: control characters are spelled out.
  const { escapeText } = await import('../ui/escape.ts');
  for (const { revision, value, binary } of items) {
    if (value === undefined) continue;
    const bytes = Buffer.from(value);
    const lines = binary ? [bytes.toString('base64')] : bytes.toString().split('\n').map(escapeText);
    const head = `\nrevision ${revision}${binary ? ' (binary, as base64)' : ''}:\n`;
    await write(context, `${head}${lines.map((line) => `  ${line}\n`).join('')}`);
  }
}

function note(item: HistoryItem, isNewest: boolean): string {
  if (item.formerKeyId !== undefined)
    return `under a KMS key that is not accepted any more (${item.formerKeyId})${item.deleted ? ', deleted' : ''}`;
  if (item.problem !== undefined) return `! ${item.problem.message}`;
  if (item.deleted) return 'deleted';
  if (item.partsGone === true && isNewest) return '! parts of it are in no region: set it again';
  if (item.partsGone === true) return 'its parts are no longer kept';
  return item.linked
    ? ''
    : 'its parent is not the revision below: that one is no longer kept, or was changed';
}

function toJson(item: HistoryItem): unknown {
  return {
    ...revisionJson(item),
    deleted: item.deleted,
    binary: item.binary,
    dataKey: item.dataKeyId,
    generation: item.generation,
    linked: item.linked,
    ...(item.formerKeyId === undefined ? {} : { formerKeyId: item.formerKeyId }),
    ...(item.partsGone === undefined ? {} : { partsGone: item.partsGone }),
    ...(item.problem === undefined ? {} : { problem: item.problem }),
    ...valueJson(item.value, item.binary),
  };
}
