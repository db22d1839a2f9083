import { type CommandContext, write, writeJson } from '../context.ts';
import { parseWhole } from '../options.ts';
import { behindJson, warnBehind, warnOfPublish, whereJson } from '../session.ts';
import { type WritingOptions, withWriting } from '../writing.ts';

interface Options extends WritingOptions {
  readonly atLeast?: string;
}

/** A release's number never goes down again, so one that was mistyped by a few digits is refused. */
const HIGHEST = 1_000_000_000;

/** `waxseal release publish` */
export function run(context: CommandContext, _args: readonly string[], options: Options): Promise<undefined> {
  return withWriting(context, options, async (open) => {
    const { release, changed, secrets, problems, behind } = await open.vault.publish({
      signal: context.signal,
      atLeast: options.atLeast === undefined ? undefined : parseWhole('--at-least', options.atLeast, HIGHEST),
    });
    open.explainer?.release(release);
    warnOfPublish(context, options, { problems });
    warnBehind(context, options, behind);
    if (options.json === true) {
      const names = problems.map(({ name }) => name);
      const json = {
        ...whereJson(open),
        release,
        changed,
        secrets,
        problems: names,
        behind: behindJson(behind),
        ...open.actedJson,
      };
      await writeJson(context, json);
    } else {
      const what = changed ? 'published' : 'holds all of it already';
      await write(
        context,
        `release ${release} ${what}, ${secrets} ${secrets === 1 ? 'secret' : 'secrets'}\n`,
      );
    }
    open.checkRequired({ behind, error: undefined });
    return undefined;
  });
}
