/** The questions that flags left open, in the order in which one answer helps with the next. */
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, say } from '../context.ts';
import type { Questions } from '../input.ts';
import { type Answers, type Complete, parseReplicas, problemWith } from './answers.ts';
import { suggestHome, suggestReplica, suggestVaults } from './suggest.ts';
import type { Target } from './target.ts';
import { usual, usualAws } from './unasked.ts';

/** What a question is made from. */
interface Situation {
  readonly answers: Answers;
  readonly env: CommandContext['env'];
  readonly target: Target;
}

interface Question {
  readonly text: string;
  /** What an empty answer means. */
  readonly usual: string | undefined;
  readonly take: (line: string) => Answers;
}

type Field = 'vault' | 'aws' | 'account' | 'home' | 'replicas';

/** Makes a question; undefined where it would make no sense. */
const QUESTIONS: Readonly<Record<Field, (situation: Situation) => Question | undefined>> = {
  vault: (situation) => ({
    text: 'vault: the path of its secrets in Parameter Store',
    usual: suggestVaults(situation.target.folder).find((vault) => fits(situation, { vault })),
    take: (vault) => ({ vault }),
  }),
  aws: ({ answers }) => ({
    text: 'AWS: embedded (try it here, no account needed) or account',
    usual: usualAws(answers),
    take: (aws) => ({ aws: aws.toLowerCase() }),
  }),
  account: ({ answers }) =>
    answers.aws !== 'account'
      ? undefined
      : {
          text: 'AWS account id, 12 digits; Enter for that of the credentials',
          usual: undefined,
          take: (account) => ({ account }),
        },
  home: (situation) => ({
    text: 'home region: each secret is written there first',
    usual: [situation.answers.primary, suggestHome(situation.env)].find(
      (home) => home !== undefined && fits(situation, { home }),
    ),
    take: (home) => ({ home }),
  }),
  replicas: ({ answers }) => {
    const example = suggestReplica(answers.home ?? '');
    return {
      text: `replica regions with a full copy${example === undefined ? '' : `, such as ${example}`}`,
      usual: 'none',
      take: (line) => ({ replicas: parseReplicas([line]) }),
    };
  },
};
const FIELDS = Object.keys(QUESTIONS) as readonly Field[];

/** Whether there is anything to ask. */
export function isOpen(answers: Answers): boolean {
  return FIELDS.some(
    (field) => answers[field] === undefined && (field !== 'account' || answers.aws === 'account'),
  );
}

/** Asks for what is missing, again where an answer is wrong. @throws WaxsealError `cancelled` */
export async function askOpen(
  context: CommandContext,
  questions: Questions,
  given: Answers,
  target: Target,
): Promise<Complete> {
  let answers = given;
  for (const field of FIELDS) {
    if (answers[field] !== undefined) continue;
    const question = QUESTIONS[field]({ answers, env: context.env, target });
    if (question !== undefined) answers = await askOne(context, questions, question, answers, target);
  }
  return usual(answers, context, target);
}

async function askOne(
  context: CommandContext,
  questions: Questions,
  question: Question,
  answers: Answers,
  target: Target,
): Promise<Answers> {
  for (;;) {
    const next = { ...answers, ...question.take(await questions.ask(question.text, question.usual)) };
    const problem = problemWith(next, target);
    if (problem === undefined) return next;
    // Part of the conversation, so --quiet does not leave it out.
    say(context, {}, [problem.message, problem.hint].flatMap((line) => (line ? `  ${line}` : [])).join('\n'));
  }
}

/** Asks whether to write. @throws WaxsealError `cancelled` for anything but yes */
export async function askToWrite(questions: Questions, file: string): Promise<void> {
  const answer = await questions.ask(`write ${file}? yes or no`, 'yes');
  if (!/^y(es)?$/i.test(answer)) throw new WaxsealError('cancelled', 'nothing was written');
}

function fits({ answers, target }: Situation, more: Answers): boolean {
  return problemWith({ ...answers, ...more }, target) === undefined;
}
