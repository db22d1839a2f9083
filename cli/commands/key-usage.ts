import { keyIdOf } from '../../src/aws/account/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type KeyUsage, noVault } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { vaultsMeant } from '../every-vault.ts';
import { failedJson, formatUsage, problemsJson } from '../key/print.ts';
import { type Session, whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly all?: boolean;
}

/** As design has it: drift where it was asked about. */
const IN_USE = 5;

const UNSEEN = 'not seen from here: backups, exported files, last-known-good files of applications';

/** `waxseal key usage` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const [name] = args;
  if (name === undefined) {
    throw new WaxsealError('usage', 'no KMS key was named', {
      hint: 'waxseal key usage KEY: id, ARN or alias',
    });
  }
  const found: { readonly json: object; readonly inUse: boolean }[] = [];
  for (const path of await vaultsMeant(context, options)) {
    const named = { ...options, ...(path === undefined ? {} : { vault: path }) };
    found.push(await withVault(context, named, (open) => usageOf(context, options, open, name)));
  }
  const [first] = found;
  if (options.json === true) {
    await writeJson(context, options.all === true ? { vaults: found.map(({ json }) => json) } : first?.json);
  }
  return found.some(({ inUse }) => inUse) ? IN_USE : undefined;
}

async function usageOf(
  context: CommandContext,
  options: Options,
  open: Session,
  name: string,
): Promise<{ readonly json: object; readonly inUse: boolean }> {
  const { vault, settings, connection, explainer } = open;
  const { signal } = context;
  const looking = { signal, observe: explainer?.observe };
  const key = await keyIdOf(settings, connection.endpoint, name, looking);
  const usage = await vault.keyUsage(key, { signal });
  const { exists, regions, problems, failed } = usage;
  if (!exists && Object.keys(failed).length === 0) throw noVault(vault.path, vault.regions);
  if (options.json !== true) await write(context, formatUsage(usage));
  const inUse = tell(context, options, key, usage);
  return {
    json: {
      ...whereJson(open),
      key,
      inUse,
      regions,
      problems: problemsJson(problems),
      failed: failedJson(failed),
      notSeen: UNSEEN.replace(/^.*: /, '').split(', '),
    },
    inUse,
  };
}

/** @returns whether the key is in use, or nobody knows */
function tell(context: CommandContext, options: Options, key: string, usage: KeyUsage): boolean {
  const { regions, problems, failed } = usage;
  for (const { region, name, error } of problems) {
    say(
      context,
      options,
      `warning: ${name} in ${region} does not say which key it is under: ${error.message}`,
    );
  }
  const silent = Object.entries(failed);
  for (const [region, error] of silent) {
    say(context, options, `warning: ${region} was not seen: ${error.message}`);
  }
  const standing = regions.reduce((all, { current }) => all + sum(Object.values(current)), 0);
  const past = regions.reduce((all, { history }) => all + history, 0);
  const where = regions.map(({ region }) => region).join(', ');
  if (standing > 0) say(context, options, `${standing} parameters are under ${key}: waxseal key rewrap`);
  else if (regions.length > 0) say(context, options, `nothing that stands in ${where} is under ${key}`);
  if (past > 0) {
    say(context, options, `${past} versions in the histories are: without the key they open no more`);
  }
  say(context, options, UNSEEN);
  return standing > 0 || silent.length > 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
