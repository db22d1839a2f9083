import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { parseRevision } from '../options.ts';
import { behindJson, publishAfter, publishedJson, warnBehind, whereJson } from '../session.ts';
import { type WritingOptions, withWriting } from '../writing.ts';

interface Options extends WritingOptions {
  readonly expectRevision?: string;
}

/** `waxseal delete` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  return withWriting(context, options, async (open) => {
    const [name = ''] = args;
    let expectRevision = parseRevision(options.expectRevision);
    if (options.yes !== true) {
      if (context.stdin.isTTY !== true) {
        throw new WaxsealError('no_terminal', `nobody can be asked whether to delete ${name}`, {
          hint: 'add --yes',
        });
      }
      const { revision, value } = await open.vault.get(name, { signal: context.signal });
      value.fill(0);
      expectRevision ??= revision;
      if (!(await confirm(context, `delete ${name}, revision ${revision}? its history stays`))) {
        throw new WaxsealError('cancelled', 'nothing was deleted');
      }
    }
    const result = await open.vault.delete(name, { expectRevision, signal: context.signal });
    const published = await publishAfter(context, options, open, result.behind);
    warnBehind(context, options, published.behind);
    if (options.json === true) {
      const { revision, changed } = result;
      await writeJson(context, {
        ...whereJson(open),
        name,
        revision,
        changed,
        ...publishedJson(published),
        behind: behindJson(published.behind),
        ...open.actedJson,
      });
    } else await write(context, `${name} deleted at revision ${result.revision}\n`);
    open.checkRequired(published);
    return undefined;
  });
}
