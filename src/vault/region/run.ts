/** One run of bringing regions together: what is known of it all along. */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkCancelled } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { Leftover, SyncAction, SyncConflict, SyncKind, SyncPreference, SyncProblem } from './types.ts';

/** See the head of the file. */
export interface Run {
  readonly scope: VaultScope;
  readonly prefer: SyncPreference;
  /** Diverged releases are left to the publish that follows. */
  readonly publishes: boolean;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** The regions that did not answer, and are left out from then on. */
  readonly lost: Map<Region, WaxsealError>;
  /** The highest data key generation that is proved to have sealed, where home's record names an older one; else 0. */
  readonly sealed: number;
  /** The revisions at which the newest release knows names as deleted. */
  readonly deleted: ReadonlyMap<string, number>;
}

/** What became, or would become, of one thing. */
export interface Part {
  readonly actions: readonly SyncAction[];
  readonly conflicts: readonly SyncConflict[];
  readonly leftovers: readonly Leftover[];
  readonly problems: readonly SyncProblem[];
}

/** Nothing to do. */
export const NOTHING: Part = { actions: [], conflicts: [], leftovers: [], problems: [] };

/** All parts as one. */
export function together(parts: readonly Part[]): Part {
  return {
    actions: parts.flatMap(({ actions }) => actions),
    conflicts: parts.flatMap(({ conflicts }) => conflicts),
    leftovers: parts.flatMap(({ leftovers }) => leftovers),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/** Whether there is anything to do or to say. */
export function isNothing(part: Part): boolean {
  return Object.values(part).every((list: readonly unknown[]) => list.length === 0);
}

/** The regions that still answer, home first. */
export function regionsOf({ scope, lost }: Run): readonly Region[] {
  return scope.regions.filter((region) => !lost.has(region));
}

/** Asks all regions that still answer at once, and leaves out those that do not. */
export async function askRegions<T>(
  run: Run,
  ask: (region: Region) => Promise<T>,
): Promise<ReadonlyMap<Region, T>> {
  const answers = await Promise.all(
    regionsOf(run).map(async (region): Promise<readonly [Region, T][]> => {
      try {
        return [[region, await ask(region)]];
      } catch (error) {
        lose(run, region, error);
        return [];
      }
    }),
  );
  return new Map(answers.flat());
}

/** Leaves a region out because of what it answered, or rethrows what is not about the region. */
export function lose(run: Run, region: Region, error: unknown): void {
  checkCancelled(run.signal);
  if (!isWaxsealError(error, 'unreachable', 'timeout', 'credentials', 'denied')) throw error;
  run.lost.set(region, error);
}

/** The region that is preferred for one thing. */
export function preferredFor({ prefer, publishes }: Run, kind: SyncKind, name: string): string | undefined {
  if (kind === 'release' && publishes) return undefined;
  return (kind === 'secret' ? prefer.names?.[name] : undefined) ?? prefer.region;
}

/** What ends the work on one thing and none other. */
export function problemOf(kind: SyncKind, name: string, error: unknown): Part {
  if (!isWaxsealError(error) || error.code === 'cancelled') throw error;
  return { ...NOTHING, problems: [{ kind, name, error }] };
}

/** Others kept writing. */
export function kept(name: string): WaxsealError {
  return new WaxsealError('conflict', `other writers kept changing ${name}`, {
    hint: 'their writes stand; run "waxseal region sync" again when they are done',
  });
}
