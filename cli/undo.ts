/** What a rollback and an undelete have in common: it is shown, asked, done, published and told. */
import { isIntegrityError, WaxsealError } from '../src/errors.ts';
import type { SecretRevision, UndoResult, Vault } from '../src/vault/index.ts';
import { type CommandContext, say, write, writeJson } from './context.ts';
import { confirm } from './input.ts';
import { parseRevision } from './options.ts';
import { momentText, revisionText } from './revision-text.ts';
import { behindJson, publishAfter, publishedJson, warnBehind, whereJson } from './session.ts';
import { type WritingOptions, type WritingSession, withWriting } from './writing.ts';

/** Options of both. */
export interface UndoOptions extends WritingOptions {
  readonly expectRevision?: string;
}

/** An undo of one secret. */
export interface Undo {
  readonly name: string;
  /** What it goes back to. */
  readonly which: number | 'before-deletion';
  readonly question: string;
  readonly act: (vault: Vault, request: Parameters<Vault['undelete']>[1]) => Promise<UndoResult>;
}

/** Runs it. @throws WaxsealError `no_terminal`, `cancelled`, and what the vault throws */
export function runUndo(context: CommandContext, options: UndoOptions, undo: Undo): Promise<undefined> {
  return withWriting(context, options, async (open) => {
    const { signal } = context;
    const asked = parseRevision(options.expectRevision);
    const shown = options.yes === true ? undefined : await agree(context, open, undo);
    const expectRevision = asked ?? shown;
    const result = await undo.act(open.vault, { expectRevision, signal });
    const published = await publishAfter(context, options, open, result.behind);
    warnBehind(context, options, published.behind);
    warnOf(context, options, result);
    const { name, revision, changed, from, expiresAt, linked } = result;
    if (options.json === true) {
      await writeJson(context, {
        ...whereJson(open),
        name,
        revision,
        changed,
        from,
        linked,
        ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
        ...publishedJson(published),
        behind: behindJson(published.behind),
        ...open.actedJson,
      });
    } else {
      const already = `nothing to do: ${name} revision ${revision} has the value of revision ${from}\n`;
      await write(
        context,
        changed ? `${name} revision ${revision} has the value of revision ${from}\n` : already,
      );
    }
    open.checkRequired(published);
    return undefined;
  });
}

/** Shows what would be done and asks. @returns the revision that the answer was about; undefined where none can be told */
async function agree(
  context: CommandContext,
  { vault }: WritingSession,
  { name, which, question }: Undo,
): Promise<number | undefined> {
  if (context.stdin.isTTY !== true) {
    throw new WaxsealError('no_terminal', `nobody can be asked whether to ${question}`, {
      hint: 'add --yes',
    });
  }
  const { signal } = context;
  const past = await vault.revision(name, which, { signal });
  const now = await standing(vault, name, signal);
  // A write passes over what is not to be trusted, and goes on top of the newest below it.
  const there = now instanceof Error ? await newestGood(vault, name, signal) : now.revision;
  // What is refused or done already needs no answer: the vault says so itself.
  const isOver = past.value === undefined || (!(now instanceof Error) && isSame(past, now));
  const [old, newer] = [revisionText(past), now instanceof Error ? now.message : revisionText(now)];
  past.value?.fill(0);
  if (!(now instanceof Error)) now.value?.fill(0);
  if (isOver) return there;
  const deleted = now instanceof Error || now.value !== undefined ? '' : ' (deleted)';
  context.stderr.write(`${name}: a new revision on top of what stands\n`);
  context.stderr.write(`  stands: ${newer}${deleted}\n  goes back to the value of: ${old}\n`);
  if (past.expiresAt !== undefined && past.expiresAt <= Date.now()) {
    context.stderr.write('  warning: that has expired\n');
  }
  if (!past.linked) context.stderr.write(`  ${UNLINKED}\n`);
  if (!(await confirm(context, `${question}?`))) throw new WaxsealError('cancelled', 'nothing was written');
  return there;
}

const UNLINKED =
  'warning: revisions between are no longer kept, so nothing proves that it is the one that stood then';

/** What stands, or why it is not to be trusted: going back is the way out of that. */
async function standing(
  vault: Vault,
  name: string,
  signal: AbortSignal,
): Promise<SecretRevision | WaxsealError> {
  try {
    return await vault.revision(name, 'now', { signal });
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return error;
  }
}

async function newestGood(vault: Vault, name: string, signal: AbortSignal): Promise<number | undefined> {
  return (await vault.history(name, { signal })).find(({ problem }) => problem === undefined)?.revision;
}

/** Whether two revisions have the same value, and until the same time. */
function isSame(a: SecretRevision, b: SecretRevision): boolean {
  if (a.value === undefined || b.value === undefined) return false;
  return Buffer.compare(a.value, b.value) === 0 && a.expiresAt === b.expiresAt;
}

function warnOf(
  context: CommandContext,
  options: UndoOptions,
  { name, revision, from, expiresAt, linked }: UndoResult,
): void {
  if (!linked) say(context, options, `revision ${from}: ${UNLINKED}`);
  if (expiresAt !== undefined && expiresAt <= Date.now()) {
    const when = `${momentText(expiresAt)} UTC, as revision ${from} did`;
    say(context, options, `warning: ${name} revision ${revision} expired at ${when}: set it again`);
  }
}
