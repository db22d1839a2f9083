/** A promotion before and after waxseal.json says it: what is to be checked, and what is left to do. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type DescribedRegion,
  type HomeStanding,
  standingOfHome,
  writeDescriptor,
} from '../../src/aws/account/index.ts';
import { parseConfig, planVault, type Settings, type VaultConfig } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { Session } from '../session.ts';
import { type Differences, equalEverywhere } from './equal.ts';

/** How often regions that differ are looked at again, for a write may be on its way to them. */
const LOOKS = 3;
/** In ms, between two looks. */
const BETWEEN = 1_000;
/** So many differences are named. */
const NAMED = 5;

/** What is left to do after waxseal.json was changed. */
export interface Rest {
  readonly descriptors: readonly DescribedRegion[];
  /** Between the regions, in words. */
  readonly differences: readonly string[];
  /** What to do next; nothing when all is done. */
  readonly pending: readonly string[];
}

/** The settings as they are once the file has this text. */
export async function settingsWith(settings: Settings, text: string): Promise<Settings> {
  const { file, vault } = settings;
  if (file === undefined) throw new WaxsealError('unexpected', 'there is no waxseal.json');
  const config = await parseConfig(text, file.file);
  const { home, replicas } = config.vaults[vault] ?? { home: '', replicas: [] };
  return { ...settings, regions: [home, ...replicas], file: { ...file, config } };
}

/**
 * Where the primary key is to be written down as; undefined where the vault makes no key of its own.
 * @throws WaxsealError `conflict` where KMS has it elsewhere: a deploy would touch keys
 */
export function primaryToSay(
  { vault, file }: Settings,
  known: VaultConfig,
  { primary, regions }: HomeStanding,
): string | undefined {
  if (file === undefined) return undefined;
  const { key } = planVault(vault, known, file.config);
  if (key === undefined) return undefined;
  if (primary === key.region) return primary;
  if (primary === undefined) {
    const error = regions.find((one) => one.error !== undefined)?.error;
    throw new WaxsealError(error?.code ?? 'unexpected', 'KMS does not tell where the primary key is', {
      hint: error?.message ?? 'see "waxseal doctor"',
      cause: error,
    });
  }
  throw new WaxsealError(
    'conflict',
    `the primary key is in ${primary}, waxseal.json has it in ${key.region}`,
    { hint: 'a deploy would touch keys: "waxseal doctor" says how to mend that first' },
  );
}

/** Waits until the regions are equal and the new home can take over. @throws WaxsealError `conflict` naming what differs */
export async function untilReady(open: Session, region: string, signal: AbortSignal): Promise<void> {
  for (let look = 1; ; look += 1) {
    const { lines: differences, silent } = await notReady(open, region, signal);
    if (differences.length === 0) return;
    if (look < LOOKS) {
      await wait(BETWEEN, undefined, { signal }).catch((cause: unknown) => {
        throw new WaxsealError('cancelled', 'nothing was changed', { cause });
      });
      continue;
    }
    const more = differences.length > NAMED ? `, and ${differences.length - NAMED} more` : '';
    throw new WaxsealError(
      'conflict',
      `the regions are not equal: ${differences.slice(0, NAMED).join('; ')}${more}`,
      {
        hint: silent
          ? 'a promotion needs every region: try again when it answers. Nothing was changed; to write while home is down: --act-as-home'
          : 'what the new home lacks would be lost from sight: waxseal region sync, then promote again; nothing was changed',
        region,
      },
    );
  }
}

async function notReady({ vault }: Session, region: string, signal: AbortSignal): Promise<Differences> {
  const differences = await equalEverywhere({ vault }, signal);
  if (differences.lines.length > 0) return differences;
  // That it holds everything does not say that it opens it without home.
  const { regions } = await vault.drill({ signal });
  const home = regions.find(({ role }) => role === 'home');
  const next = regions.find((one) => one.region === region);
  if (next === undefined) return { lines: [`${region} was not drilled`], silent: false };
  const load = next.failover ?? next.alone;
  // A vault that nobody ever wrote to has no data key anywhere; the first write makes it.
  const key = home?.writeProblem === undefined ? next.writeProblem : undefined;
  const lines = [
    ...(load.ok ? [] : [`${region} does not load without home: ${load.error.message}`]),
    ...(load.ok && !next.carries ? [`${region} loads other secrets than home`] : []),
    ...(key === undefined ? [] : [`${region} could take no write: ${key.message}`]),
  ];
  return { lines, silent: false };
}

/**
 * Compares the regions and their descriptors with waxseal.json, and in the embedded AWS, where no deploy does it,
 * writes the descriptors: the old home's first, so that at no time two regions are home.
 * @param settings - as waxseal.json says it now
 * @param act - whether to write
 * @throws WaxsealError `conflict` where a descriptor names another key
 */
export async function finish(
  settings: Settings,
  open: Session,
  act: boolean,
  signal: AbortSignal,
): Promise<Rest> {
  const { endpoint } = open.connection;
  // Also over the endpoint that "waxseal local" prints: a file that says "embedded" is never deployed to an account.
  const embedded = settings.aws.kind === 'embedded' || settings.file?.config.aws === 'embedded';
  const options = { signal, observe: open.explainer?.observe };
  let { regions } = await standingOfHome(settings, endpoint, options);
  refuseForeign(regions);
  const late = regions.filter(({ state }) => state === 'other' || state === 'missing');
  if (embedded && act && late.length > 0) {
    for (const one of [...late].reverse()) await writeDescriptor(settings, endpoint, one, options);
    regions = (await standingOfHome(settings, endpoint, options)).regions;
  }
  const { lines: differences } = await equalEverywhere(open, signal);
  return { descriptors: regions, differences, pending: pendingOf(regions, differences, embedded) };
}

/** A descriptor that names another key than the alias is a finding to be looked into, not to be overwritten. */
export function refuseForeign(regions: readonly DescribedRegion[]): void {
  const foreign = regions.filter(({ state }) => state === 'foreign').map(({ region }) => region);
  if (foreign.length === 0) return;
  throw new WaxsealError(
    'conflict',
    `the descriptor in ${foreign.join(', ')} says otherwise about the key than the alias`,
    { hint: 'waxseal doctor; nothing was changed' },
  );
}

function pendingOf(
  regions: readonly DescribedRegion[],
  differences: readonly string[],
  embedded: boolean,
): readonly string[] {
  // A vault that was not made by a deploy may have none at all, and then needs none.
  const none = regions.every(({ state }) => state === 'missing');
  const late = none ? [] : regions.filter(({ state }) => state === 'other' || state === 'missing');
  const unknown = regions.filter(({ state }) => state === 'unknown');
  const again = embedded ? 'waxseal region promote again' : 'npm run deploy, where waxseal.json is';
  return [
    ...(late.length === 0 ? [] : [`the descriptor in ${names(late)} says another home: ${again}`]),
    ...unknown.map(
      ({ region, error }) => `the descriptor in ${region} could not be compared: ${error?.message ?? ''}`,
    ),
    ...(differences.length === 0 ? [] : ['the regions differ: waxseal region sync']),
  ];
}

function names(regions: readonly DescribedRegion[]): string {
  return regions.map(({ region }) => region).join(', ');
}
