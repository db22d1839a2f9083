/**
 * Proves that the vault loads with regions cut off. The cut is made here, by asking one region alone; it costs reads
 * and Decrypts only, and nothing in AWS is changed.
 */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkCancelled } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { type LoadedAlone, loadAlone, openWriteKey, type WriteKey } from './alone.ts';
import {
  type ComparedEntries,
  compareEntries,
  differingSecrets,
  openAll,
  type RegionCopies,
} from './compare.ts';
import type { DrilledLoad, DrilledRegion, DrillOptions, DrillReport } from './report.ts';

/** What was seen of all regions at about the same time. */
interface Look {
  readonly copies: ReadonlyMap<string, RegionCopies>;
  readonly keys: ReadonlyMap<string, WriteKey>;
  readonly loads: ReadonlyMap<string, LoadedAlone>;
}

/** @throws WaxsealError `cancelled`; what is wrong with a region is in the report */
export async function drill(scope: VaultScope, options: DrillOptions = {}): Promise<DrillReport> {
  const { signal, onProgress } = options;
  checkCancelled(signal);
  const startedAt = scope.now();
  const total = scope.replicas.length + 2 * scope.regions.length;
  let done = 0;
  const step = (): void => {
    done = Math.min(done + 1, total);
    onProgress?.({ done, total });
  };
  // First of all, and one after the other: home is not asked for anything yet, and nothing else takes the time.
  const failover = new Map<string, DrilledLoad>();
  for (const region of scope.replicas) {
    const loaded = await loadAlone(scope, region, signal);
    wipe(loaded);
    failover.set(region.name, loaded.load);
    step();
  }
  let report = await judged(scope, failover, startedAt, step, signal);
  // What differs may be a write that was on its way while one region was asked and not yet the other.
  if (report.regions.some(differs)) report = await judged(scope, failover, startedAt, () => {}, signal);
  return report;
}

function differs({ entries, differing }: DrilledRegion): boolean {
  return differing.length > 0 || (entries !== undefined && entries.equal < entries.compared);
}

async function judged(
  scope: VaultScope,
  failover: ReadonlyMap<string, DrilledLoad>,
  startedAt: number,
  step: () => void,
  signal: AbortSignal | undefined,
): Promise<DrillReport> {
  const look = await lookAround(scope, step, signal);
  try {
    const counting = countingRegion(scope, look);
    const regions: DrilledRegion[] = [];
    for (const region of scope.regions) {
      regions.push(await judgeRegion(scope, region, failover.get(region.name), look, counting, signal));
    }
    const replicas = regions.filter(({ role }) => role === 'replica');
    return {
      vault: scope.path,
      startedAt,
      home: scope.home.name,
      comparedWith: counting?.name,
      release: counting && look.loads.get(counting.name)?.booted?.release,
      regions,
      carried: replicas.length > 0 && replicas.every(({ carries }) => carries),
    };
  } finally {
    for (const loaded of look.loads.values()) wipe(loaded);
  }
}

async function lookAround(
  scope: VaultScope,
  step: () => void,
  signal: AbortSignal | undefined,
): Promise<Look> {
  const copies = new Map<string, RegionCopies>();
  const keys = new Map<string, WriteKey>();
  await Promise.all(
    scope.regions.map(async (region) => {
      copies.set(region.name, await openAll(scope, region, signal));
      keys.set(region.name, await openWriteKey(scope, region, signal));
      step();
    }),
  );
  // By now each region's connections are open, home's too, so that these times compare.
  const loads = new Map<string, LoadedAlone>();
  for (const region of scope.regions) {
    loads.set(region.name, await loadAlone(scope, region, signal));
    step();
  }
  return { copies, keys, loads };
}

/** Home; where home does not load, the region with the newest release, the nearest of several. */
function countingRegion({ home, regions }: VaultScope, { loads }: Look): Region | undefined {
  const loaded = regions.filter(({ name }) => loads.get(name)?.booted !== undefined);
  if (loaded.includes(home)) return home;
  const release = ({ name }: Region): number => loads.get(name)?.booted?.release ?? 0;
  return loaded.find((region) => loaded.every((other) => release(other) <= release(region)));
}

async function judgeRegion(
  scope: VaultScope,
  region: Region,
  failover: DrilledLoad | undefined,
  { copies, keys, loads }: Look,
  counting: Region | undefined,
  signal: AbortSignal | undefined,
): Promise<DrilledRegion> {
  const booted = loads.get(region.name)?.booted;
  const other = counting && loads.get(counting.name)?.booted;
  const load = loads.get(region.name)?.load;
  if (load === undefined) throw new WaxsealError('unexpected', `${region.name} was not asked`);
  const differing = booted === undefined || other === undefined ? [] : differingSecrets(booted, other);
  const compared = await entriesAgainst(scope, region, counting, copies, signal);
  const error = isWaxsealError(compared) ? compared : undefined;
  const { counts, lost }: Partial<ComparedEntries> = isWaxsealError(compared) ? {} : (compared ?? {});
  const newest = Math.max(...(lost ?? []).map(({ sealedAt }) => sealedAt));
  const key = keys.get(region.name);
  return {
    region: region.name,
    role: region === scope.home ? 'home' : 'replica',
    kmsKeyId: booted?.seen?.kmsKeyId ?? key?.kmsKeyId,
    failover,
    alone: load,
    differing,
    entries: counts,
    entriesError: error,
    lost: lost ?? [],
    newestLostSeconds: Number.isFinite(newest)
      ? Math.max(0, Math.floor((scope.now() - newest) / 1000))
      : undefined,
    writeProblem: key?.problem,
    carries: load.ok && failover?.ok !== false && differing.length === 0,
  };
}

async function entriesAgainst(
  scope: VaultScope,
  region: Region,
  counting: Region | undefined,
  copies: ReadonlyMap<string, RegionCopies>,
  signal: AbortSignal | undefined,
): Promise<ComparedEntries | WaxsealError | undefined> {
  const here = copies.get(region.name);
  const counted = counting && copies.get(counting.name);
  if (here instanceof Error) return here;
  if (counted instanceof Error) return counted;
  if (here === undefined || counted === undefined || counting === undefined) return undefined;
  try {
    return await compareEntries(scope, region, here, counted, counting, signal);
  } catch (error) {
    checkCancelled(signal);
    if (!isWaxsealError(error)) throw error;
    return error;
  }
}

function wipe({ booted }: LoadedAlone): void {
  for (const { value } of booted?.secrets.values() ?? []) value.fill(0);
}
