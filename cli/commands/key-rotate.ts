import { WaxsealError } from '../../src/errors.ts';
import { noVault, type RotationPlan, type RotationResult } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { startProgress } from '../progress.ts';
import { behindJson, type Session, warnBehind, whereJson, withVault } from '../session.ts';
import { formatAge } from '../table.ts';
import { count } from '../ui/regions-words.ts';
import { estimate, parseRate } from '../writing.ts';

interface Options extends CommonOptions {
  readonly due?: boolean;
  readonly rate?: string;
  readonly yes?: boolean;
}

/** As design has it: drift where it was asked about. */
const REMAINS = 5;

/** `waxseal key rotate` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const rate = parseRate(options.rate);
  const work = async (open: Session): Promise<number | undefined> => {
    const { vault, settings } = open;
    const { signal } = context;
    const plan = await vault.planRotation({ signal });
    if (!plan.exists) throw noVault(vault.path, vault.regions);
    for (const [region, error] of Object.entries(plan.failed)) {
      say(context, options, `warning: ${region} does not answer: ${error.message}`);
    }
    const wanted = plan.kind !== 'none' && (options.due !== true || plan.due);
    if (!wanted || options.yes !== true) {
      if (!wanted && options.yes === true && options.json === true) {
        await printNothing(context, open, plan);
        return undefined;
      }
      await printPlan(context, open, options, plan, wanted, rate);
      if (!wanted) return undefined;
      if (context.stdin.isTTY !== true || options.json === true) {
        say(context, options, 'nothing was written; add --yes');
        return undefined;
      }
      if (!(await confirm(context, 'do it?'))) throw new WaxsealError('cancelled', 'nothing was written');
    }
    const publishes = settings.publish !== 'manual';
    const progress = startProgress(context, options, 'sealing anew');
    let result: RotationResult;
    try {
      const from = plan.dataKeyId;
      result = await vault.rotate({ publishes, from, signal, onProgress: progress.update });
    } finally {
      progress.end();
    }
    await printResult(context, open, options, result);
    return result.problems.length + result.left === 0 ? undefined : REMAINS;
  };
  return withVault(context, options, work, { rate });
}

async function printPlan(
  context: CommandContext,
  open: Session,
  options: Options,
  plan: RotationPlan,
  wanted: boolean,
  rate: number | undefined,
): Promise<void> {
  const { kind, dataKeyId, createdAt, due, generation, retired, entries, writes, problems } = plan;
  if (options.json === true) {
    const failed = failedJson(plan);
    const told = {
      kind,
      dataKeyId,
      createdAt: time(createdAt),
      due,
      generation,
      retired,
      entries,
      writes,
      failed,
    };
    const json = { dryRun: true, wanted, ...told, problems: problemsJson(problems) };
    return writeJson(context, { ...whereJson(open), ...json });
  }
  const age = createdAt === undefined ? '' : `, ${formatAge(createdAt, Date.now())} old`;
  const lines = [
    ...(dataKeyId === undefined ? [] : [`data key ${dataKeyId}${age}`]),
    ...(wanted ? planLines(plan, rate) : [whyNot(plan, open.settings.dataKeyMaxAgeDays)]),
    ...problems.map(({ name, error }) => `! ${name} stays as it is: ${error.message}`),
  ];
  return write(context, `${lines.join('\n')}\n`);
}

/** What was done, for `--json`, where nothing had to be. */
function printNothing(context: CommandContext, open: Session, plan: RotationPlan): Promise<void> {
  const { dataKeyId, createdAt, due, problems } = plan;
  const done = { dryRun: false, wanted: false, kind: 'none', dataKeyId, createdAt: time(createdAt), due };
  return writeJson(context, {
    ...whereJson(open),
    ...done,
    entries: 0,
    left: 0,
    failed: failedJson(plan),
    problems: problemsJson(problems),
    behind: [],
  });
}

function failedJson({ failed }: RotationPlan): object {
  return Object.fromEntries(Object.entries(failed).map(([region, error]) => [region, error.toJSON()]));
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function planLines(
  { kind, retired, generation, entries, writes }: RotationPlan,
  rate?: number,
): readonly string[] {
  const what = `${count(entries, 'secret')} and the release`;
  return [
    ...(retired ? ['somebody put the record of a retired data key back: a new one is made above it'] : []),
    kind === 'finish'
      ? `a rotation to generation ${generation} was cut off: it is finished, ${what} sealed anew, no new data key`
      : `a new data key, generation ${generation}: ${what} sealed anew`,
    estimate(writes, rate),
  ];
}

function whyNot({ kind }: RotationPlan, days: number): string {
  return kind === 'none'
    ? 'nothing to do: the first secret makes a data key'
    : `nothing to do: the data key is not older than ${count(days, 'day')}`;
}

async function printResult(
  context: CommandContext,
  open: Session,
  options: Options,
  result: RotationResult,
): Promise<void> {
  const { kind, dataKeyId, entries, release, problems, left, behind } = result;
  for (const { name, error } of problems) {
    say(context, options, `warning: ${name} is still under a retired data key: ${error.message}`);
    if (error.hint !== undefined) say(context, options, `  ${error.hint}`);
  }
  if (left > 0) {
    say(
      context,
      options,
      `warning: ${count(left, 'secret')} written meanwhile under the retired one: run it again`,
    );
  }
  warnBehind(context, options, behind);
  if (options.json === true) {
    const json = { dryRun: false, kind, dataKeyId, entries, release, left };
    return writeJson(context, {
      ...whereJson(open),
      ...json,
      problems: problemsJson(problems),
      behind: behindJson(behind),
    });
  }
  const done = kind === 'finish' ? 'the rotation is finished' : 'rotated';
  await write(
    context,
    kind === 'none'
      ? `nothing to do: somebody else has just rotated, the data key is ${dataKeyId}\n`
      : `${done}: ${count(entries, 'secret')} sealed anew, the data key is ${dataKeyId}\n`,
  );
  if (release !== undefined) say(context, options, `applications start with release ${release}`);
}

function problemsJson(problems: RotationResult['problems']): readonly unknown[] {
  return problems.map(({ name, error }) => ({ name, error: error.toJSON() }));
}
