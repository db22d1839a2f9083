/**
 * Random histories: writers in three regions with partitions, lost answers, throttles, stale reads and killed processes,
 * and whatever they did, what a vault promises holds when the faults end. TEST_SEED replays a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connect } from '../../src/aws/index.ts';
import { MemoryAws } from '../support/memory-aws.ts';
import { rounds, seed, tried } from '../support/seed.ts';
import { ALL } from '../support/three-regions.ts';
import { VAULT } from '../support/world.ts';
import { runRestore } from './support/history-restore.ts';
import { runHistory } from './support/history-run.ts';
import type { EmptyVault } from './support/history-stage.ts';

function inMemory(): EmptyVault {
  const aws = new MemoryAws();
  const key = aws.createKey();
  return {
    path: VAULT,
    regions: ALL.map((name) => aws.region(name, key)) as unknown as EmptyVault['regions'],
  };
}

/** Runs seeds one after the other. @returns the sum of what each returns */
async function runSeeds(count: number, one: (from: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let round = 0; round < count; round += 1) {
    try {
      sum += await one(seed + round);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(
        `round ${round} of seed ${seed} (TEST_SEED=${seed + round} begins with it): ${message}`,
        {
          cause,
        },
      );
    }
  }
  // Runs in which nothing can be done show nothing.
  expect(sum).toBeGreaterThanOrEqual(count);
  return sum;
}

it('random histories end with everything equal, and nothing lost that nobody was told of', async () => {
  const count = rounds(25, 500);
  const acknowledged = await runSeeds(count, async (from) => {
    return (await runHistory(inMemory(), from)).acknowledged.length;
  });
  tried(`random histories in memory, ${acknowledged} acknowledged writes`, count);
});

it('random histories end so over HTTP, too', async () => {
  const count = rounds(2, 40);
  const acknowledged = await runSeeds(count, async (from) => {
    const stateDir = mkdtempSync(join(tmpdir(), 'waxseal-histories-'));
    const connection = await connect(
      {
        vault: VAULT,
        regions: ALL,
        aws: { kind: 'embedded', stateDir },
        tier: 'standard',
        publish: 'auto',
        dataKeyMaxAgeDays: 365,
      },
      { create: true },
    );
    try {
      const regions = connection.regions as unknown as EmptyVault['regions'];
      return (await runHistory({ path: VAULT, regions }, from)).acknowledged.length;
    } finally {
      await connection.close();
      rmSync(stateDir, { recursive: true });
    }
  });
  tried(`random histories over HTTP, ${acknowledged} acknowledged writes`, count);
});

it('a restore that is started again until it is done ends with what was backed up', async () => {
  const count = rounds(10, 150);
  const tries = await runSeeds(count, (from) => runRestore(inMemory(), from));
  tried(`restores under faults, ${tries} tries`, count);
});
