import { standingOfHome } from '../../src/aws/account/index.ts';
import { type ConfigFile, resolveSettings, type Settings, type VaultConfig } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { readTarget } from '../init/target.ts';
import { writeUnchanged } from '../init/write.ts';
import { confirm } from '../input.ts';
import { moveHome } from '../region/move-home.ts';
import {
  finish,
  primaryToSay,
  type Rest,
  refuseForeign,
  settingsWith,
  untilReady,
} from '../region/promotion.ts';
import { type Session, whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What waxseal.json says of the vault, and where. */
interface Place {
  readonly settings: Settings;
  readonly file: ConfigFile;
  readonly known: VaultConfig;
}

/** As design has it: drift where it was asked about. */
const PENDING = 5;

/** `waxseal region promote` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const [to = ''] = args;
  const place = await placeOf(context, options);
  const { known, settings } = place;
  if (![known.home, ...known.replicas].includes(to)) {
    throw new WaxsealError('usage', `vault ${settings.vault} has no region of that name`, {
      hint: `one of its replicas can be promoted: ${known.replicas.join(', ') || 'it has none'}`,
    });
  }
  const from = known.home === to ? undefined : known.home;
  if (from !== undefined) {
    const stopped = await withVault(context, options, (open) => change(context, options, open, place, to));
    if (stopped) return undefined;
  }
  // From here on it is the same whether the file was changed just now or by a run that was interrupted.
  const quiet = from === undefined ? options : { ...options, quiet: true };
  return withVault(context, quiet, async (open) => {
    const rest = await finish(open.settings, open, options.dryRun !== true, context.signal);
    await tell(context, options, open, { to, from, rest });
    return from !== undefined || rest.pending.length === 0 ? undefined : PENDING;
  });
}

/** @throws WaxsealError `config_missing`, `vault_unknown`, `config_invalid` */
async function placeOf({ env, cwd }: CommandContext, options: Options): Promise<Place> {
  const settings = await resolveSettings({ vault: options.vault, env, cwd });
  const { file, vault } = settings;
  if (file === undefined) {
    throw new WaxsealError('config_missing', 'there is no waxseal.json here or above', {
      hint: 'a promotion changes "home" in waxseal.json: go to a folder that has one',
    });
  }
  if ((env.WAXSEAL_REGIONS ?? '') !== '') {
    throw new WaxsealError('config_invalid', 'WAXSEAL_REGIONS stands above waxseal.json', {
      hint: 'a promotion changes "home" in waxseal.json: unset WAXSEAL_REGIONS first',
    });
  }
  const known = file.config.vaults[vault];
  if (known === undefined) {
    throw new WaxsealError('vault_unknown', `vault ${vault} is not in ${file.file}`, {
      hint: `it has ${Object.keys(file.config.vaults).join(', ')}`,
    });
  }
  return { settings, file, known };
}

/** Checks, asks and changes waxseal.json. @returns whether it ends there, because nothing was to be changed */
async function change(
  context: CommandContext,
  options: Options,
  open: Session,
  { settings, file, known }: Place,
  to: string,
): Promise<boolean> {
  const { signal, stdin } = context;
  const target = await readTarget(file.folder);
  const { vault } = settings;
  const look = { signal, observe: open.explainer?.observe };
  const standing = await standingOfHome(settings, open.connection.endpoint, look);
  refuseForeign(standing.regions);
  const primary = primaryToSay(settings, known, standing);
  const text = await moveHome(target.text ?? '', { vault, to, primary });
  const { regions } = await settingsWith(settings, text);
  const says = `"home": "${to}", "replicas": ${JSON.stringify(regions.slice(1))}${primary === undefined ? '' : `, "primary": "${primary}"`}`;
  await untilReady(open, to, signal);
  if (options.dryRun === true) {
    if (options.json === true) {
      const json = { home: to, previousHome: known.home, replicas: regions.slice(1), primary };
      await writeJson(context, { ...whereJson(open), dryRun: true, ...json });
    } else await write(context, `${file.file} would say ${says}\n`);
    return true;
  }
  if (options.yes !== true) {
    if (stdin.isTTY !== true) {
      throw new WaxsealError('no_terminal', `nobody can be asked whether to make ${to} the home`, {
        hint: 'see --dry-run, then add --yes',
      });
    }
    context.stderr.write(`${file.file} will say ${says}\n`);
    if (!(await confirm(context, `make ${to} the home of ${vault}? no key is touched`))) {
      throw new WaxsealError('cancelled', 'nothing was changed');
    }
    // Somebody may have written while this waited for an answer.
    await untilReady(open, to, signal);
  }
  writeUnchanged(target, text);
  return false;
}

/** What there is to say in the end. */
interface Outcome {
  readonly to: string;
  /** The home before; undefined where waxseal.json was right already. */
  readonly from: string | undefined;
  readonly rest: Rest;
}

async function tell(
  context: CommandContext,
  options: Options,
  open: Session,
  { to, from, rest }: Outcome,
): Promise<void> {
  const { descriptors, differences, pending } = rest;
  const finished = pending.length === 0;
  if (options.json === true) {
    await writeJson(context, {
      ...whereJson(open),
      home: to,
      previousHome: from,
      changed: from !== undefined,
      descriptors: descriptors.map(({ region, state }) => ({ region, state })),
      differences,
      pending,
      finished,
    });
    return;
  }
  const was = from === undefined ? 'as waxseal.json says already' : `it was ${from}`;
  await write(context, `home of ${open.settings.vault} is ${to} (${was})\n`);
  for (const difference of differences) say(context, options, `warning: ${difference}`);
  for (const what of pending) say(context, options, `pending: ${what}`);
  if (!finished) say(context, options, `then "waxseal region promote ${to}" says whether it is finished`);
  else say(context, options, 'finished: give the new waxseal.json to everybody who writes');
}
