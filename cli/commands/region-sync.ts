import { WaxsealError } from '../../src/errors.ts';
import { noVault, type SyncPlan, type SyncPreference, withoutReleases } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { confirm } from '../input.ts';
import { startProgress } from '../progress.ts';
import { formatSync, syncJson } from '../region/print-sync.ts';
import {
  type Published,
  publishAfter,
  publishedJson,
  type Session,
  whereJson,
  withVault,
} from '../session.ts';

interface Options extends CommonOptions {
  readonly prefer?: readonly string[];
  readonly yes?: boolean;
}

/** As design has it: a conflict, or drift where it was asked about. */
const REMAINS = 5;

/** `waxseal region sync` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const prefer = parsePreference(options.prefer ?? []);
  return withVault(context, options, async (open) => {
    const { vault } = open;
    const { signal } = context;
    const publishes = open.settings.publish !== 'manual';
    if (options.yes !== true) {
      const planned = await vault.planSync({ prefer, publishes, signal });
      const plan = withoutPublished(context, options, open, planned);
      // The release that ends a conflict of releases is written too, though no copy may be.
      const writes = plan.actions.length > 0 || plan.past !== undefined;
      const something = writes || plan.conflicts.length < planned.conflicts.length;
      if (!something || writes || remains(plan) !== undefined || options.json === true) {
        await print(context, open, options, plan);
      }
      const canAsk = context.stdin.isTTY === true && options.json !== true;
      if (!something || !canAsk) {
        if (something) say(context, options, 'nothing was written; add --yes');
        return remains(plan);
      }
      if (!(await confirm(context, 'do it?'))) throw new WaxsealError('cancelled', 'nothing was written');
    }
    const progress = startProgress(context, options, 'syncing');
    let result: SyncPlan;
    try {
      result = await vault.sync({ prefer, publishes, signal, onProgress: progress.update });
    } finally {
      progress.end();
    }
    checkExists(open, result);
    const published = await publish(context, options, open, result);
    // What no publish could end is left as it is.
    const left = published?.release === undefined ? result : withoutReleases(result);
    await print(context, open, options, left, published ?? 'not published');
    if (published?.release !== undefined) {
      say(context, options, `applications start with release ${published.release}`);
    }
    return remains(left);
  });
}

/** Publishes above all regions, where home can be written and waxseal.json does not leave it to somebody. */
async function publish(
  context: CommandContext,
  options: Options,
  open: Session,
  { failed }: SyncPlan,
): Promise<Published | undefined> {
  const [home = ''] = open.vault.regions;
  if (open.settings.publish === 'manual') return undefined;
  if (failed[home] === undefined) return publishAfter(context, options, open, [], { reconcile: true });
  say(context, options, `warning: not published: home, ${home}, does not answer`);
  return undefined;
}

/** A plan as the command will carry it out: the publish at its end brings diverged releases together. */
function withoutPublished(
  context: CommandContext,
  options: Options,
  open: Session,
  plan: SyncPlan,
): SyncPlan {
  checkExists(open, plan);
  const [home = ''] = open.vault.regions;
  if (open.settings.publish === 'manual' || plan.failed[home] !== undefined) return plan;
  const without = withoutReleases(plan);
  if (without.conflicts.length < plan.conflicts.length) {
    say(
      context,
      options,
      'the regions have releases that know nothing of each other: a new one is published above them',
    );
  }
  return without;
}

async function print(
  context: CommandContext,
  open: Session,
  options: Options,
  plan: SyncPlan,
  done?: Published | 'not published',
): Promise<void> {
  for (const [region, error] of Object.entries(plan.failed)) {
    say(context, options, `warning: ${region} was left out: ${error.message}`);
  }
  if (options.json !== true) return write(context, formatSync(plan, done !== undefined));
  const published = done === undefined || done === 'not published' ? {} : publishedJson(done);
  return writeJson(context, {
    ...whereJson(open),
    dryRun: done === undefined,
    ...syncJson(plan),
    ...published,
  });
}

function remains({ conflicts, problems, failed }: SyncPlan): number | undefined {
  return conflicts.length + problems.length + Object.keys(failed).length === 0 ? undefined : REMAINS;
}

function checkExists({ vault }: Session, { exists, failed }: SyncPlan): void {
  if (!exists && Object.keys(failed).length === 0) throw noVault(vault.path, vault.regions);
}

/** @throws WaxsealError `usage` when two regions are preferred for everything, or for one secret */
function parsePreference(given: readonly string[]): SyncPreference {
  const names = new Map<string, string>();
  let all: string | undefined;
  for (const text of given) {
    const at = text.indexOf('=');
    const [name, region] = at < 0 ? [undefined, text] : [text.slice(0, at), text.slice(at + 1)];
    const before = name === undefined ? all : names.get(name);
    if (region === '' || name === '' || (before !== undefined && before !== region)) {
      throw new WaxsealError('usage', '--prefer expected one region, or NAME=region for each secret');
    }
    if (name === undefined) all = region;
    else names.set(name, region);
  }
  return { region: all, names: Object.fromEntries(names) };
}
