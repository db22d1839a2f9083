/** A vault in three regions in memory, and writers that are cut off from some of them. */
import type { Vault, VaultOptions } from '../../src/vault/index.ts';
import { createWorld, HOME, REPLICA, type World } from './world.ts';

/** The second replica. */
export const THIRD = 'ap-south-1';

/** All regions, home first. */
export const ALL: readonly [string, ...string[]] = [HOME, REPLICA, THIRD];

/** A world of three regions. */
export interface ThreeRegions extends World {
  /** A vault that knows these regions alone, the first of them as its home. */
  only(...regions: readonly [string, ...string[]]): Vault;
  /** How often each operation was called in each region, such as `list us-east-1: 1`, and starts to count anew. */
  counted(): readonly string[];
}

/** Makes an empty one. */
export function threeRegions(options: Partial<VaultOptions> = {}): ThreeRegions {
  const world = createWorld();
  const { aws, kmsKey } = world;
  const open = (more: Partial<VaultOptions> = {}): Vault => {
    const [home, ...replicas] = ALL;
    const regions = [aws.region(home, kmsKey), ...replicas.map((name) => aws.region(name, kmsKey))] as const;
    return world.open({ regions, ...options, ...more });
  };
  return {
    ...world,
    open,
    only: (home, ...replicas) =>
      open({
        regions: [aws.region(home, kmsKey), ...replicas.map((name) => aws.region(name, kmsKey))],
      }),
    counted() {
      const counts = new Map<string, number>();
      for (const { operation, region } of aws.calls) {
        counts.set(`${operation} ${region}`, (counts.get(`${operation} ${region}`) ?? 0) + 1);
      }
      aws.calls.length = 0;
      return [...counts].map(([call, count]) => `${call}: ${count}`).sort();
    },
  };
}
