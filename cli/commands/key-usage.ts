import { keyIdOf, ownKeyId } from '../../src/aws/account/index.ts';
import { bareKeyId } from '../../src/config/key-id.ts';
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
/** Nothing refers to the key, or ever did: of a name that was mistyped that is true, too. */
const NOWHERE = 3;

const UNSEEN = 'not seen from here: backups, exported files, last-known-good files of applications';

/** What was found in one vault. */
interface Found {
  readonly json: object;
  /** Whether the key is in use, or nobody knows. */
  readonly inUse: boolean;
  /** Whether neither the vault nor its configuration knows the key. */
  readonly nowhere: boolean;
}

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
  const found: Found[] = [];
  for (const path of await vaultsMeant(context, options)) {
    const named = { ...options, ...(path === undefined ? {} : { vault: path }) };
    found.push(await withVault(context, named, (open) => usageOf(context, options, open, name)));
  }
  const [first] = found;
  if (options.json === true) {
    await writeJson(context, options.all === true ? { vaults: found.map(({ json }) => json) } : first?.json);
  }
  if (found.some(({ inUse }) => inUse)) return IN_USE;
  return found.every(({ nowhere }) => nowhere) ? NOWHERE : undefined;
}

async function usageOf(
  context: CommandContext,
  options: Options,
  open: Session,
  name: string,
): Promise<Found> {
  const { vault, settings, connection, explainer } = open;
  const { signal } = context;
  const looking = { signal, observe: explainer?.observe };
  const key = await keyIdOf(settings, connection.endpoint, name, looking);
  const usage = await vault.keyUsage(key, { signal });
  const { exists, regions, problems, failed } = usage;
  if (!exists && Object.keys(failed).length === 0) throw noVault(vault.path, vault.regions);
  if (options.json !== true) await write(context, formatUsage(usage));
  const accepted = (settings.acceptedKeys ?? []).map(bareKeyId).includes(key);
  const own = !accepted && (await ownKeyId(settings, connection.endpoint, looking)) === key;
  const role = own ? 'own' : accepted ? 'accepted' : undefined;
  const { inUse, nowhere } = tell(context, options, key, usage, role);
  return {
    json: {
      ...whereJson(open),
      key,
      role: role ?? null,
      inUse,
      nowhere,
      regions,
      problems: problemsJson(problems),
      failed: failedJson(failed),
      notSeen: UNSEEN.replace(/^.*: /, '').split(', '),
    },
    inUse,
    nowhere,
  };
}

/** What a key is to the vault by configuration: its own, or accepted beside that. */
type Role = 'own' | 'accepted' | undefined;

function tell(
  context: CommandContext,
  options: Options,
  key: string,
  usage: KeyUsage,
  role: Role,
): Pick<Found, 'inUse' | 'nowhere'> {
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
  // A key that the configuration names is no slip of the hand.
  const nowhere = standing + past === 0 && silent.length === 0 && role === undefined;
  if (nowhere) {
    say(
      context,
      options,
      `${key} appears nowhere in this vault, not even in its history: is it the right id?`,
    );
  } else if (standing > 0) say(context, options, standingUnder(standing, key, role));
  else if (regions.length > 0) say(context, options, `nothing that stands in ${where} is under ${key}`);
  if (past > 0) {
    say(context, options, `${past} versions in the histories are: without the key they open no more`);
  }
  say(context, options, UNSEEN);
  return { inUse: standing > 0 || silent.length > 0, nowhere };
}

function standingUnder(standing: number, key: string, role: Role): string {
  if (role === 'own') return `this is the vault's own key: ${standing} parameters are under it`;
  const what = `${standing} parameters are under ${key}`;
  return role === 'accepted'
    ? `${what}, which is accepted beside the vault's own: waxseal key rewrap moves them to one of both`
    : `${what}: waxseal key rewrap`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
