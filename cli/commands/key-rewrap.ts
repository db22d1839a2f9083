import { ownKeyId, rewrapTarget } from '../../src/aws/account/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { noVault, type RewrapPlan, type RewrapResult } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { vaultsMeant } from '../every-vault.ts';
import { confirm } from '../input.ts';
import { whatIsNext } from '../key/next.ts';
import { effortJson, failedJson, formatEffort, formatWrites, problemsJson } from '../key/print.ts';
import { startProgress } from '../progress.ts';
import { type Session, whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly to?: string;
  readonly fresh?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** As design has it: drift where it was asked about. */
const REMAINS = 5;

/** What became of one vault. */
interface Report {
  readonly json: object;
  /** Whether something of it is still to be rewrapped in a region that answered. */
  readonly remains: boolean;
}

/** `waxseal key rewrap` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  if ((options.to === undefined) === (options.fresh !== true)) {
    throw new WaxsealError(
      'usage',
      'a rewrap goes either to another KMS key or to new material of the same',
      {
        hint: '--to KEY, or --fresh',
      },
    );
  }
  const paths = await vaultsMeant(context, options);
  // Of many vaults none is shown or written before all of them can go there.
  if (options.to !== undefined && paths.length > 1) {
    for (const vault of paths) {
      const unheard = { ...options, quiet: true, ...(vault === undefined ? {} : { vault }) };
      await withVault(context, unheard, (open) => targetOf(context, options, open));
    }
  }
  const reports: Report[] = [];
  for (const path of paths) {
    const named = { ...options, ...(path === undefined ? {} : { vault: path }) };
    reports.push(await withVault(context, named, (open) => rewrapOne(context, options, open)));
  }
  const [first] = reports;
  if (options.json === true) {
    await writeJson(
      context,
      options.all === true ? { vaults: reports.map(({ json }) => json) } : first?.json,
    );
  }
  return reports.some(({ remains }) => remains) ? REMAINS : undefined;
}

/** The bare id of the KMS key to go under; undefined for new material of the same. */
async function targetOf(
  { signal }: CommandContext,
  { to }: Options,
  { settings, connection, explainer }: Session,
): Promise<string | undefined> {
  if (to === undefined) return undefined;
  return rewrapTarget(settings, connection.endpoint, to, { signal, observe: explainer?.observe });
}

async function rewrapOne(context: CommandContext, options: Options, open: Session): Promise<Report> {
  const { vault } = open;
  const { signal } = context;
  const to = await targetOf(context, options, open);
  if (options.yes !== true) {
    const plan = await vault.planRewrap({ to, signal });
    checkExists(open, plan);
    const writes = plan.regions.some((one) => one.writes > 0);
    const report = await showPlan(context, options, open, to, plan);
    const canAsk = context.stdin.isTTY === true && options.json !== true;
    if (!writes || !canAsk) {
      if (writes) say(context, options, 'nothing was written; add --yes');
      else await tellEnd(context, options, open, to, { ...plan, left: 0 });
      return report;
    }
    if (!(await confirm(context, 'do it?'))) throw new WaxsealError('cancelled', 'nothing was written');
  }
  const progress = startProgress(context, options, `rewrapping ${vault.path}`);
  let result: RewrapResult;
  try {
    result = await vault.rewrap({ to, signal, onProgress: progress.update });
  } finally {
    progress.end();
  }
  checkExists(open, result);
  if (options.json !== true) await write(context, formatWrites(result.regions));
  tellProblems(context, options, result);
  await tellEnd(context, options, open, to, result);
  const { left, from, problems, failed } = result;
  return {
    json: {
      ...whereJson(open),
      dryRun: false,
      to: to ?? null,
      from,
      ...effortJson(result),
      left,
      problems: problemsJson(problems),
      behind: failedJson(failed),
    },
    remains: left > 0 || problems.length > 0,
  };
}

async function showPlan(
  context: CommandContext,
  options: Options,
  open: Session,
  to: string | undefined,
  plan: RewrapPlan,
): Promise<Report> {
  if (options.json !== true) await write(context, formatWrites(plan.regions));
  tellProblems(context, options, plan);
  say(context, options, formatEffort(plan));
  const { from, problems, failed } = plan;
  return {
    json: {
      ...whereJson(open),
      dryRun: true,
      to: to ?? null,
      from,
      ...effortJson(plan),
      problems: problemsJson(problems),
      behind: failedJson(failed),
    },
    remains: problems.length > 0,
  };
}

function tellProblems(
  context: CommandContext,
  options: Options,
  { problems, failed }: Pick<RewrapResult, 'problems' | 'failed'>,
): void {
  for (const { region, name, error } of problems) {
    say(context, options, `warning: ${name} in ${region} is left as it is: ${error.message}`);
    if (error.hint !== undefined) say(context, options, `  ${error.hint}`);
  }
  for (const [region, error] of Object.entries(failed)) {
    say(context, options, `warning: ${region} is behind: ${error.message}`);
  }
}

/** Says what may be done now, and what may not. */
async function tellEnd(
  context: CommandContext,
  options: Options,
  { settings, vault, connection, explainer }: Session,
  to: string | undefined,
  result: Pick<RewrapResult, 'from' | 'left' | 'problems' | 'failed'>,
): Promise<void> {
  const looking = { signal: context.signal, observe: explainer?.observe };
  const own = to === undefined ? undefined : await ownKeyId(settings, connection.endpoint, looking);
  for (const line of whatIsNext(settings, vault.regions, to, own, result)) say(context, options, line);
}

function checkExists({ vault }: Session, { exists }: Pick<RewrapPlan, 'exists'>): void {
  if (!exists) throw noVault(vault.path, vault.regions);
}
