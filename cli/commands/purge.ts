import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { parseRevision } from '../options.ts';
import { whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly yes?: boolean;
  readonly expectRevision?: string;
}

const STAYS =
  'its values stay in releases of the past (the last 100 publishes), in pinned ones, in backups, and sealed in CloudTrail';

/** `waxseal purge` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const [name = ''] = args;
    const { signal } = context;
    const expectRevision = parseRevision(options.expectRevision);
    if (options.yes !== true) {
      if (context.stdin.isTTY !== true) {
        throw new WaxsealError('no_terminal', `nobody can be asked whether to purge ${name}`, {
          hint: 'it cannot be undone; add --yes',
        });
      }
      // Not part of the question, which has to stay on one line.
      context.stderr.write(`this cannot be undone, and ${STAYS}\n`);
      const where = open.vault.regions.join(', ');
      if (!(await confirm(context, `purge ${name} and its history in ${where}?`))) {
        throw new WaxsealError('cancelled', 'nothing was purged');
      }
    }
    // Staged changes of a vault that is published by hand are not purge's to publish.
    const publish = open.settings.publish !== 'manual';
    const { revision, removed } = await open.vault.purge(name, { expectRevision, publish, signal });
    if (options.json === true) await writeJson(context, { ...whereJson(open), name, revision, removed });
    else await write(context, `${name} purged at revision ${revision}: ${removedText(removed)}\n`);
    if (options.yes === true) say(context, options, STAYS);
    say(context, options, 'AWS asks to wait 30 s before the name is set again');
    return undefined;
  });
}

function removedText(removed: readonly string[]): string {
  return removed.length === 0 ? 'it was gone already' : `removed in ${removed.join(', ')}`;
}
