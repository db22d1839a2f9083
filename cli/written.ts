/** How a command that gave one secret a new value ends: published, told, checked. */
import type { WriteResult } from '../src/vault/index.ts';
import { type CommandContext, write, writeJson } from './context.ts';
import { type ExpiresOption, expiryJson, sayExpiry } from './expiry.ts';
import { behindJson, publishAfter, publishedJson, warnBehind, whereJson } from './session.ts';
import type { WritingOptions, WritingSession } from './writing.ts';

/**
 * Publishes and tells of a write.
 * @param expiresAt - what it was written with, in ms since 1970
 * @param more - for `--json`
 * @throws WaxsealError `behind`
 */
export async function finishWrite(
  context: CommandContext,
  options: WritingOptions & ExpiresOption,
  open: WritingSession,
  result: WriteResult,
  expiresAt: number | undefined,
  more: object = {},
): Promise<void> {
  const { name, revision, changed } = result;
  sayExpiry(context, options, result, expiresAt);
  const published = await publishAfter(context, options, open, result.behind);
  warnBehind(context, options, published.behind);
  if (options.json === true) {
    await writeJson(context, {
      ...whereJson(open),
      name,
      revision,
      changed,
      ...expiryJson(expiresAt),
      ...more,
      ...publishedJson(published),
      behind: behindJson(published.behind),
      ...open.actedJson,
    });
  } else await write(context, `${name} revision ${revision}\n`);
  open.checkRequired(published);
}
