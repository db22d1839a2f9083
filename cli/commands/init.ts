import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { type Answers, type Draft, draftOf, parseReplicas, problemWith } from '../init/answers.ts';
import { cost } from '../init/cost.ts';
import { askOpen, askToWrite, isOpen } from '../init/questions.ts';
import { readTarget, type Target } from '../init/target.ts';
import { costIn, madeFor, nextSteps, nextText, notesOn, priceText } from '../init/text.ts';
import { nobodyToAsk, usual } from '../init/unasked.ts';
import { newText, writeUnchanged } from '../init/write.ts';
import { openQuestions } from '../input.ts';

interface Options extends CommonOptions {
  readonly home?: string;
  readonly replica?: readonly string[];
  readonly aws?: string;
  readonly account?: string;
  readonly primary?: string;
  readonly yes?: boolean;
}

/** `waxseal init` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<undefined> {
  const target = await readTarget(context.cwd);
  const given = answersOf(options, target);
  const problem = problemWith(given, target);
  if (problem !== undefined) throw problem;
  const draft = await completed(context, options, given, target);
  writeUnchanged(target, await newText(draft, target));
  await tell(context, options, draft, target);
  return undefined;
}

/** What the flags say, and what an existing file has said already. @throws WaxsealError `usage` where they disagree */
function answersOf(options: Options, { file, config }: Target): Answers {
  const { vault, home, replica, aws, account, primary } = options;
  const answers = {
    vault,
    home,
    replicas: replica === undefined ? undefined : parseReplicas(replica),
    aws,
    account,
    primary,
  };
  if (config === undefined) return answers;
  const said = { aws: config.aws, account: config.account ?? '' };
  for (const field of ['aws', 'account'] as const) {
    if (answers[field] === undefined || answers[field] === said[field]) continue;
    const means = said[field] === '' ? 'names no account' : `is about "${field}": "${said[field]}"`;
    throw new WaxsealError('usage', `${file} ${means}`, {
      hint: `it holds for all vaults of the file: leave out --${field}, or edit the file first`,
    });
  }
  return { ...answers, ...said };
}

/** Asks for what is missing, or takes what is usual, and shows what comes of it. */
async function completed(
  context: CommandContext,
  options: Options,
  given: Answers,
  target: Target,
): Promise<Draft> {
  const isPerson = context.stdin.isTTY === true && context.stderr.isTTY === true;
  if (options.yes !== true && isPerson && isOpen(given)) {
    const questions = openQuestions(context);
    try {
      const draft = draftOf(await askOpen(context, questions, given, target), target);
      show(context, options, draft, target);
      await askToWrite(questions, target.file);
      return draft;
    } finally {
      questions.close();
    }
  }
  const nobody = options.yes === true ? undefined : nobodyToAsk(given, context, target);
  if (nobody !== undefined) throw nobody;
  const draft = draftOf(usual(given, context, target), target);
  show(context, options, draft, target);
  return draft;
}

/** Says what there will be, before it is written. */
function show(context: CommandContext, options: Options, { plan, config }: Draft, target: Target): void {
  const made = madeFor(plan, config.aws).map((what) => `  ${what}`);
  const maker = config.aws === 'embedded' ? 'the first command on the embedded AWS' : 'a deploy';
  say(context, options, [`vault ${plan.vault}: ${maker} will make`, ...made].join('\n'));
  say(context, options, priceText(cost(plan), config.aws).join('\n'));
  for (const note of notesOn(target, context, config)) say(context, options, note);
}

/** Says what was written. */
async function tell(
  context: CommandContext,
  options: Options,
  { plan, config }: Draft,
  { file, text }: Target,
): Promise<void> {
  const { aws } = config;
  const next = nextSteps(plan.vault, config);
  if (options.json === true) {
    const inAccount = cost(plan);
    await writeJson(context, {
      file,
      vault: plan.vault,
      aws,
      made: madeFor(plan, aws),
      cost: costIn(aws, inAccount),
      costInAccount: inAccount,
      next,
    });
    return;
  }
  await write(context, `vault ${plan.vault} ${text === undefined ? 'written' : 'added'} to ${file}\n`);
  say(context, options, nextText(next, aws));
}
