import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { parseWhole } from '../options.ts';
import { behindJson, warnBehind, warnOfPublish, whereJson } from '../session.ts';
import { sayEstimate, type WritingOptions, withWriting } from '../writing.ts';
import { differenceText } from './release-diff.ts';

/** `waxseal release rollback` */
export function run(
  context: CommandContext,
  args: readonly string[],
  options: WritingOptions,
): Promise<undefined> {
  return withWriting(context, options, async (open) => {
    const { vault } = open;
    const { signal } = context;
    const number = parseWhole('<number>', args[0] ?? '', Number.MAX_SAFE_INTEGER);
    const plan = await vault.planRollback(number, { signal });
    if (options.yes !== true) {
      if (context.stdin.isTTY !== true) {
        throw new WaxsealError('no_terminal', `nobody can be asked whether to go back to release ${number}`, {
          hint: `see "waxseal release diff ${number}", then add --yes`,
        });
      }
      context.stderr.write(differenceText(plan));
      if (!(await confirm(context, `go back to release ${number}? the history stays`))) {
        throw new WaxsealError('cancelled', 'nothing was changed');
      }
    }
    sayEstimate(context, options, plan.added.length + plan.changed.length + plan.removed.length);
    const { release, problems, behind } = await vault.rollback(number, { signal });
    open.explainer?.release(release);
    warnOfPublish(context, options, { problems });
    warnBehind(context, options, behind);
    if (options.json === true) {
      const json = { ...whereJson(open), release, ...plan, behind: behindJson(behind), ...open.actedJson };
      await writeJson(context, json);
    } else await write(context, `release ${release} has the values of release ${number}\n`);
    open.checkRequired({ behind, error: undefined });
    return undefined;
  });
}
